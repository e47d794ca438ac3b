"""Delete a permission statement: a dialog that names it and who gains or loses by it, and the deletion."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import SignInSession
from policies.models import PermissionStatement
from policies.simulator.scenario import Change
from policies.statements.errors import ResourceNotFoundException, ValidationException
from policies.statements.flows import delete_statement, parameters_of
from portal.console.access import frame
from portal.console.access.command_line import delete_line
from portal.console.access.effects import effects_of
from portal.console.access.words import statement_in_words
from portal.console.permitted import call
from portal.console.second_factors import confirmed_recently
from portal.core import regions
from portal.core.errors import NotFound


@require_http_methods(["GET", "HEAD", "POST"])
@frame.access_page(frame.DELETE)
@confirmed_recently()
def delete(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """Ask whether the statement `?statement=ID` is to be deleted, and delete it."""
    account, sid = frame.account_of(session), request.GET.get("statement", "")
    if request.method == "POST":
        _delete(request, session, sid)
        return frame.to_overview(session, urlencode({"done": "deleted", "statement": sid}))
    row = PermissionStatement.objects.filter(account=account, sid=sid, removed_at=None).first()
    if row is None:
        raise _gone()
    context = {
        "sid": sid,
        "query": urlencode({"statement": sid}),
        "words": statement_in_words(parameters_of(row)),
        "line": delete_line(sid),
        "effects": effects_of(request, session, Change(removed=(sid,))),
    }
    return frame.show(request, session, "delete", context)


def _delete(request: HttpRequest, session: SignInSession, sid: str) -> None:
    account = frame.account_of(session)
    try:
        call(
            request,
            session,
            "DeleteResourcePermissionStatement",
            lambda: delete_statement(account.pk, sid),
            parameters={"statementId": sid},
            region=regions.DEFAULT,
        )
    except (ResourceNotFoundException, ValidationException) as error:
        raise _gone() from error


def _gone() -> NotFound:
    return NotFound(_("The account has no such permission statement. It may have been deleted already."))
