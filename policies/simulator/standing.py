"""What policies are asked when people sign in to an account: as they stand, read from the database once, or as a change would leave them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from policies.enforcement.consoles import Console, authorizations, read_console
from policies.enforcement.identity import Identity, read_identities
from policies.enforcement.sign_in import decide_sign_in, explain_sign_in
from policies.evaluation.authorization import Explanation
from policies.evaluation.decision import ALLOWED, Decision, Question
from policies.statements.consolidated import Numbered
from policies.statements.flows import numbered
from portal.core import regions


@dataclass(frozen=True, slots=True)
class Standing:
    """The policies of an account's console and of those who sign in to it; `on` is where console authorization is on.

    `statements` are what the resource-based policy is consolidated from, and `identities` the policies of each by ARN. `known` is whether
    the account is there.
    """

    account: str
    console: Console
    on: frozenset[str] = frozenset()
    statements: tuple[Numbered, ...] = ()
    identities: Mapping[str, Identity] | None = None
    known: bool = True

    @property
    def guarded(self) -> bool:
        """Whether anything is evaluated: console authorization is on for the account, its organisation or the organisation's root."""
        return self.console.is_guarded(self.on)

    def identity(self, arn: str) -> Identity:
        """Return the identity-based policies of somebody."""
        return (self.identities or {}).get(arn, Identity())

    def decide(self, question: Question) -> Decision:
        """Decide a question by the function that enforcement decides by."""
        return decide_sign_in(question, self.console, self.identity(question.principal_arn)) if self.guarded else ALLOWED

    def explain(self, question: Question) -> Explanation:
        """Return the decision on a question with every statement's result; no layers where nothing is evaluated."""
        return explain_sign_in(question, self.console, self.identity(question.principal_arn)) if self.guarded else Explanation(ALLOWED, ())


def read_standing(account_id: str, arns: Collection[str], now: datetime) -> Standing:
    """Return how things stand for an account and some of its principals, as every Region will know it once all changes have reached it."""
    console = read_console(account_id, regions.DEFAULT, now)
    if console is None:
        return unknown_account(account_id)
    on = frozenset(change.target for change in authorizations(now) if change.is_known(regions.DEFAULT, now))
    statements = tuple(numbered(account_id, regions.DEFAULT, now=now))
    return Standing(account_id, console, on, statements, read_identities(account_id, arns))


def unknown_account(account_id: str) -> Standing:
    """Return how things stand for an account that is not there: nothing restricts it. It is taken for a member of an organisation."""
    return Standing(account_id, Console(frozenset({account_id}), (account_id,), ((),), ((),)), known=False)
