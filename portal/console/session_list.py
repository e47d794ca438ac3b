"""The sign-in sessions of one identity in every browser, open and over, for its security page."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import SignInSession
from accounts.sessions.browser import live
from portal.core import clock, paging
from portal.core.devices import describe
from portal.core.moments import Moment, moment

PAGE = 20
OVER_FOR = timedelta(days=7)
"""How long a session that is over stays listed (simulator's own)."""


@dataclass(frozen=True, slots=True)
class ListedSession:
    """One row: the device as people call it, where and when, and whether a second factor was shown at sign-in."""

    name: str
    browser: str
    system: str
    address: str
    region: str
    since: Moment
    seen: Moment
    until: Moment
    why: str
    with_mfa: bool
    current: bool


@dataclass(frozen=True, slots=True)
class SessionPage:
    """One page of open sessions; `before` is the key of the next page, None on the last."""

    rows: tuple[ListedSession, ...]
    before: int | None


def key_before(request: HttpRequest) -> int | None:
    """Return the key that the address asks for older sessions than, None on the first page; raises BadInput for what is no key."""
    return paging.key_before(request, otherwise=_("The address of this page is not right. Open the security page again."))


def _listed(row: SignInSession, current: SignInSession) -> ListedSession:
    device = describe(row.user_agent)
    over_at = row.ended_at or row.expires_at
    return ListedSession(
        name=row.name,
        browser=device.browser or _("Unknown browser"),
        system=device.system or _("unknown system"),
        address=row.source_ip,
        region=row.region,
        since=moment(row.created_at),
        seen=moment(row.last_seen_at),
        until=moment(over_at),
        why=str(row.get_end_reason_display()) if row.ended_at else _("Expired"),
        with_mfa=bool(row.factor),
        current=row.pk == current.pk,
    )


def open_sessions(session: SignInSession, *, before: int | None) -> SessionPage:
    """Return the identity's live sessions, newest first, at most `PAGE`, older than the key `before`."""
    found = live().filter(principal_id=session.principal_id).order_by("-id")
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found[: PAGE + 1])
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    return SessionPage(tuple(_listed(row, session) for row in rows), rows[-1].pk if more else None)


def past_sessions(session: SignInSession) -> tuple[ListedSession, ...]:
    """Return the identity's sessions that ended or expired of late, newest sign-in first, at most `PAGE`."""
    now = clock.now()
    over = Q(ended_at__gt=now - OVER_FOR) | Q(ended_at=None, expires_at__lte=now, expires_at__gt=now - OVER_FOR)
    rows = SignInSession.objects.filter(over, principal_id=session.principal_id).order_by("-id")[:PAGE]
    return tuple(_listed(row, session) for row in rows)
