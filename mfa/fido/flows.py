"""Registering a passkey, and showing one as the second factor."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.mail.kinds import MailKind
from accounts.models import Principal, SignInSession
from accounts.outcomes import Failure, Success
from mfa.base import events
from mfa.base.authenticators import confirm
from mfa.fido import answers, ceremony
from mfa.fido.answers import RegistrationAnswer, SignInAnswer
from mfa.fido.cbor import Malformed
from mfa.fido.ceremony import Fault, Known, Shown, Site
from mfa.fido.challenges import Purpose, Verification, give_out, redeem
from mfa.models import Authenticator, Ceremony, Passkey
from portal.conf import conf
from portal.core import clock
from portal.core.prepared import PreparedQuery, PreparedUpdate
from portal.core.tokens import digest
from portal.network.origin import Origin
from portal.trail.names import EventName

_OF_PRINCIPAL: PreparedQuery[Passkey] = PreparedQuery(
    lambda principal: Passkey.objects.filter(user_id=principal, confirmed=True).order_by("id"), principal=int
)
_BY_DIGEST: PreparedQuery[Passkey] = PreparedQuery(
    lambda digest: Passkey.objects.select_related("user__account__password_policy").filter(credential_digest=digest, confirmed=True), digest=str
)
_GROW = PreparedUpdate(lambda pk, count: (Passkey.objects.filter(pk=pk, sign_count__lt=count), {"sign_count": count}), pk=int, count=int)
_STAY = PreparedUpdate(lambda pk: (Passkey.objects.filter(pk=pk, sign_count=0), {"sign_count": 0}), pk=int)
_NOTE_TIME = PreparedUpdate(lambda pk, now: (Authenticator.objects.filter(pk=pk, confirmed=True), {"last_used_at": now}), pk=int, now=datetime)


class PasskeyFailure(StrEnum):
    """Why a passkey was not registered."""

    NOT_ACCEPTED = "not_accepted"
    ALREADY_REGISTERED = "already_registered"

    @property
    def words(self) -> str:
        """The reason as people read it, with how to mend it."""
        match self:
            case PasskeyFailure.NOT_ACCEPTED:
                return _("The passkey was not registered: what your browser sent could not be verified, or came too late. Try again.")
            case PasskeyFailure.ALREADY_REGISTERED:
                return _("This passkey or security key is registered already. Use another one.")


@dataclass(frozen=True, slots=True)
class Showing:
    """A passkey that was shown and accepted, and whether its user was verified."""

    passkey: Passkey
    user_verified: bool


def site() -> Site:
    """Return whom passkeys are made for, from the settings."""
    return Site(conf.rp_id, conf.rp_origins, conf.brand)


def options_for_sign_in(principal: Principal, binding: str) -> str:
    """Return JSON options with which `principal` shows one of its passkeys; the challenge is bound to `binding`."""
    passkeys = _OF_PRINCIPAL.rows(principal=principal.pk)
    opened = give_out(Purpose.SECOND_FACTOR, binding, principal=principal, verification=Verification.PREFERRED)
    return ceremony.request_options(
        site=site(),
        challenge=opened.challenge,
        allow=[(passkey.credential_id, passkey.transports.split()) for passkey in passkeys],
        user_verification=opened.user_verification,
        seconds=_seconds(),
    )


def options_for_autofill(binding: str) -> str:
    """Return JSON options with which anybody's passkey may be shown; they are the same whoever asks (security catalogue ENU-09)."""
    opened = give_out(Purpose.AUTOFILL, binding, verification=Verification.REQUIRED)
    return ceremony.request_options(site=site(), challenge=opened.challenge, allow=(), user_verification=opened.user_verification, seconds=_seconds())


def registration_options(principal: Principal, binding: str) -> str:
    """Return JSON options with which `principal` makes a passkey that it has not registered yet; the challenge is bound to `binding`."""
    passkeys = _OF_PRINCIPAL.rows(principal=principal.pk)
    opened = give_out(
        Purpose.REGISTRATION,
        binding,
        principal=principal,
        verification=Verification.PREFERRED,
        user_handle=_handle_of(principal, passkeys),
    )
    return ceremony.creation_options(
        site=site(),
        challenge=opened.challenge,
        user_handle=opened.user_handle,
        user_name=_shown_name(principal),
        exclude=[(passkey.credential_id, passkey.transports.split()) for passkey in passkeys],
        seconds=_seconds(),
    )


def verify(principal: Principal, binding: str, credential: str, *, origin: Origin) -> Authenticator | None:
    """Return the passkey of `principal` that the posted credential shows, or None for whatever else it is.

    The open challenge of this browser is used up. A right signature with a counter that did not grow is refused, recorded and
    mailed: the key may have been copied.
    """
    answer = _sign_in_answer(credential)
    opened = redeem(Purpose.SECOND_FACTOR, binding, answer, principal=principal)
    if answer is None or opened is None:
        return None
    passkey = passkey_of(answer)
    if passkey is None or passkey.user_id != principal.pk:
        return None
    passkey.user = principal
    showing = accept(passkey, answer, opened, origin=origin)
    return showing.passkey if showing else None


def register(principal: Principal, binding: str, credential: str, *, name: str, origin: Origin, session: SignInSession | None) -> Passkey | Failure:
    """Register the posted credential for `principal` under `name`; the open challenge of this browser is used up.

    One credential belongs to one identity (§7.1, step 26): an id that anybody has registered is refused.
    """
    try:
        answer: RegistrationAnswer | None = answers.read_registration(credential)
    except Malformed:
        answer = None
    opened = redeem(Purpose.REGISTRATION, binding, answer, principal=principal)
    if answer is None or opened is None:
        return Failure(PasskeyFailure.NOT_ACCEPTED)
    found = ceremony.verify_registration(
        answer,
        site=site(),
        challenge=answers.decode(opened.challenge),
        verification_required=opened.user_verification == Verification.REQUIRED,
    )
    if isinstance(found, Failure):
        return Failure(PasskeyFailure.NOT_ACCEPTED)
    passkey = Passkey(
        user=principal,
        name=name,
        type=Authenticator.Type.FIDO,
        confirmed=False,
        binding=binding,
        serial=f"unconfirmed/{digest(opened.challenge)}",
        credential_id=answers.encode(found.credential_id),
        credential_digest=credential_digest(found.credential_id),
        user_handle=opened.user_handle,
        public_key=answers.encode(found.public_key),
        sign_count=found.sign_count,
        discoverable=answer.discoverable,
        user_verified=found.user_verified,
        synced=found.synced,
        backed_up=found.backed_up,
        attachment=answer.attachment,
        transports=" ".join(answer.transports),
        aaguid=found.aaguid,
        attestation=found.attestation,
    )
    return _add(passkey, origin=origin, session=session)


def _add(passkey: Passkey, *, origin: Origin, session: SignInSession | None) -> Passkey | Failure:
    """Write the row and complete its registration, or write nothing."""
    try:
        with transaction.atomic():
            if Passkey.objects.filter(credential_digest=passkey.credential_digest).exists():
                return Failure(PasskeyFailure.ALREADY_REGISTERED)
            passkey.save(force_insert=True)
            outcome = confirm(passkey, name=passkey.name, origin=origin, session=session)
            if isinstance(outcome, Success):
                return passkey
            transaction.set_rollback(True)
            return outcome
    except IntegrityError:
        return Failure(PasskeyFailure.ALREADY_REGISTERED)


def credential_digest(credential_id: bytes) -> str:
    """Return what a stored credential is found by, whoever it belongs to."""
    return hashlib.sha256(credential_id).hexdigest()


def passkey_of(answer: SignInAnswer) -> Passkey | None:
    """Return the registered passkey that an answer names, with its owner and the owner's account."""
    return _BY_DIGEST.first(digest=credential_digest(answer.credential_id))


def accept(passkey: Passkey, answer: SignInAnswer, opened: Ceremony, *, origin: Origin) -> Showing | None:
    """Hold an answer to its challenge and its passkey, and note the use; None when anything is wrong with it."""
    known = Known(
        credential_id=answers.decode(passkey.credential_id),
        public_key=answers.decode(passkey.public_key),
        user_handle=answers.decode(passkey.user_handle),
        sign_count=passkey.sign_count,
        synced=passkey.synced,
    )
    found = ceremony.verify_sign_in(
        answer,
        site=site(),
        challenge=answers.decode(opened.challenge),
        verification_required=opened.user_verification == Verification.REQUIRED,
        known=known,
        handle_required=opened.principal_id is None,
    )
    if isinstance(found, Shown) and _note_use(passkey, found):
        return Showing(passkey, found.user_verified)
    if isinstance(found, Shown) or found.reason == Fault.CLONE_SUSPECTED:
        _suspect_clone(passkey, origin=origin)
    return None


def _note_use(passkey: Passkey, shown: Shown) -> bool:
    """Store counter, backup state and time by guarded UPDATEs; False when another answer has brought the counter there meanwhile."""
    now = clock.now()
    with transaction.atomic():
        counted = _GROW.run(pk=passkey.pk, count=shown.sign_count) if shown.sign_count else _STAY.run(pk=passkey.pk)
        if counted != 1 or _NOTE_TIME.run(pk=passkey.pk, now=now) != 1:
            transaction.set_rollback(True)
            return False
        if shown.backed_up != passkey.backed_up:
            Passkey.objects.filter(pk=passkey.pk).update(backed_up=shown.backed_up)
    passkey.sign_count, passkey.backed_up, passkey.last_used_at = shown.sign_count, shown.backed_up, now
    return True


def _suspect_clone(passkey: Passkey, *, origin: Origin) -> None:
    with transaction.atomic():
        events.noted(
            EventName.PASSKEY_CLONE_SUSPECTED,
            passkey.user,
            origin=origin,
            succeeded=False,
            error="The signature counter did not grow",
            serialNumber=passkey.serial,
        )
        events.tell(MailKind.PASSKEY_SUSPECTED, passkey.user, origin=origin, name=passkey.name)


def _sign_in_answer(credential: str) -> SignInAnswer | None:
    try:
        return answers.read_sign_in(credential)
    except Malformed:
        return None


def _handle_of(principal: Principal, passkeys: list[Passkey]) -> str:
    """Return the random handle that authenticators know this identity by: the one it has, else a new one (§14.6.1: nothing personal)."""
    if passkeys:
        return passkeys[0].user_handle
    begun = Ceremony.objects.filter(purpose=Purpose.REGISTRATION, principal=principal).order_by("-id").first()
    return begun.user_handle if begun else answers.encode(secrets.token_bytes(ceremony.HANDLE_BYTES))


def _shown_name(principal: Principal) -> str:
    """Return how browsers list the passkey: an IAM user's name says nothing without its account."""
    account = principal.account
    return f"{principal.name} @ {account.alias or account.id}" if principal.kind == Principal.Kind.IAM_USER and account else principal.label


def _seconds() -> int:
    return int(conf.ceremony_lifetime.total_seconds())
