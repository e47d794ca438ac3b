"""The programs that are signed in for one identity, for its security page."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet

from accounts.models import Grant, Principal
from accounts.oauth.clients import ClientKind, client_of
from accounts.oauth.grants import end_grant
from portal.core import clock
from portal.core.moments import Moment, moment
from portal.network.origin import Origin
from portal.programs.words import how_it_came, program_name

MOST = 50
"""Rows that the page lists; "End all" ends what is older too."""


@dataclass(frozen=True, slots=True)
class ListedProgram:
    """One row.

    `software` is what the program calls itself, with its version, and which device it is on; `named_itself` tells that nobody has
    checked its name.
    """

    name: str
    program: str
    software: str
    address: str
    region: str
    since: Moment
    refreshed: Moment
    until: Moment
    with_mfa: bool
    named_itself: bool


def _live(principal: Principal, now: datetime) -> QuerySet[Grant]:
    return Grant.objects.filter(principal=principal, ended_at=None, expires_at__gt=now, credential_epoch=F("principal__credential_epoch"))


def listed_programs(principal: Principal) -> tuple[ListedProgram, ...]:
    """Return the programs' sign-ins that go on, newest first, at most `MOST`."""
    return tuple(_listed(row) for row in _live(principal, clock.now()).order_by("-id")[:MOST])


def _listed(row: Grant) -> ListedProgram:
    client = client_of(row.client_id)
    return ListedProgram(
        name=row.name,
        program=program_name(client, row.client_id),
        software=" · ".join(part for part in (row.user_agent.partition(" ")[0][:40], how_it_came(row.client_id)) if part),
        address=row.source_ip,
        region=row.region,
        since=moment(row.created_at),
        refreshed=moment(row.rotated_at),
        until=moment(row.expires_at),
        with_mfa=bool(row.factor),
        named_itself=client is not None and client.kind is ClientKind.REGISTERED,
    )


def end_program(principal: Principal, name: str, *, origin: Origin) -> bool | None:
    """End one program's sign-in of `principal`: False when it was over already, None when it is none of this identity's."""
    row = Grant.objects.select_related("principal__account").filter(principal=principal, name=name).first()
    return end_grant(row, Grant.End.REVOKED, origin=origin) if row else None


def end_programs(principal: Principal, *, origin: Origin) -> int:
    """End every program's sign-in of `principal` that goes on; return how many."""
    rows = list(_live(principal, clock.now()).select_related("principal__account"))
    return sum(end_grant(row, Grant.End.REVOKED, origin=origin) for row in rows)
