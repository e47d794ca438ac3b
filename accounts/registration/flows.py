"""Prove an address by mail and create a standalone account with its root user.

Until the code has been typed, an address that is bound to an account and one that is free get the same pages, the same queries
and the same mail (security catalogue ENU-10): only who reads the mailbox learns which it is.
"""

from enum import StrEnum

from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.credentials import mailed_codes
from accounts.credentials.hashing import hashed
from accounts.mail.kinds import MailKind
from accounts.mail.outbox import post
from accounts.models import Account, Principal, RootUser
from accounts.outcomes import Failure, Outcome, Success
from accounts.registration.attempt import Registration
from accounts.trail import identity_of
from portal.core import clock, ids
from portal.core.errors import TooMany
from portal.core.throttle import Window
from portal.network.origin import Origin, network_prefix
from portal.trail.names import EventName
from portal.trail.record import record

PURPOSE = "registration"
CODES_TO_MAILBOX = Window("registration-mailbox", allowed=3, seconds=3600)
CODES_BY_ADDRESS = Window("registration-address", allowed=60, seconds=3600)
CODES_BY_ANYONE = Window("registration-anyone", allowed=2000, seconds=3600)
"""Codes that one mailbox gets, that one network address asks for, and that all ask for, in an hour (THR-11)."""


class RegistrationFailure(StrEnum):
    """Why no account was created."""

    BOUND = "bound"


def send_code(registration: Registration, *, origin: Origin) -> None:
    """Mail a new code to the typed address. Raises `TooMany`.

    The mailbox is counted last, so that a flood from one network address does not use up what its owner may ask for.
    """
    for window, part in (
        (CODES_BY_ADDRESS, network_prefix(origin.caller)),
        (CODES_BY_ANYONE, ""),
        (CODES_TO_MAILBOX, mailed_codes.mailbox(registration.email)),
    ):
        wait = window.hit(part).wait
        if wait:
            raise TooMany(_("Too many codes were asked for. Wait an hour and try again."), retry_after=wait)
    mailed_codes.issue(
        attempt_id=registration.id,
        purpose=PURPOSE,
        principal=None,
        recipient=registration.email,
        language=get_language() or "en",
        kind=MailKind.REGISTRATION_CODE,
    )


def redeem_code(registration: Registration, *, typed: str) -> Outcome:
    """Consume the mailed code."""
    return mailed_codes.redeem(attempt_id=registration.id, purpose=PURPOSE, typed=typed)


def is_bound(email: str) -> bool:
    """Tell whether `email` belongs to an account already, in whatever state: a closed account's address is never free again."""
    return RootUser.objects.filter(email_key=ids.email_key(email)).exists()


def sub_address(email: str) -> str:
    """Return the address with `+1` before the @: the same mailbox, and a new address (guide, "Troubleshooting sign-in issues")."""
    local, _at, domain = email.rpartition("@")
    return f"{local}+1@{domain}"


def create_account(registration: Registration, *, password: str, origin: Origin) -> Outcome:
    """Create the account and its root user, record it and mail a welcome, in one transaction; note the id in `registration`.

    The address is unique in the database, so of parallel creations one wins and the others find it bound.
    """
    encoded = hashed(password)
    for _attempt in range(5):
        try:
            with transaction.atomic():
                registration.account = _create(registration, encoded, origin)
            return Success()
        except IntegrityError:
            if is_bound(registration.email):
                return Failure(RegistrationFailure.BOUND)
    raise RuntimeError("five account ids in a row were taken")


def _create(registration: Registration, encoded: str, origin: Origin) -> str:
    now = clock.now()
    account = Account(id=ids.account_id(), name=registration.account_name, created_at=now)
    account.save(force_insert=True)
    root = RootUser(
        kind=Principal.Kind.ROOT,
        account=account,
        email=registration.email,
        password=encoded,
        password_changed_at=now,
        created_at=now,
    )
    root.save(force_insert=True)
    record(EventName.ACCOUNT_CREATED, identity=identity_of(root), origin=origin, succeeded=True)
    post(
        MailKind.WELCOME,
        recipient=root.email,
        language=get_language() or "en",
        context={"account_name": account.name, "account_id": account.id},
    )
    return account.id
