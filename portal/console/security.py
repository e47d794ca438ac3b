"""The security page of a signed-in identity: its second factors, its sessions everywhere, programs signed in for it, and its password."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.credentials import rules
from accounts.credentials.flows import PasswordRefused, change_password, may_change, policy_of, rule_for
from accounts.models import SignInSession
from accounts.outcomes import Failure
from accounts.sessions.browser import hand_over
from accounts.sessions.flows import end_others
from accounts.signin import known_browser
from mfa.manage import notices
from mfa.manage.device_list import listed_devices
from mfa.manage.trusted_list import listed_trusts
from portal.console.bar import bar, identity_in
from portal.console.flows import EndFailure, end_session
from portal.console.forms import ChangePasswordForm
from portal.console.pages import console_page
from portal.console.program_list import listed_programs
from portal.console.region import keep_region
from portal.console.second_factors import confirmed_recently, rooms_of
from portal.console.session_list import key_before, open_sessions, past_sessions
from portal.core.errors import NotFound
from portal.core.http import see_other
from portal.network.origin import origin_of

NOTICES = {
    "ended": _("The session has ended."),
    "over": _("That session was over already."),
    "others": _("All other sessions have ended."),
    "password": _("Your password was changed. All other sessions have ended."),
    "program": _("The program is signed out."),
    "program_over": _("That program's sign-in was over already."),
    "programs": _("All programs are signed out."),
    **notices.SUCCESSES,
}
"""What has just been done, by the word that stands in the address; other words show nothing."""


def _page(request: HttpRequest, session: SignInSession, form: ChangePasswordForm, problems: tuple[str, ...] = ()) -> HttpResponse:
    principal = session.principal
    policy = policy_of(principal)
    before = key_before(request)
    context = {
        "bar": bar(request, session),
        "session": session,
        "me": identity_in(session, current=True),
        "devices": listed_devices(principal),
        "trusts": listed_trusts(principal),
        "rooms": rooms_of(session),
        "programs": listed_programs(principal),
        "open_sessions": open_sessions(session, before=before),
        "past_sessions": past_sessions(session) if before is None else (),
        "is_first_page": before is None,
        "may_change": may_change(policy),
        "rule": rules.rule_texts(rule_for(principal, policy)),
        "form": form,
        "problems": problems,
        "notice": NOTICES.get(request.GET.get("done", "")),
        "warning": notices.WARNINGS.get(request.GET.get("done", "")),
    }
    return render(request, "portal/console/security.html", context, status=400 if problems or form.errors else 200)


@require_safe
@console_page
def security(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """Show the identity's second factors, its sessions, twenty a page by key, its programs, and the form for a new password."""
    response = _page(request, session, ChangePasswordForm())
    keep_region(response, request, session)
    return response


@console_page
def password(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """Change the password; this browser's session goes on with a new secret, every other one is over."""
    if request.method != "POST":
        return see_other(f"/console/{session.name}/security")
    form = ChangePasswordForm(request.POST)
    if not form.is_valid():
        return _page(request, session, form)
    outcome = change_password(session, current=form.cleaned_data["password"], new=form.cleaned_data["new_password"], origin=origin_of(request))
    if isinstance(outcome, PasswordRefused):
        return _page(request, session, form, outcome.problems)
    response = see_other(f"/console/{session.name}/security?done=password")
    hand_over(response, session, outcome.secret)
    known_browser.remember(request, response, session.principal)
    return response


@require_POST
@console_page
@confirmed_recently("security")
def end(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """End one session of this identity; somebody else's does not exist here."""
    outcome = end_session(session, request.POST.get("session", ""), origin=origin_of(request))
    if isinstance(outcome, Failure):
        if outcome.reason == EndFailure.NOT_YOURS:
            raise NotFound(str(_("This identity has no such session.")))
        return see_other(f"/console/{session.name}/security?done=over")
    return see_other(f"/console/{session.name}/security?done=ended")


@require_POST
@console_page
@confirmed_recently("security")
def end_all_others(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """End every session of this identity but the one that asks."""
    end_others(session, origin=origin_of(request))
    return see_other(f"/console/{session.name}/security?done=others")
