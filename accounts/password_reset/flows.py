"""What a password recovery does (guide, "I forgot my root user password for my AWS account").

Asking for a link answers and works the same whether or not the address is a root user's: one look-up, one row of mail (a decoy
where nobody stands behind the address), one event. What is special about an account (no root credentials, suspended, closed)
is told only behind the link, to whoever reads the mailbox.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from accounts.credentials.flows import PasswordChanged, PasswordRefused, replace_password
from accounts.mail.kinds import MailKind
from accounts.mail.outbox import post
from accounts.models import Account, PasswordRecovery, Principal, SignInSession
from accounts.signin.refusals import Refusal, account_refusal
from accounts.signin.root.flows import root_by_email
from accounts.trail import identity_of
from portal.conf import conf
from portal.core import clock, ids
from portal.core.errors import TooMany
from portal.core.throttle import Window
from portal.core.tokens import digest, new_token
from portal.network.origin import Origin, network_prefix
from portal.trail.identity import Identity
from portal.trail.names import EventName
from portal.trail.record import record

BY_EMAIL = Window("recovery-email", allowed=3, seconds=3600)
BY_ADDRESS = Window("recovery-address", allowed=30, seconds=3600)
"""Recovery mails an hour, by address mailed to and by network address (simulator's own; security catalogue THR-11)."""


class Obstacle(StrEnum):
    """Why a link that is valid sets no password."""

    NO_ROOT_CREDENTIALS = "no_root_credentials"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Link:
    """A live recovery link: its row, its root user, and what stands in the way of using it."""

    row: PasswordRecovery
    principal: Principal
    obstacle: Obstacle | None = None
    refusal: Refusal | None = None


def request_link(*, email: str, origin: Origin, language: str) -> None:
    """Mail a recovery link to the stored address of the root user who has `email`. Raises TooMany for an address that asks too often."""
    wait = BY_ADDRESS.hit(network_prefix(origin.caller)).wait
    if wait:
        raise TooMany("", retry_after=wait)
    silenced = BY_EMAIL.hit(ids.email_key(email)).wait > 0
    principal = root_by_email(email)
    token = new_token()
    now = clock.now()
    told = principal if principal and not silenced else None
    with transaction.atomic():
        # A row is written for nobody as well, so that both cases run the same statements; it belongs to no one and opens nothing.
        PasswordRecovery.objects.create(
            principal=told,
            token_digest=digest(token),
            credential_epoch=told.credential_epoch if told else 0,
            created_at=now,
            expires_at=now + conf.reset_link_lifetime,
        )
        post(
            MailKind.RESET_LINK,
            recipient=told.email if told else "",
            language=language,
            context={"link": f"{conf.base_url}/password/reset/{token}"},
            worthless_after=now + conf.reset_link_lifetime,
        )
        record(
            EventName.PASSWORD_RECOVERY_REQUESTED,
            identity=identity_of(principal) if principal else Identity.root(""),
            origin=origin,
            succeeded=principal is not None,
            principal_key=principal.unique_id if principal else "",
        )


def open_link(token: str) -> Link | None:
    """Return the live link of a token, or None when it was used, has expired, was followed by a newer one, or its password has changed."""
    return live_link(digest(token)) if 1 <= len(token) <= 64 else None


def live_link(token_digest: str) -> Link | None:
    """Return the live link with this digest, or None.

    Only the newest link of a root user counts, and none once the root user has signed in after all (security catalogue RST-05).
    """
    row = (
        PasswordRecovery.objects.select_related("principal__account")
        .filter(token_digest=token_digest, used_at=None, expires_at__gt=clock.now(), principal__is_active=True)
        .first()
    )
    principal = row.principal if row else None
    if row is None or principal is None or row.credential_epoch != principal.credential_epoch:
        return None
    if PasswordRecovery.objects.filter(principal=principal, pk__gt=row.pk).exists():
        return None
    signed_in_at = SignInSession.objects.filter(principal=principal).order_by("-id").values_list("created_at", flat=True).first()
    if signed_in_at is not None and row.created_at <= signed_in_at <= clock.now():
        return None
    account = principal.account
    if account is not None and not account.has_root_credentials:
        return Link(row, principal, Obstacle.NO_ROOT_CREDENTIALS)
    refusal = account_refusal(account) if account else None
    return Link(row, principal, Obstacle.ACCOUNT, refusal) if refusal else Link(row, principal)


def complete(link: Link, new: str, *, origin: Origin) -> PasswordChanged | PasswordRefused:
    """Set the new password and consume the link in one transaction; every session of the root user ends."""
    row = link.row

    def claim() -> bool:
        now = clock.now()
        return PasswordRecovery.objects.filter(pk=row.pk, used_at=None, expires_at__gt=now).update(used_at=now) == 1

    return replace_password(link.principal, new, origin=origin, event=EventName.PASSWORD_RECOVERY_COMPLETED, claim=claim)


def administrator_of(account_key: str) -> str:
    """Return whom an account names for resetting IAM users' passwords; empty for an unknown account or one that names nobody."""
    accounts = Account.objects.filter(pk=account_key) if ids.ACCOUNT_ID.fullmatch(account_key) else Account.objects.filter(alias=account_key)
    return accounts.values_list("administrator", flat=True).first() or ""
