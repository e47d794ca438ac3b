"""The operators' admin site: entered through the portal's own sign-in and left through its own sign-out."""

from typing import Any, NoReturn
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Principal
from portal.core.errors import NotFound
from portal.core.http import is_local_path, see_other


def is_operator(request: HttpRequest) -> bool:
    """Tell whether the caller is signed in as an operator who may sign in still."""
    user = request.user
    return isinstance(user, Principal) and user.kind == Principal.Kind.OPERATOR and user.is_active


class OperatorAdminSite(AdminSite):
    """Django's admin for operators with `is_staff`; what each may do there is a matter of their permissions."""

    site_title = gettext_lazy("Administration")
    site_header = gettext_lazy("Administration")
    index_title = gettext_lazy("What the portal holds")
    site_url = "/"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Tell whether the caller is an operator who may enter."""
        return is_operator(request) and isinstance(request.user, Principal) and request.user.is_staff

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send the caller to the operators' sign-in, which comes back to the page that was asked for.

        The site has no sign-in form of its own, so none of the stages of a sign-in can be gone round here (CVE-2022-24857).
        """
        index = reverse("admin:index", current_app=self.name)
        wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
        target = wanted if is_local_path(wanted) else index
        if request.method == "GET" and self.has_permission(request):
            return see_other(index)
        return see_other(f"{settings.LOGIN_URL}?{urlencode({REDIRECT_FIELD_NAME: target})}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]  # any response does
        """Hand over to the portal's sign-out of the operator."""
        return see_other(reverse("signin:operator_sign_out"))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> NoReturn:
        """Refuse: a password is never typed into the admin site."""
        raise NotFound(_("Passwords are not changed on the admin site."))

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> NoReturn:
        """Refuse, as `password_change` does."""
        raise NotFound(_("Passwords are not changed on the admin site."))
