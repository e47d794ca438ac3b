"""Signing in with a passkey that the browser offers in the field for the name: both factors at once, so its user must be verified.

Nobody is identified before, so whoever asks is given the same options, and every answer that does not do gets the same words
(WebAuthn Level 3 §14.6.2; security catalogue ENU-09). The password's journeys are joined where both factors are proved.
"""

from dataclasses import dataclass

from accounts.models import Principal
from accounts.signin.attempt import Attempt, JourneyName
from accounts.signin.iam_user.flows import Found, password_due
from accounts.signin.iam_user.flows import identify as identify_iam_user
from accounts.signin.password import wait_words
from accounts.signin.refusals import Refusal, refusal_of
from mfa.base import events
from mfa.fido import answers, flows
from mfa.fido.answers import SignInAnswer
from mfa.fido.cbor import Malformed
from mfa.fido.challenges import Purpose, redeem
from mfa.models import Authenticator, Passkey
from portal.conf import conf
from portal.core.actions import NOBODY, Subject
from portal.core.errors import TooMany
from portal.core.throttle import Window
from portal.core.tokens import digest
from portal.network.origin import Origin, network_prefix
from portal.trail.identity import Identity
from portal.trail.names import ErrorMessage
from portal.trail.record import console_login

OPTIONS_BY_ADDRESS = Window("passkey-options", allowed=600, seconds=600)
TRIES_BY_ADDRESS = Window("passkey-address", allowed=100, seconds=600)
"""Simulator's own. Every sign-in page that a browser opens asks for options, and a classroom may share one address."""

JOURNEYS: dict[str, JourneyName] = {
    Principal.Kind.ROOT: "root",
    Principal.Kind.IAM_USER: "iam_user",
    Principal.Kind.OPERATOR: "operator",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a posted credential claims: the answer as read, and the registered passkey that it names; either may be missing."""

    answer: SignInAnswer | None
    passkey: Passkey | None

    @property
    def subject(self) -> Subject:
        """On whom the policy question is asked; nobody for an operator, who is not of the simulated cloud, and for the unknown."""
        owner = self.passkey.user if self.passkey else None
        return Subject(owner.account.id, owner.arn) if owner and owner.account else NOBODY


def claim_of(credential: str) -> Claim:
    """Read a posted credential and look its passkey up; one query for whatever can be read."""
    try:
        answer = answers.read_sign_in(credential)
    except Malformed:
        return Claim(None, None)
    return Claim(answer, flows.passkey_of(answer))


def binding_of(token: str) -> str:
    """Return what challenges are bound to: a digest of the cookie that only this browser holds."""
    return digest(token)


def count_options(address: str) -> None:
    """Count one request for options. Raises TooMany over the allowance."""
    _count(OPTIONS_BY_ADDRESS, address)


def _count(window: Window, address: str) -> None:
    hit = window.hit(network_prefix(address))
    if hit.wait:
        raise TooMany(wait_words(hit.wait), retry_after=hit.wait)


def prove(claim: Claim, token: str, *, origin: Origin, remembers_account: bool = False, note: dict[str, object] | None = None) -> Passkey | None:
    """Return the passkey that proves its owner, who may sign in; None for whatever else it is, which is recorded.

    Call it outside a transaction. Raises TooMany while the address has to wait.
    """
    _count(TRIES_BY_ADDRESS, origin.caller)
    opened = redeem(Purpose.AUTOFILL, binding_of(token), claim.answer)
    passkey = claim.passkey
    if opened and claim.answer and passkey and _may_sign_in(passkey.user):
        showing = flows.accept(passkey, claim.answer, opened, origin=origin)
        if showing and showing.user_verified:
            return passkey
    if passkey:
        events.challenge_failed(passkey.user, origin=origin)
    else:
        console_login(
            Identity.unknown_iam_user(""),
            origin=origin,
            succeeded=False,
            error=ErrorMessage.FAILED_AUTHENTICATION,
            login_to=f"{conf.base_url}/console/",
            mfa_used=True,
            remembers_account=remembers_account,
            note=note,
        )
    return None


def _may_sign_in(owner: Principal) -> bool:
    """Tell whether the owner's password would count too: a passkey opens nothing that is closed to its password."""
    return owner.kind in JOURNEYS and owner.answerable is not None and owner.has_usable_password()


def refusal(owner: Principal) -> Refusal | bool:
    """Return why `owner` cannot sign in at present, or whether its password must be replaced first."""
    found = refusal_of(owner)
    if found is not None:
        return found
    return password_due(owner, Found(owner.account, owner)) if owner.kind == Principal.Kind.IAM_USER else False


def identify(attempt: Attempt, passkey: Passkey, *, remember: bool) -> None:
    """Note in a new attempt whose passkey was shown, and that it has proved both factors."""
    owner, account = passkey.user, passkey.user.account
    if owner.kind == Principal.Kind.IAM_USER and account:
        identify_iam_user(attempt, Found(account, owner), account=account.alias or account.id, username=owner.name, remember=remember)
    elif owner.kind == Principal.Kind.ROOT and account:
        attempt.email = owner.email
        attempt.subject_account, attempt.subject_arn = account.id, owner.arn
    else:
        attempt.username = owner.name
    attempt.identified = True
    attempt.principal = owner.pk
    attempt.password_proved = True
    attempt.credential_epoch = owner.credential_epoch
    attempt.factor_type = Authenticator.Type.FIDO
    attempt.factor_proved = True
    attempt.factor_used = passkey.serial
