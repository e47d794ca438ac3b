"""The account administrator's page: the account's IAM users with their second factors (IAM user guide, "Deactivate an MFA device")."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import SignInSession
from accounts.outcomes import Failure
from mfa.base import events
from mfa.base.authenticators import deactivate
from mfa.manage.chosen import key_of
from mfa.manage.device_list import listed
from mfa.manage.requirement import require_of_iam_users
from mfa.models import Authenticator
from portal.console.account_users import device_in_account, may_administer, users_of
from portal.console.bar import bar
from portal.console.pages import ConsoleView, console_page
from portal.console.second_factors import confirmed_recently
from portal.core.errors import BadInput, Forbidden, NotFound
from portal.core.http import see_other
from portal.network.origin import origin_of
from portal.trail.names import EventName

NOTICES = {
    "deactivated": gettext_lazy("The MFA device was deactivated. The user's sessions have ended."),
    "required": gettext_lazy("IAM users of this account need MFA from their next sign-in on."),
    "not_required": gettext_lazy("IAM users of this account no longer need MFA."),
}
WARNINGS = {"choose": gettext_lazy("Choose a device first, then what to do with it.")}
_LONGEST_NAME = 64


def _administrators_page(view: ConsoleView) -> Callable[..., Any]:
    @console_page
    @wraps(view)
    def page(request: HttpRequest, session: SignInSession) -> HttpResponse:
        if not may_administer(session.principal):
            raise Forbidden(
                _("This page is for the account's root user and for IAM users with the policy AdministratorAccess or IAMFullAccess. Ask one of them.")
            )
        return view(request, session)

    return page


def _to_list(session: SignInSession, done: str) -> HttpResponse:
    return see_other(f"/console/{session.name}/users?done={done}")


@require_safe
@_administrators_page
def users(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """List the IAM users of the account by name, twenty a page by key, with their last sign-in and their devices."""
    after = request.GET.get("after", "")
    if len(after) > _LONGEST_NAME:
        raise BadInput(_("The address of this page is not right. Open the list of users again."))
    done = request.GET.get("done", "")
    context = {
        "bar": bar(request, session),
        "session": session,
        "account": session.principal.account,
        "page": users_of(session.principal, after=after),
        "is_first_page": not after,
        "notice": NOTICES.get(done),
        "warning": WARNINGS.get(done),
    }
    return render(request, "portal/console/users.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@_administrators_page
@confirmed_recently("users")
def deactivate_device(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """Ask whether a user's device is to be deactivated, and deactivate it."""
    key = key_of(request.POST if request.method == "POST" else request.GET)
    if key is None:
        return _to_list(session, "choose")
    device = device_in_account(session.principal, key)
    if device is None:
        _record_foreign(request, session)
        raise _gone()
    if request.method != "POST" or device.user_id == session.principal_id:
        return _question(request, session, device)
    if isinstance(deactivate(device.pk, administrator=session, origin=origin_of(request)), Failure):
        raise _gone()
    return _to_list(session, "deactivated")


def _question(request: HttpRequest, session: SignInSession, device: Authenticator) -> HttpResponse:
    """Show the dialog; whoever chose a device of its own is led to its security page, which keeps its session."""
    context = {
        "bar": bar(request, session),
        "session": session,
        "section": "users",
        "device": listed([device])[0],
        "owner": device.user,
        "own": device.user_id == session.principal_id,
    }
    return render(request, "portal/console/deactivate.html", context, status=400 if request.method == "POST" else 200)


def _gone() -> NotFound:
    return NotFound(_("No IAM user of this account has such an MFA device. It may have been deactivated already."))


def _record_foreign(request: HttpRequest, session: SignInSession) -> None:
    error = "No such device in this account"
    events.noted(EventName.DEACTIVATE_MFA_DEVICE, session.principal, origin=origin_of(request), succeeded=False, error=error)


@require_http_methods(["GET", "HEAD", "POST"])
@_administrators_page
@confirmed_recently("users")
def requirement(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """Turn the requirement of a second factor for the account's IAM users on (`needed=yes`) or off (`needed=no`)."""
    if request.method != "POST":
        return see_other(f"/console/{session.name}/users")
    wanted = request.POST.get("needed", "")
    if wanted not in {"yes", "no"}:
        raise BadInput(_("The form was not sent as this page sends it. Open the list of users again."))
    needed = wanted == "yes"
    require_of_iam_users(session, needed=needed, origin=origin_of(request))
    return _to_list(session, "required" if needed else "not_required")
