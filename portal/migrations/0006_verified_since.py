"""Verifications of what was sealed since an earlier one. A column without a default: SQLite then keeps the table, and its trigger."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0005_digests'),
    ]

    operations = [
        migrations.AddField(
            model_name='verification',
            name='since',
            field=models.BigIntegerField(null=True, verbose_name='behind digest'),
        ),
    ]
