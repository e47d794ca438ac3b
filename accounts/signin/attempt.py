"""The unfinished sign-in: one small value under one session key, with a timeout."""

from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any, Literal

from django.http import HttpRequest

from portal.conf import conf
from portal.core import clock
from portal.core.actions import NOBODY, Subject
from portal.core.tokens import new_token
from portal.network.origin import Origin

SESSION_KEY = "signin.attempt"

JourneyName = Literal["root", "iam_user", "operator", "recovery"]


@dataclass(slots=True)
class Attempt:
    """How far a sign-in has come. Holds what was proved, never a secret.

    `principal` is the primary key of who is claimed to be, 0 while nobody by that name exists; `check_reason` names why a
    security check is due. `second_factor` is what the stage of that name asks for (a value of `mfa.base.rules.Need`), found out anew
    whenever the stage is looked at; `factor_type` is the type that the visitor chose, `factor_used` the ARN of the device that
    answered. `recovery` is the digest of the recovery link that a journey of that name came by, empty once the link is dead.
    Times are epoch seconds on the simulated clock.
    """

    journey: JourneyName
    region: str = ""
    regional: bool = False
    destination: str = ""
    id: str = field(default_factory=new_token)
    started_at: float = field(default_factory=lambda: clock.now().timestamp())
    email: str = ""
    account: str = ""
    username: str = ""
    remember: bool = False
    identified: bool = False
    principal: int = 0
    subject_account: str = ""
    subject_arn: str = ""
    browser_known: bool = False
    check_reason: str = ""
    check_passed: bool = False
    password_proved: bool = False
    credential_epoch: int = 0
    new_password_needed: bool = False
    code_needed: bool = False
    code_proved: bool = False
    second_factor: str = ""
    factor_type: str = ""
    factor_proved: bool = False
    factor_used: str = ""
    registration_skipped: bool = False
    trust_wanted: bool = False
    recovery: str = ""

    @property
    def expired(self) -> bool:
        """Whether the attempt is older than its lifetime, or from a time that has not come yet."""
        age = clock.now().timestamp() - self.started_at
        return not -60 <= age <= conf.attempt_lifetime.total_seconds()

    @property
    def subject(self) -> Subject:
        """The subject of policy questions about this attempt."""
        return Subject(self.subject_account, self.subject_arn, self.region) if self.subject_account else NOBODY


_NAMES = tuple(item.name for item in fields(Attempt))
_FIELDS = frozenset(_NAMES)
_values_of = attrgetter(*_NAMES)


def load(request: HttpRequest) -> Attempt | None:
    """Return this browser's unfinished sign-in, or None when there is none or it has timed out."""
    stored: dict[str, Any] | None = request.session.get(SESSION_KEY)
    if not stored or not stored.keys() <= _FIELDS:
        return None
    attempt = Attempt(**stored)
    return None if attempt.expired else attempt


def save(request: HttpRequest, attempt: Attempt) -> None:
    """Keep `attempt` for this browser."""
    request.session[SESSION_KEY] = dict(zip(_NAMES, _values_of(attempt), strict=True))


def forget(request: HttpRequest) -> None:
    """Wipe the unfinished sign-in and everything else of the pre-sign-in session, its id included."""
    if not request.session.is_empty():
        request.session.flush()


def renew(request: HttpRequest, attempt: Attempt) -> None:
    """Keep `attempt` under a new session id, after something was proved (security catalogue SES-01)."""
    save(request, attempt)
    request.session.cycle_key()


def attempt_subject(request: HttpRequest) -> Subject:
    """Return the subject of this browser's attempt, for views that declare a sign-in action."""
    attempt = load(request)
    return attempt.subject if attempt else NOBODY


def attempt_origin(origin: Origin, attempt: Attempt) -> Origin:
    """Return the request's origin with the region that the attempt began at; one of a VPC endpoint stays that of the endpoint."""
    if not attempt.region or attempt.region == origin.region or origin.vpc:
        return origin
    return replace(origin, region=attempt.region, regional=attempt.regional)


__all__ = ["Attempt", "JourneyName", "attempt_origin", "attempt_subject", "forget", "load", "renew", "save"]
