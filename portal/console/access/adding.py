"""Add a permission statement: the form with its preview, who would be affected, and the statement itself."""

import json
import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import SignInSession
from policies.simulator.flows import people_of
from policies.simulator.scenario import Change
from policies.statements.consolidated import VERSION, statements_of
from policies.statements.errors import ConflictException, ServiceQuotaExceededException
from policies.statements.flows import put_statement
from policies.statements.rules import CLIENT_TOKEN, EXCLUDED_PRINCIPAL, StatementParameters
from portal.conf import conf
from portal.console.access import frame
from portal.console.access.command_line import put_line
from portal.console.access.effects import effects_of
from portal.console.access.forms import PARAMETERS, StatementForm, wire_form
from portal.console.access.standing import standing_of
from portal.console.access.words import refusal_in_words, statement_in_words
from portal.console.permitted import call
from portal.core import regions
from portal.core.errors import BadInput

ACTS = frozenset({"preview", "edit", "review", "add"})
"""What the buttons of the form and of its second page say: look again, go on, and do it."""


@require_http_methods(["GET", "HEAD", "POST"])
@frame.access_page(frame.PUT)
def add(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """Show the form (`?source_ip=…` and so on fill it in), what it would do (`act=review`), and add the statement (`act=add`)."""
    if request.method != "POST":
        return _form(request, session, StatementForm(initial={name: request.GET.get(name, "") for name in PARAMETERS}), _new_token())
    act, token = request.POST.get("act", ""), request.POST.get("client_token", "") or _new_token()
    if act not in ACTS or not CLIENT_TOKEN.fullmatch(token):
        raise BadInput(_("The form was not sent as this page sends it. Open the page of console access again."))
    form = StatementForm(request.POST)
    if act in {"preview", "edit"}:
        return _form(request, session, form, token)
    if not form.is_valid():
        return _form(request, session, form, token, status=400)
    return _review(request, session, form, token) if act == "review" else _put(request, session, form, token)


@require_POST
@frame.access_page(frame.PUT)
def preview(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """Return the preview alone, for the script that refreshes it as one types."""
    return render(request, "portal/console/access/pieces/preview.html", _preview(session, StatementForm(request.POST)))


def _new_token() -> str:
    return secrets.token_urlsafe(24)


def _preview(session: SignInSession, form: StatementForm) -> dict[str, Any]:
    """Return what the preview shows: the statement in words and as JSON and the command, or everything that is wrong."""
    if not form.is_bound or not any(form.data.get(name, "").strip() for name in PARAMETERS):
        return {"empty": True}
    if not form.is_valid():
        return {"problems": list(form.problems)}
    return _made(session, form.parameters)


def _made(session: SignInSession, parameters: StatementParameters) -> dict[str, Any]:
    policy = {"Version": VERSION, "Statement": statements_of(parameters, frame.account_of(session).pk)}
    return {"words": statement_in_words(parameters), "made": json.dumps(policy, indent=2), "line": put_line(parameters)}


def _form(request: HttpRequest, session: SignInSession, form: StatementForm, token: str, *, error: str = "", status: int = 200) -> HttpResponse:
    standing = standing_of(frame.account_of(session))
    people = people_of(frame.account_of(session).pk)
    shown = form
    if not form.is_bound and any(form.initial.values()):
        # A form that comes filled in is previewed like one that was sent.
        shown = StatementForm(form.initial)
    context = {
        "form": form,
        "client_token": token,
        "error": error,
        "standing": standing,
        "quota": conf.statement_quota,
        "principals": [who for who in people if EXCLUDED_PRINCIPAL.fullmatch(who.arn)],
        **_preview(session, shown),
    }
    return frame.show(request, session, "add", context, status=status)


def _review(
    request: HttpRequest, session: SignInSession, form: StatementForm, token: str, *, status: int = 200, unticked: bool = False
) -> HttpResponse:
    parameters = form.parameters
    account = frame.account_of(session)
    standing = standing_of(account)
    # While authorization is off the statement changes nothing yet; what is shown is what it will do then.
    change = Change(put=(parameters,)) if standing.on else Change(put=(parameters,), authorization=True, authorization_target=account.pk)
    context = {
        "fields": [(name, value) for name in PARAMETERS if (value := getattr(parameters, name))],
        "client_token": token,
        "standing": standing,
        "quota": conf.statement_quota,
        "effects": effects_of(request, session, change, hypothetical=not standing.on),
        "unticked": unticked,
        **_made(session, parameters),
    }
    return frame.show(request, session, "review", context, status=status)


def _put(request: HttpRequest, session: SignInSession, form: StatementForm, token: str) -> HttpResponse:
    account, parameters = frame.account_of(session), form.parameters
    # Whoever would stand before a closed door has to say that this is meant; policies count for nobody while authorization is off.
    if standing_of(account).on and not frame.is_understood(request) and effects_of(request, session, Change(put=(parameters,))).yourself:
        return _review(request, session, form, token, status=400, unticked=True)
    try:
        call(
            request,
            session,
            "PutResourcePermissionStatement",
            lambda: put_statement(account.pk, parameters, client_token=token),
            parameters=wire_form(parameters) | {"clientToken": token},
            answer=lambda sid: {"statementId": sid},
            region=regions.DEFAULT,
        )
    except (ConflictException, ServiceQuotaExceededException) as error:
        return _form(request, session, form, _new_token(), error=refusal_in_words(error), status=error.status)
    return frame.to_overview(session, "done=added")
