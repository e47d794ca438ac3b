"""What the pages of console access control have in common: who may see them, their frame, and how a change is made."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.models import Account, SignInSession
from portal.console.bar import bar
from portal.console.pages import ConsoleView
from portal.console.permitted import permitted_page
from portal.core.errors import BadInput
from portal.core.http import see_other

LIST, READ_POLICY, READ_SWITCH = (
    "signin:ListResourcePermissionStatements",
    "signin:GetResourcePolicy",
    "signin:GetConsoleAuthorizationConfiguration",
)
PUT, DELETE = "signin:PutResourcePermissionStatement", "signin:DeleteResourcePermissionStatement"
ON, OFF = "signin:PutConsoleAuthorizationConfiguration", "signin:DeleteConsoleAuthorizationConfiguration"


def access_page(*actions: str) -> Callable[[ConsoleView], Callable[..., Any]]:
    """Give a page to identities that may read everything that these pages show, and may do `actions` besides."""
    return permitted_page(LIST, READ_POLICY, READ_SWITCH, *actions)


def account_of(session: SignInSession) -> Account:
    """Return the account whose console this is."""
    account = session.principal.account
    if account is None:
        raise BadInput(_("This identity belongs to no account."))
    return account


def show(request: HttpRequest, session: SignInSession, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Draw one of the pages in its frame."""
    frame = {"bar": bar(request, session), "session": session, "account": account_of(session)}
    return render(request, f"portal/console/access/{page}.html", frame | context, status=status)


def to_overview(session: SignInSession, query: str) -> HttpResponse:
    """Lead to the overview, which says what was done."""
    return see_other(f"/console/{session.name}/access/?{query}")


def is_understood(request: HttpRequest) -> bool:
    """Tell whether the box was ticked that says that one locks oneself out."""
    return request.POST.get("understood", "") == "yes"
