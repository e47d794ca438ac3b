"""What a trainee's phone shows and does: codes, calls, mails, adding an app, losing the phone.

Codes run on real time, as on a real phone; mails, calls and open registrations on the portal's clock.
"""

from datetime import datetime
from enum import StrEnum
from time import time
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Principal
from accounts.outcomes import Failure
from mfa.models import AuthenticatorApp
from mfa.recovery.telephone import Heard, heard_at
from mfa.totp.codes import PERIOD, code_at, step_at
from mfa.totp.flows import REGISTRATION_LIFETIME, address_of
from portal.core import clock
from portal.core.tokens import same, seal, unseal
from portal.inbox import queries
from portal.inbox.models import Message
from portal.training.phone.key_uri import Key, read_address
from portal.training.phone.models import PhoneApp

MOST_APPS = 20
CALLS_SHOWN = 10
MAILS_SHOWN = 5


class PhoneFailure(StrEnum):
    """Why the phone took no new app."""

    FULL = "full"
    GONE = "gone"

    @property
    def words(self) -> str:
        """The reason as people read it, with how to mend it."""
        match self:
            case PhoneFailure.FULL:
                return _("This phone holds %(most)d apps, which is all it can hold. Remove one first.") % {"most": MOST_APPS}
            case PhoneFailure.GONE:
                return _("This registration is not open any more. Start it again on the page that shows the QR code.")


class LiveCode(NamedTuple):
    """An app's code of this moment and the one after it."""

    id: int
    name: str
    code: str
    next_code: str


class OpenRegistration(NamedTuple):
    """A registration that waits for its codes in some browser."""

    id: int
    begun: datetime


def seconds_left() -> int:
    """Return for how many whole seconds from now the codes stay as they are: 1 to 30."""
    return PERIOD - int(time()) % PERIOD


def live_codes(holder: Principal) -> list[LiveCode]:
    """Return what the apps on this phone show now, newest app first. An app whose secret cannot be read any more is left out."""
    step = step_at(time())
    return [
        LiveCode(app.pk, app.name, code_at(secret, step), code_at(secret, step + 1))
        for app in PhoneApp.objects.filter(principal=holder).order_by("-pk")[:MOST_APPS]
        if (secret := unseal(app.sealed_secret))
    ]


def calls(holder: Principal) -> list[Heard]:
    """Return the newest calls to this phone: those to the account's contact number, which the root user answers."""
    number = holder.account.contact_phone if holder.kind == Principal.Kind.ROOT and holder.account else ""
    return heard_at(number, most=CALLS_SHOWN) if number else []


def mails(holder: Principal) -> list[Message]:
    """Return the newest mails to the holder's address."""
    return queries.find(queries.Search(to=holder.email), limit=MAILS_SHOWN) if holder.email else []


def shown(codes: list[LiveCode], calls: list[Heard], mails: list[Message]) -> str:
    """Return what changes when a page that shows these is out of date by more than its codes."""
    apps = "-".join(str(code.id) for code in codes)
    return f"{apps}/{calls[0].at.isoformat() if calls else 0}/{mails[0].pk if mails else 0}"


def open_registrations(holder: Principal) -> list[OpenRegistration]:
    """Return the registrations of an authenticator app that wait for a code of this holder, newest first."""
    since = clock.now() - REGISTRATION_LIFETIME
    rows = AuthenticatorApp.objects.filter(user=holder, confirmed=False, created_at__gt=since).order_by("-pk")[:5]
    return [OpenRegistration(row.pk, row.created_at) for row in rows]


def install(holder: Principal, key: Key) -> PhoneApp | Failure:
    """Put a key on the phone; one that is there already stays as it is."""
    with transaction.atomic():
        Principal.objects.select_for_update().filter(pk=holder.pk).first()
        present = list(PhoneApp.objects.filter(principal=holder))
        for app in present:
            if same(unseal(app.sealed_secret) or "", key.secret):
                return app
        if len(present) >= MOST_APPS:
            return Failure(PhoneFailure.FULL)
        return PhoneApp.objects.create(principal=holder, name=key.name or _("Authenticator app"), sealed_secret=seal(key.secret))


def scan(holder: Principal, registration_id: int) -> PhoneApp | Failure:
    """Put the key of one of the holder's own open registrations on the phone, as if its QR code had been scanned."""
    since = clock.now() - REGISTRATION_LIFETIME
    row = AuthenticatorApp.objects.filter(pk=registration_id, user=holder, confirmed=False, created_at__gt=since).first()
    secret = unseal(row.sealed_secret) if row else None
    key = read_address(address_of(holder, secret)) if secret else Failure(PhoneFailure.GONE)
    return key if isinstance(key, Failure) else install(holder, key)


def remove(holder: Principal, app_id: int) -> None:
    """Delete one app from the phone; the portal knows nothing of it and goes on asking for its codes."""
    PhoneApp.objects.filter(principal=holder, pk=app_id).delete()


def lose(holder: Principal) -> int:
    """Delete every app from the phone, as if it had been lost. Returns how many; calls and mails still arrive."""
    return PhoneApp.objects.filter(principal=holder).delete()[0]
