"""Put, delete and list permission statements, and switch console authorization on and off (API of AWS Sign-In's control plane).

Changes happen in us-east-1. Any other Region knows of one `conf.policy_propagation` later, on the simulated clock; that goes for
what clients read there and for what is enforced there (`horizon`).
"""

import base64
import binascii
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Account, Organization
from policies.models import ConsoleAuthorization, PermissionStatement
from policies.models.changes import policies_changed
from policies.statements.consolidated import Block, Numbered, condition_of, policy_of
from policies.statements.errors import ConflictException, ResourceNotFoundException, ServiceQuotaExceededException, ValidationException
from policies.statements.rules import CLIENT_TOKEN, MOST_RESULTS, NEXT_TOKEN, STATEMENT_ID, TARGET, StatementParameters, faults
from portal.conf import conf
from portal.core import clock, regions

__all__ = [
    "Authorization",
    "ListedStatement",
    "Page",
    "StatementParameters",
    "authorization_of",
    "consolidated",
    "delete_authorization",
    "delete_configuration",
    "delete_statement",
    "horizon",
    "known_in",
    "list_statements",
    "put_authorization",
    "put_statement",
]

DEFAULT_RESULTS = 50
"""Statements on a page where the client does not say (simulator's own; the guide's example asks for as many)."""

_PARAMETERS = tuple(StatementParameters.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class ListedStatement:
    """A statement in a list: its ID, all its conditions in one block, and what it was put with."""

    sid: str
    condition: Block
    parameters: StatementParameters
    put_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """A page of statements, oldest first; `next_token` is empty on the last."""

    statements: tuple[ListedStatement, ...]
    next_token: str = ""


@dataclass(frozen=True, slots=True)
class Authorization:
    """Whether console authorization is on for a target; `scope` is ACCOUNT or ORGANIZATION (words of the simulator's own)."""

    target: str
    scope: str
    enabled: bool


def horizon(region: str, now: datetime) -> datetime:
    """Return the moment up to which a Region knows of changes."""
    return now if region == regions.DEFAULT else now - conf.policy_propagation


def known_in(region: str, now: datetime) -> Q:
    """Return the condition on rows that a Region takes to be there now. Where changes are made, what is not removed is there."""
    if region == regions.DEFAULT:
        return Q(removed_at=None)
    known = horizon(region, now)
    return Q(created_at__lte=known) & (Q(removed_at=None) | Q(removed_at__gt=known))


def parameters_of(row: PermissionStatement) -> StatementParameters:
    """Return what a statement was put with."""
    return StatementParameters(**{name: getattr(row, name) for name in _PARAMETERS})


def _statements(account_id: str, region: str, now: datetime | None) -> QuerySet[PermissionStatement]:
    return PermissionStatement.objects.filter(known_in(region, now or clock.now()), account_id=account_id).order_by("pk")


def put_statement(account_id: str, parameters: StatementParameters, *, client_token: str = "", now: datetime | None = None) -> str:
    """Add a statement and return its ID; a repeated put with the same token returns the same one.

    Raises ValidationException, ConflictException for a token that stands for something else, ServiceQuotaExceededException.
    """
    wrong = faults(parameters)
    sentences = [fault.sentence for fault in wrong]
    if client_token and not CLIENT_TOKEN.fullmatch(client_token):
        sentences.append("clientToken: expected 1 to 64 visible ASCII characters.")
    if sentences:
        raise ValidationException(" ".join(sentences))
    with transaction.atomic():
        # The account's row is the lock: two puts at once can pass neither the quota nor the token's uniqueness.
        if Account.objects.select_for_update().filter(pk=account_id).first() is None:
            raise ResourceNotFoundException(f"There is no account {account_id}.")
        earlier = PermissionStatement.objects.filter(account_id=account_id, client_token=client_token).first() if client_token else None
        if earlier is not None:
            return _same(earlier, parameters)
        if PermissionStatement.objects.filter(account_id=account_id, removed_at=None).count() >= conf.statement_quota:
            raise ServiceQuotaExceededException(f"The account has {conf.statement_quota} permission statements, as many as it may. Delete one.")
        sid = base64.b64encode(secrets.token_bytes(48)).decode()
        row = PermissionStatement(account_id=account_id, sid=sid, client_token=client_token, created_at=now or clock.now(), **asdict(parameters))
        row.save(force_insert=True)
    return sid


def _same(earlier: PermissionStatement, parameters: StatementParameters) -> str:
    if earlier.removed_at is not None:
        raise ConflictException("This clientToken was used for a statement that has been deleted. Use another one.")
    if parameters_of(earlier) != parameters:
        raise ConflictException("This clientToken was used for a statement with other parameters. Use another one.")
    return earlier.sid


def delete_statement(account_id: str, sid: str, *, now: datetime | None = None) -> None:
    """Remove a statement; raises ValidationException or ResourceNotFoundException."""
    if not STATEMENT_ID.fullmatch(sid):
        raise ValidationException("statementId: expected the 64 characters of a statement ID.")
    with transaction.atomic():
        found = PermissionStatement.objects.filter(account_id=account_id, sid=sid, removed_at=None)
        if found.update(removed_at=now or clock.now()) != 1:
            raise ResourceNotFoundException("The account has no permission statement with this ID.")
        policies_changed.send(PermissionStatement)


def list_statements(account_id: str, region: str, *, limit: int | None = None, after: str = "", now: datetime | None = None) -> Page:
    """Return a page of the statements that a Region knows; `after` is the token of the page before. Raises ValidationException."""
    if limit is None:
        limit = DEFAULT_RESULTS
    if not 1 <= limit <= MOST_RESULTS:
        raise ValidationException(f"maxResults: expected a number from 1 to {MOST_RESULTS}.")
    rows = _statements(account_id, region, now)
    if after:
        rows = rows.filter(pk__gt=_key(after))
    found = list(rows[: limit + 1])
    shown = found[:limit]
    return Page(tuple(map(_listed, shown)), _token(shown[-1].pk) if len(found) > limit else "")


def _listed(row: PermissionStatement) -> ListedStatement:
    parameters = parameters_of(row)
    return ListedStatement(row.sid, condition_of(parameters, str(row.account_id)), parameters, row.created_at)


def _token(key: int) -> str:
    return base64.urlsafe_b64encode(f"statement:{key}".encode()).decode()


def _key(token: str) -> int:
    try:
        if not NEXT_TOKEN.fullmatch(token):
            raise ValueError
        name, _colon, key = base64.urlsafe_b64decode(token).decode("ascii").partition(":")
        if name != "statement" or not key.isdecimal() or len(key) > 18:
            raise ValueError
    except (ValueError, binascii.Error) as error:
        raise ValidationException("nextToken: expected the token of the page before.") from error
    return int(key)


def numbered(account_id: str, region: str, *, now: datetime | None = None) -> list[Numbered]:
    """Return the statements that a Region knows, oldest first."""
    return [Numbered(row.sid, parameters_of(row)) for row in _statements(account_id, region, now)]


def consolidated(account_id: str, region: str, *, now: datetime | None = None) -> dict[str, Any] | None:
    """Return the account's resource-based policy as a Region knows it; None without statements."""
    return policy_of(numbered(account_id, region, now=now), account_id)


def _scope(target: str) -> str:
    """Return the scope of a target that is there; raises ValidationException or ResourceNotFoundException."""
    if not TARGET.fullmatch(target):
        raise ValidationException("targetId: expected an account ID (12 digits), an organization ID (`o-…`) or the ID of its root (`r-…`).")
    if target.isdecimal():
        there = Account.objects.filter(pk=target).exists()
    else:
        there = Organization.objects.filter(**{"pk" if target.startswith("o-") else "root_id": target}).exists()
    if not there:
        raise ResourceNotFoundException(f"There is no account or organization {target}.")
    return "ACCOUNT" if target.isdecimal() else "ORGANIZATION"


def put_authorization(target: str, *, now: datetime | None = None) -> Authorization:
    """Switch console authorization on; where it is on already nothing changes. Raises ValidationException or ResourceNotFoundException."""
    scope = _scope(target)
    with transaction.atomic():
        ConsoleAuthorization.objects.get_or_create(target=target, removed_at=None, defaults={"created_at": now or clock.now()})
    return Authorization(target, scope, enabled=True)


def delete_authorization(target: str, *, now: datetime | None = None) -> Authorization:
    """Switch console authorization off; statements stay. Raises ValidationException, or ResourceNotFoundException where it is not on."""
    scope = _scope(target)
    with transaction.atomic():
        if ConsoleAuthorization.objects.filter(target=target, removed_at=None).update(removed_at=now or clock.now()) != 1:
            raise ResourceNotFoundException(f"Console authorization is not on for {target}.")
        policies_changed.send(ConsoleAuthorization)
    return Authorization(target, scope, enabled=False)


@dataclass(frozen=True, slots=True)
class Deleted:
    """What was removed of an account's configuration: whether console authorization was on for it, and how many statements it had."""

    authorization: bool
    statements: int

    @property
    def anything(self) -> bool:
        """Whether there was anything to remove."""
        return self.authorization or self.statements > 0


def delete_configuration(account_id: str, *, now: datetime | None = None) -> Deleted:
    """Remove an account's console authorization with all of its permission statements, as the recovery portal does (guide)."""
    moment = now or clock.now()
    with transaction.atomic():
        # The lock that puts take as well: no statement is put in between and left behind.
        Account.objects.select_for_update().filter(pk=account_id).first()
        statements = PermissionStatement.objects.filter(account_id=account_id, removed_at=None).update(removed_at=moment)
        authorization = ConsoleAuthorization.objects.filter(target=account_id, removed_at=None).update(removed_at=moment)
        policies_changed.send(ConsoleAuthorization)
    return Deleted(bool(authorization), statements)


def authorization_of(target: str, region: str, *, now: datetime | None = None) -> Authorization:
    """Return whether console authorization is on as a Region knows it. Raises ValidationException or ResourceNotFoundException."""
    scope = _scope(target)
    enabled = ConsoleAuthorization.objects.filter(known_in(region, now or clock.now()), target=target).exists()
    return Authorization(target, scope, enabled)
