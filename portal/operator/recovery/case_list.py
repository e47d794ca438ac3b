"""Recovery cases as pages show them: the list, newest first, and how far each has come."""

from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest
from django.utils.translation import gettext as _

from policies.models import RecoveryCase, RecoveryEntry
from portal.core import clock, paging
from portal.core.moments import Moment, moment

PAGE = 20


class State(StrEnum):
    """How far a case has come; each is the name of the page's next part."""

    OPENED = "opened"
    CODE_SENT = "code_sent"
    VERIFIED = "verified"
    LINK_ISSUED = "link_issued"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def words(self) -> str:
        """The state as people read it."""
        match self:
            case State.OPENED:
                return _("Address not verified")
            case State.CODE_SENT:
                return _("Waiting for the code")
            case State.VERIFIED:
                return _("Address verified")
            case State.LINK_ISSUED:
                return _("Link mailed")
            case State.COMPLETED:
                return _("Completed")
            case State.WITHDRAWN:
                return _("Withdrawn")
            case State.EXPIRED:
                return _("Expired")

    @property
    def is_open(self) -> bool:
        """Whether a step can still be taken."""
        return self not in {State.COMPLETED, State.WITHDRAWN, State.EXPIRED}


def state_of(case: RecoveryCase) -> State:
    """Return how far a case has come by now."""
    now = clock.now()
    if case.closed_at is not None:
        return State(case.outcome)
    if case.expires_at <= now:
        return State.EXPIRED
    if case.link_issued_at is not None:
        return State.LINK_ISSUED
    if case.email_verified_at is not None:
        return State.VERIFIED
    return State.CODE_SENT if case.code_expires_at is not None and now < case.code_expires_at else State.OPENED


@dataclass(frozen=True, slots=True)
class ListedCase:
    """One row of the list."""

    key: int
    account: str
    account_name: str
    reason: str
    state: State
    opened_by: str
    opened: Moment


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of cases; `before` is the key of the next page, None on the last."""

    rows: tuple[ListedCase, ...]
    before: int | None


def key_before(request: HttpRequest) -> int | None:
    """Return the key that the address asks for older cases than, None on the first page; raises BadInput for what is no key."""
    return paging.key_before(request, otherwise=_("The address of this page is not right. Open the list of cases again."))


def listed_cases(*, before: int | None) -> CasePage:
    """Return a page of cases, newest first."""
    rows = RecoveryCase.objects.select_related("account").order_by("-id")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    return CasePage(tuple(map(_listed, found[:PAGE])), found[PAGE - 1].pk if len(found) > PAGE else None)


def _listed(case: RecoveryCase) -> ListedCase:
    account = case.account
    return ListedCase(case.pk, account.id, account.name, case.reason, state_of(case), case.opened_by, moment(case.opened_at))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a case's history."""

    words: str
    actor: str
    at: Moment


def history_of(case: RecoveryCase) -> list[Line]:
    """Return a case's history, oldest first; its steps are bounded by the tries and mails that a case bears, so it is one page."""
    rows = RecoveryEntry.objects.filter(case=case).order_by("-id")[:200]
    return [Line(row.get_step_display(), row.actor, moment(row.at)) for row in reversed(rows)]
