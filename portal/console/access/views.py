"""The overview of console access control: authorization, permission statements, the consolidated policy, and which Regions know of them."""

import json
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.models import Account, SignInSession
from policies.models import PermissionStatement
from policies.statements.consolidated import statements_of
from policies.statements.errors import ValidationException
from policies.statements.flows import ListedStatement, Page, consolidated, list_statements, parameters_of
from portal.conf import conf
from portal.console.access import frame
from portal.console.access.command_line import list_line, policy_line
from portal.console.access.forms import PARAMETERS
from portal.console.access.standing import last_change, standing_of
from portal.console.access.words import Words, statement_in_words
from portal.console.permitted import may
from portal.console.region import keep_region, region_of
from portal.core import clock, regions
from portal.core.errors import BadInput
from portal.core.moments import Moment, moment

PAGE = 20
NOTICES = {
    "added": gettext_lazy("The permission statement was added."),
    "deleted": gettext_lazy("The permission statement was deleted."),
    "on": gettext_lazy("Console authorization is on for this account."),
    "off": gettext_lazy("Console authorization is off for this account. The permission statements stay."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A statement of the list; `everywhere` tells whether all Regions know of it, `source` is the policy statements that it makes."""

    sid: str
    query: str
    put_at: Moment
    everywhere: bool
    words: Words
    source: str


@require_safe
@frame.access_page()
def overview(request: HttpRequest, session: SignInSession) -> HttpResponse:
    """Show how the account's console access control stands; statements twenty a page by key."""
    account, region, now = frame.account_of(session), region_of(request, session), clock.now()
    after, done = request.GET.get("after", ""), request.GET.get("done", "")
    standing = standing_of(account)
    listed = _listed(account, after, now)
    policy = consolidated(account.pk, region, now=now)
    context = {
        "standing": standing,
        "quota": conf.statement_quota,
        "change": last_change(standing, now),
        "rows": [_row(statement, account, now) for statement in listed.statements],
        "next": listed.next_token,
        "is_first_page": not after,
        "region": region,
        "home_region": regions.DEFAULT,
        "policy": json.dumps(policy, indent=2) if policy else "",
        "policy_line": policy_line(region),
        "list_line": list_line(),
        "may_add": may(request, session, frame.PUT),
        "may_delete": may(request, session, frame.DELETE),
        "may_switch": may(request, session, frame.OFF if standing.own else frame.ON),
        "notice": NOTICES.get(done),
        "again": _query_of_deleted(account, request.GET.get("statement", "")) if done == "deleted" else "",
    }
    response = frame.show(request, session, "overview", context)
    keep_region(response, request, session)
    return response


def _listed(account: Account, after: str, now: datetime) -> Page:
    try:
        return list_statements(account.pk, regions.DEFAULT, limit=PAGE, after=after, now=now)
    except ValidationException as error:
        raise BadInput(_("The address of this page is not right. Open the page of console access again.")) from error


def _row(statement: ListedStatement, account: Account, now: datetime) -> Row:
    return Row(
        sid=statement.sid,
        query=urlencode({"statement": statement.sid}),
        put_at=moment(statement.put_at),
        everywhere=statement.put_at <= now - conf.policy_propagation,
        words=statement_in_words(statement.parameters),
        source=json.dumps(statements_of(statement.parameters, account.pk), indent=2),
    )


def _query_of_deleted(account: Account, sid: str) -> str:
    """Return the query that fills in the form with what a deleted statement of the account was put with; empty where there is none."""
    row = PermissionStatement.objects.filter(account=account, sid=sid).exclude(removed_at=None).first()
    if row is None:
        return ""
    parameters = parameters_of(row)
    return urlencode({name: value for name in PARAMETERS if (value := getattr(parameters, name))})
