"""What is done with authenticator apps: registering one, checking a code, resynchronising.

Codes run on real time, as the apps do; a trainer who moves the portal's clock changes nothing here. Everything else that is stored
or compared runs on the portal's clock.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from time import time
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Principal, SignInSession
from accounts.outcomes import Failure
from mfa.base import events
from mfa.base.authenticators import DeviceFailure, confirm, hold
from mfa.base.events import Change
from mfa.base.guessing import MOST_FAILURES
from mfa.base.rules import rule_of
from mfa.models import Authenticator, AuthenticatorApp
from mfa.totp import codes as totp
from portal.conf import conf
from portal.core import clock
from portal.core.prepared import PreparedQuery, PreparedUpdate
from portal.core.tokens import new_token, seal, unseal
from portal.network.origin import Origin
from portal.trail.names import EventName

WINDOW = 1
"""Steps to either side of a device's time whose codes count (RFC 6238 §5.2)."""
SEARCH = 20
"""Steps to either side of real time within which a device whose clock is off is looked for: ten minutes."""
REGISTRATION_LIFETIME = timedelta(minutes=15)
"""How long a begun registration may be completed (simulator's own)."""

_APPS: PreparedQuery[AuthenticatorApp] = PreparedQuery(
    lambda principal: (
        AuthenticatorApp.objects.filter(user_id=principal, confirmed=True, failures__lt=MOST_FAILURES)
        .only("serial", "sealed_secret", "drift", "last_step")
        .order_by("pk")
    ),
    principal=int,
)
_USE_STEP = PreparedUpdate(lambda pk, step: (AuthenticatorApp.objects.filter(pk=pk, last_step__lt=step), {"last_step": step}), pk=int, step=int)
_NOTE_USE = PreparedUpdate(
    lambda pk, now: (
        Authenticator.objects.filter(pk=pk, confirmed=True, failures__lt=MOST_FAILURES),
        {"failures": 0, "last_used_at": now},
    ),
    pk=int,
    now=datetime,
)


class TotpFailure(StrEnum):
    """Why a code, or two of them, did not do."""

    WRONG = "wrong"
    CLOCK_OFF = "clock_off"
    NOT_CONSECUTIVE = "not_consecutive"
    USED = "used"
    EXPIRED = "expired"

    @property
    def words(self) -> str:
        """The reason as people read it, with how to mend it."""
        match self:
            case TotpFailure.WRONG:
                return _("The code is not right. Enter the code that your authenticator app shows now.")
            case TotpFailure.CLOCK_OFF:
                return _(
                    "An unexpected error has occurred. The clock of the device with your authenticator app is not right. Let the device set its "
                    "date and time automatically, or set them by a reliable source, and enter the code that the app shows then."
                )
            case TotpFailure.NOT_CONSECUTIVE:
                return _(
                    "The two codes do not follow each other. Enter the code that the app shows now, wait for the next one, and enter that one too."
                )
            case TotpFailure.USED:
                return _("These codes were used before. Wait until your authenticator app shows codes that you have not used yet.")
            case TotpFailure.EXPIRED:
                return _(
                    "This registration is over: it took too long, was completed already, or was begun again elsewhere. To register a device, scan "
                    "the QR code of this page."
                )


class Registration(NamedTuple):
    """A registration that has begun: the unconfirmed app, the address for a QR code, and the secret for typing."""

    app: AuthenticatorApp
    address: str
    secret: str

    def __repr__(self) -> str:
        return f"<Registration {self.app!r}>"


def label_of(principal: Principal) -> str:
    """Return what an app calls an identity: `Carlos@anycompany`, the e-mail address of a root user, else the user name.

    An IAM user's account must have been read with it.
    """
    if principal.kind == Principal.Kind.IAM_USER and principal.account is not None:
        return f"{principal.name}@{principal.account.alias or principal.account.id}"
    return principal.label


def address_of(principal: Principal, secret: str) -> str:
    """Return the `otpauth://` address of a secret of `principal`."""
    return totp.address(secret, issuer=conf.brand, label=label_of(principal))


def secret_of(app: AuthenticatorApp) -> str | None:
    """Return the secret of an app; None when the portal's key is gone that sealed it."""
    return unseal(app.sealed_secret)


# Registering


def begin(principal: Principal, binding: str) -> Registration:
    """Begin a registration for the browser that `binding` stands for, and drop every other one that `principal` has begun."""
    secret = totp.new_secret()
    with transaction.atomic():
        # What is deleted is read first: without the lock, a registration that is completed in between would go with it.
        hold(principal)
        Authenticator.objects.filter(user=principal, type=Authenticator.Type.TOTP, confirmed=False).delete()
        app = AuthenticatorApp.objects.create(
            user=principal,
            type=Authenticator.Type.TOTP,
            confirmed=False,
            serial=f"unconfirmed/{new_token()}",
            binding=binding,
            sealed_secret=seal(secret),
        )
    return Registration(app, address_of(principal, secret), secret)


def begun(principal: Principal, binding: str) -> Registration | None:
    """Return the registration that this very browser has begun and may still complete; nobody else is shown its secret."""
    now = clock.now()
    mine = AuthenticatorApp.objects.filter(user=principal, confirmed=False, binding=binding).exclude(binding="")
    app = mine.filter(created_at__gt=now - REGISTRATION_LIFETIME, created_at__lte=now).order_by("-pk").first()
    secret = secret_of(app) if app else None
    if app is None or secret is None:
        return None
    app.user = principal
    return Registration(app, address_of(principal, secret), secret)


def register(
    principal: Principal, binding: str, *, codes: list[str], name: str, origin: Origin, session: SignInSession | None
) -> AuthenticatorApp | Failure:
    """Complete the registration that this browser has begun, with as many consecutive codes as the identity's rule asks for.

    Fails with a `TotpFailure` or a `DeviceFailure`. The codes shown here count as used: none of them signs in.
    """
    rule = rule_of(principal)
    if session is not None and not rule.self_service:
        return Failure(DeviceFailure.NOT_YOURS_TO_CHANGE)
    registration = begun(principal, binding)
    if registration is None:
        return Failure(TotpFailure.EXPIRED)
    typed = [totp.normalised(code) for code in codes]
    first, second = typed[0] if typed else None, typed[1] if len(typed) > 1 else None
    if first is None or len(typed) != rule.codes_to_register:
        return Failure(TotpFailure.WRONG)
    if len(typed) == 1:
        step = _step_of_one(registration.secret, first)
    else:
        step = step_of_two(registration.secret, first, second or "", window=WINDOW)
    if isinstance(step, TotpFailure):
        return Failure(step)
    app = registration.app
    with transaction.atomic():
        outcome = confirm(app, name=name, origin=origin, session=session)
        if isinstance(outcome, Failure):
            return Failure(TotpFailure.EXPIRED) if outcome.reason == DeviceFailure.GONE else outcome
        AuthenticatorApp.objects.filter(pk=app.pk).update(last_step=step)
    app.last_step = step
    return app


def _step_of_one(secret: str, code: str) -> int | TotpFailure:
    now = time()
    step = totp.matching_step(secret, code, now=now, drift=0, window=WINDOW)
    if step is None:
        near = totp.matching_step(secret, code, now=now, drift=0, window=SEARCH)
        return TotpFailure.WRONG if near is None else TotpFailure.CLOCK_OFF
    return step


def step_of_two(secret: str, first: str, second: str, *, window: int) -> int | TotpFailure:
    """Return the step of the second of two consecutive codes; a reason why they are none.

    One code twice is told so unseen: whether it is a code of the secret is learnt by nobody who has not two of them.
    """
    now = time()
    step = totp.matching_pair(secret, first, second, now=now, drift=0, window=window)
    if step is not None:
        return step
    if totp.matching_pair(secret, first, second, now=now, drift=0, window=SEARCH) is not None:
        return TotpFailure.CLOCK_OFF
    if first == second:
        return TotpFailure.NOT_CONSECUTIVE
    both = all(totp.matching_step(secret, code, now=now, drift=0, window=SEARCH + 1) is not None for code in (first, second))
    return TotpFailure.NOT_CONSECUTIVE if both else TotpFailure.WRONG


# Checking


def verify(principal: Principal, typed: str) -> Authenticator | None:
    """Return the app of `principal` that shows the typed code now, and use the code up; None when none does.

    A code counts once a device, whoever comes at the same moment: the newest accepted step rises by one guarded UPDATE (RFC 6238 §5.2,
    security catalogue RACE-06). A wrong code is a failure of every app that was asked. The caller counts the try first
    (`mfa.base.guessing.count_try`).
    """
    code = totp.normalised(typed)
    if code is None:
        return None
    apps, now = _APPS.rows(principal=principal.pk), time()
    for app in apps:
        secret = secret_of(app)
        step = totp.matching_step(secret, code, now=now, drift=app.drift, window=WINDOW) if secret else None
        if step is not None and _use(app, step):
            app.user = principal
            return app
    count_failure(apps)
    return None


def _use(app: AuthenticatorApp, step: int) -> bool:
    """Use a time step of a device up: False when it, or a later one, has been used, or the device has gone in the meantime.

    Two statements of their own, in this order: what ends between them leaves a code that is used up and signed nobody in.
    """
    used_at = clock.now()
    if _USE_STEP.run(pk=app.pk, step=step) != 1 or _NOTE_USE.run(pk=app.pk, now=used_at) != 1:
        return False
    app.last_step, app.failures, app.last_used_at = step, 0, used_at
    return True


def count_failure(apps: Sequence[AuthenticatorApp]) -> None:
    """Count one failure of each device (NIST SP 800-63B-4 §3.2.2); at the most it is answered no more, so the count stays there."""
    asked = [app.pk for app in apps]
    Authenticator.objects.filter(pk__in=asked, failures__lt=MOST_FAILURES).update(failures=F("failures") + 1)


# Resynchronising


def resynchronise(principal: Principal, first: str, second: str, *, origin: Origin, session: SignInSession | None) -> Authenticator | None:
    """Find by two consecutive codes how far the clock of one of the apps is off, and keep that; None when no app shows them.

    Both codes are used up with it, and neither may be older than a code that was used before. The caller counts the try first, as
    for one code (security catalogue MFA-09); a failure within a sign-in is the sign-in's to record. `why_not_resynchronised` has the
    words for None.
    """
    one, two = totp.normalised(first), totp.normalised(second)
    if one is None or two is None:
        return None
    apps, now = _APPS.rows(principal=principal.pk), time()
    for app in apps:
        secret = secret_of(app)
        step = totp.matching_pair(secret, one, two, now=now, drift=0, window=SEARCH) if secret else None
        if step is not None and set_right(app, step, drift=step - totp.step_at(now), principal=principal, origin=origin, session=session):
            return app
    count_failure(apps)
    if session is not None:
        events.noted(EventName.RESYNC_MFA_DEVICE, principal, origin=origin, succeeded=False, error="InvalidAuthenticationCode")
    return None


def set_right(
    app: AuthenticatorApp, step: int, *, drift: int, principal: Principal, origin: Origin, session: SignInSession | None, by_call: bool = False
) -> bool:
    """Keep how far an app's clock is off, by the step whose code it has just shown as the second of two; False where that was used up."""
    with transaction.atomic():
        unused = AuthenticatorApp.objects.filter(pk=app.pk, last_step__lt=step - 1)
        if unused.update(last_step=step, drift=drift) != 1:
            return False
        if _NOTE_USE.run(pk=app.pk, now=clock.now()) != 1:
            transaction.set_rollback(True)
            return False
        app.user, app.last_step, app.drift, app.failures = principal, step, drift, 0
        events.changed(Change.RESYNCHRONISED, app, origin=origin, session=session, by_call=by_call)
    return True


def why_not_resynchronised(principal: Principal, first: str, second: str) -> TotpFailure:
    """Return why two codes resynchronised no app; changes nothing."""
    one, two = totp.normalised(first), totp.normalised(second)
    secrets = [secret for app in _APPS.rows(principal=principal.pk) if (secret := secret_of(app))]
    reasons = [step_of_two(secret, one, two, window=SEARCH) for secret in secrets] if one and two else []
    if any(isinstance(reason, int) for reason in reasons):
        return TotpFailure.USED
    return TotpFailure.NOT_CONSECUTIVE if TotpFailure.NOT_CONSECUTIVE in reasons else TotpFailure.WRONG
