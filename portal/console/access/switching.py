"""Switch console authorization of the account on and off, each by a dialog that says whom it would affect now."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import SignInSession
from policies.simulator.scenario import Change
from policies.statements.errors import ResourceNotFoundException
from policies.statements.flows import Authorization, delete_authorization, put_authorization
from portal.console.access import frame
from portal.console.access.command_line import off_line, on_line
from portal.console.access.effects import Effects, effects_of
from portal.console.access.standing import Standing, standing_of
from portal.console.permitted import call
from portal.console.second_factors import confirmed_recently
from portal.core import regions
from portal.core.errors import NotFound


def _answer(done: Authorization) -> dict[str, object]:
    return {"targetId": done.target, "scope": done.scope, "consoleAuthorizationEnabled": done.enabled}


@require_http_methods(["GET", "HEAD", "POST"])
@frame.access_page(frame.ON)
@confirmed_recently()
def on(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """Name who would be locked out now, and switch on; whoever would lock itself out says so first (`understood=yes`)."""
    account = frame.account_of(session)
    standing = standing_of(account)
    effects = effects_of(request, session, Change(authorization=True, authorization_target=account.pk))
    if request.method != "POST":
        return _dialog(request, session, "on", standing, effects)
    if effects.yourself and not frame.is_understood(request):
        return _dialog(request, session, "on", standing, effects, unticked=True)
    call(
        request,
        session,
        "PutConsoleAuthorizationConfiguration",
        lambda: put_authorization(account.pk),
        parameters={"targetId": account.pk},
        answer=_answer,
        region=regions.DEFAULT,
    )
    return frame.to_overview(session, "done=on")


@require_http_methods(["GET", "HEAD", "POST"])
@frame.access_page(frame.OFF)
@confirmed_recently()
def off(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """Say what stays on, and switch off; an organisation's setting is not this account's to change."""
    account = frame.account_of(session)
    if request.method != "POST":
        standing = standing_of(account)
        if not standing.own:
            raise _not_on()
        return _dialog(request, session, "off", standing, effects_of(request, session, Change(authorization=False, authorization_target=account.pk)))
    try:
        call(
            request,
            session,
            "DeleteConsoleAuthorizationConfiguration",
            lambda: delete_authorization(account.pk),
            parameters={"targetId": account.pk},
            answer=_answer,
            region=regions.DEFAULT,
        )
    except ResourceNotFoundException as error:
        raise _not_on() from error
    return frame.to_overview(session, "done=off")


def _not_on() -> NotFound:
    return NotFound(_("Console authorization is not on for this account by a setting of its own."))


def _dialog(request: HttpRequest, session: SignInSession, page: str, standing: Standing, effects: Effects, *, unticked: bool = False) -> HttpResponse:
    account = frame.account_of(session)
    line = on_line(account.pk) if page == "on" else off_line(account.pk)
    context = {"standing": standing, "effects": effects, "line": line, "unticked": unticked}
    return frame.show(request, session, page, context, status=400 if unticked else 200)
