"""What identities and accounts count, so that temporary credentials from before a loss of standing stay void after it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the standing epochs of principals and accounts."""

    dependencies = [("accounts", "0008_registered_grant_types")]

    operations = [
        migrations.AddField(model_name="account", name="standing_epoch", field=models.PositiveIntegerField(default=0, editable=False)),
        migrations.AddField(model_name="principal", name="standing_epoch", field=models.PositiveIntegerField(default=0, editable=False)),
    ]
