"""The operators' admin site: entered through the portal's own sign-in and left through its own sign-out."""

from typing import Any, NoReturn
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.credentials.flows import PasswordChanged, change_password
from accounts.credentials.rules import OPERATOR, rule_texts
from accounts.models import Principal, SignInSession
from accounts.sessions.browser import live
from accounts.sessions.flows import sign_out
from accounts.sessions.middleware import OPERATOR_COOKIE
from portal.console.forms import ChangePasswordForm
from portal.core import clock
from portal.core.errors import NotFound
from portal.core.http import drop_cookie, is_local_path, read_cookie, see_other, write_cookie
from portal.core.tokens import digest
from portal.network.origin import origin_of


def is_operator(request: HttpRequest) -> bool:
    """Tell whether the caller is signed in as an operator who may sign in still."""
    user = request.user
    return isinstance(user, Principal) and user.kind == Principal.Kind.OPERATOR and user.is_active


def _session_of(request: HttpRequest) -> QuerySet[SignInSession]:
    return live().filter(secret_digest=digest(read_cookie(request, OPERATOR_COOKIE)), principal__kind=Principal.Kind.OPERATOR)


def _changed(request: HttpRequest, session: SignInSession, outcome: PasswordChanged) -> HttpResponse:
    messages.success(request, _("Your password was changed. All other sessions have ended."))
    response = see_other(reverse("admin:index"))
    left = int((session.expires_at - clock.now()).total_seconds())
    write_cookie(response, OPERATOR_COOKIE, outcome.secret, max_age=left, samesite="Strict")
    return response


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
        """End the operator's session at once and take its secret from the browser; a GET changes nothing."""
        if request.method != "POST":
            return see_other(reverse("admin:index", current_app=self.name))
        sign_out(_session_of(request), origin=origin_of(request))
        response = see_other("/")
        drop_cookie(response, OPERATOR_COOKIE)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]  # any response does
        """Change the operator's own password, by the flow that every identity uses: other sessions end, this one gets a new secret."""
        session = _session_of(request).first()
        if session is None:
            raise NotFound
        form = ChangePasswordForm(request.POST if request.method == "POST" else None)
        problems: tuple[str, ...] = ()
        if form.is_valid():
            outcome = change_password(
                session, current=form.cleaned_data["password"], new=form.cleaned_data["new_password"], origin=origin_of(request)
            )
            if isinstance(outcome, PasswordChanged):
                return _changed(request, session, outcome)
            problems = outcome.problems
        context = {
            **self.each_context(request),
            "title": _("Change your password"),
            "form": form,
            "problems": problems,
            "rules": rule_texts(OPERATOR),
        }
        return render(request, "admin/own_password.html", context, status=400 if problems or form.errors else 200)

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]  # any response does
        """Lead to the first page, which tells that the password was changed."""
        return see_other(reverse("admin:index", current_app=self.name))

    def autocomplete_view(self, request: HttpRequest) -> NoReturn:
        """Refuse: no form here completes by typing, and Django's view for it counts rows."""
        raise NotFound
