"""Which grants a registered client asked for: one without `refresh_token` gets no refresh tokens."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the grant types of registered clients."""

    dependencies = [("accounts", "0007_last_use_of_keys")]

    operations = [
        migrations.AddField(model_name="registeredclient", name="grant_types", field=models.JSONField(default=list, verbose_name="grant types")),
    ]
