"""What keeps an account's users out of the console, and whether the recovery portal can end it.

The guide has support confirm that a resource-based policy is the cause, because that is all that the portal deletes.
"""

from dataclasses import dataclass
from enum import StrEnum

from accounts.models import Account
from policies.enforcement.consoles import read_console
from policies.models import ConsoleAuthorization, PermissionStatement
from portal.core import clock, regions


class Verdict(StrEnum):
    """Who can end a lock-out."""

    RESOURCE_POLICY = "resource_policy"
    """The account's permission statements are evaluated: the recovery portal can delete them."""
    ORGANIZATION = "organization"
    """Only policies of the organisation are: its management account can change them."""
    IDENTITY = "identity"
    """Console authorization is on, and no policy of this account or an organisation restricts anybody by it."""
    NOT_ON = "not_on"
    """Nothing is evaluated: the cause is another one."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Where console authorization is on, and what is evaluated because of it; `rcps` and `scps` count attached documents."""

    account_on: bool
    organization_on: str
    root_on: str
    statements: int
    rcps: int
    scps: int
    management_account: str
    is_member: bool

    @property
    def is_on(self) -> bool:
        """Whether anything is evaluated at all."""
        return self.account_on or bool(self.organization_on) or bool(self.root_on)

    @property
    def verdict(self) -> Verdict:
        """Who can end the lock-out."""
        if not self.is_on:
            return Verdict.NOT_ON
        if self.statements:
            return Verdict.RESOURCE_POLICY
        return Verdict.ORGANIZATION if self.rcps or self.scps else Verdict.IDENTITY

    @property
    def can_help(self) -> bool:
        """Whether the recovery portal can end the lock-out."""
        return self.verdict is Verdict.RESOURCE_POLICY


def statements_of(account_id: str) -> int:
    """Return how many permission statements the account has."""
    return PermissionStatement.objects.filter(account_id=account_id, removed_at=None).count()


def is_on_for(account_id: str) -> bool:
    """Tell whether console authorization is on for the account itself."""
    return ConsoleAuthorization.objects.filter(target=account_id, removed_at=None).exists()


def diagnose(account: Account) -> Diagnosis:
    """Find out what is evaluated when somebody signs in to this account's console, as the Region knows it in which changes are made."""
    now = clock.now()
    console = read_console(account.id, regions.DEFAULT, now)
    targets = console.targets if console else frozenset({account.id})
    on = set(ConsoleAuthorization.objects.filter(target__in=targets, removed_at=None).values_list("target", flat=True))
    organization = account.organization
    return Diagnosis(
        account_on=account.id in on,
        organization_on=organization.pk if organization and organization.pk in on else "",
        root_on=organization.root_id if organization and organization.root_id in on else "",
        statements=statements_of(account.id),
        rcps=sum(len(level) for level in console.rcps) if console else 0,
        # One of each level is the policy that allows everything, which every organisation has.
        scps=sum(len(level) - 1 for level in console.scps) if console else 0,
        management_account=str(organization.management_account_id or "") if organization else "",
        is_member=account.is_member,
    )
