"""The admin site, for operators alone. The site itself is in `portal.admin_site.site`, which needs the models to be loaded."""

from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class OperatorAdminConfig(AdminConfig):
    """Installs Django's admin with the operators' site in the place of its own."""

    default_site = "portal.admin_site.site.OperatorAdminSite"
    verbose_name = _("Administration")
