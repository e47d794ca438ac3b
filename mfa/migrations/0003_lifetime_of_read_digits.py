from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mfa', '0002_words_of_recovery'),
    ]

    operations = [
        migrations.AddField(
            model_name='factorrecovery',
            name='code_expires_at',
            field=models.DateTimeField(null=True),
        ),
    ]
