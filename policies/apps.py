"""The app of policies."""

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    """Policy enforcement."""

    name = "policies"
    verbose_name = "Policies"
