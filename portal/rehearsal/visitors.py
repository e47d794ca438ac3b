"""Who may rehearse which accounts: everybody all of them while training is open to everybody, an operator all, others their own."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import Account, SignInSession
from accounts.sessions.browser import sessions_in
from policies.enforcement.permission import decide
from portal.core.errors import NotFound
from portal.core.http import once
from portal.guardrails.access import may_look
from portal.network.origin import origin_of

ACTION = "signin:GetResourcePolicy"
"""What a principal must be allowed to do in its own account: a rehearsal shows the policies that stand there."""

MOST_ACCOUNTS = 500
"""Accounts in the list to choose from; the address of the page takes any other that the visitor may rehearse."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a visitor may rehearse. `every` tells whether that is every account; `own` are the accounts of its consoles that allow it."""

    every: bool
    own: tuple[Account, ...] = ()

    @property
    def welcome(self) -> bool:
        """Whether there is any account to rehearse."""
        return self.every or bool(self.own)

    def accounts(self) -> list[Account]:
        """Return the accounts to choose from, by name; one query where it is every account."""
        if self.every:
            return list(Account.objects.select_related("organization").filter(status=Account.Status.ACTIVE).order_by("name", "id")[:MOST_ACCOUNTS])
        return sorted(self.own, key=lambda account: (account.name, account.pk))

    def account(self, account_id: str) -> Account:
        """Return one account with its organisation; raises NotFound alike where there is none and where the visitor may not rehearse it."""
        found = Account.objects.select_related("organization").filter(pk=account_id).first() if self.may(account_id) else None
        if found is None:
            raise NotFound(_("There is no such account, or you may not rehearse it."))
        return found

    def may(self, account_id: str) -> bool:
        """Tell whether the visitor may rehearse an account, were it there."""
        return self.every or any(account.pk == account_id for account in self.own)


def visitor_of(request: HttpRequest) -> Visitor:
    """Return who asks; read once a request."""
    return once(request, "rehearsal visitor", lambda: _visitor(request))


def _visitor(request: HttpRequest) -> Visitor:
    if may_look(request):
        return Visitor(every=True)
    origin = origin_of(request)
    asked: dict[str, SignInSession] = {}
    for session in sessions_in(request):
        asked.setdefault(str(session.principal.account_id), session)
    allowed = [
        account for account, session in asked.items() if decide(session.principal, ACTION, origin=origin, with_mfa=bool(session.factor)).allowed
    ]
    own = Account.objects.select_related("organization").filter(pk__in=allowed) if allowed else ()
    return Visitor(every=False, own=tuple(own))
