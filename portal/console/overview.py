"""What the home page tells about an identity: what it is, what it may do, how old its password is, and who signed in as it."""

from dataclasses import dataclass

from accounts.credentials import age
from accounts.models import Principal
from portal.console.moments import Moment, moment
from portal.core import clock
from portal.trail.models import Event
from portal.trail.names import EventName

SIGN_INS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Policy:
    """A managed policy that is attached to an IAM user."""

    name: str
    arn: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What an IAM user may do, and the days until its password expires: None unless the console should warn."""

    policies: tuple[Policy, ...] = ()
    days_left: int | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in as this identity, successful or not."""

    at: Moment
    succeeded: bool
    address: str
    region: str


def standing_of(principal: Principal) -> Standing:
    """Return policies and password age of an IAM user in one query; a root user has neither and costs none."""
    if principal.kind != Principal.Kind.IAM_USER:
        return Standing()
    rows = list(
        Principal.objects.filter(pk=principal.pk)
        .order_by("policy_attachments__policy_arn")
        .values_list("account__password_policy__max_age_days", "policy_attachments__policy_arn")
    )
    policies = tuple(Policy(name=arn.rpartition("/")[2], arn=arn) for _, arn in rows if arn)
    return Standing(policies=policies, days_left=_days_to_warn_of(principal, rows[0][0] if rows else None))


def _days_to_warn_of(principal: Principal, max_age_days: int | None) -> int | None:
    set_at = principal.password_changed_at
    expires_at = age.expiry(set_at=set_at, max_age_days=max_age_days) if set_at else None
    if expires_at is None:
        return None
    left = age.days_left(expires_at=expires_at, now=clock.now())
    return left if left <= age.WARNING_DAYS else None


def last_sign_ins(principal: Principal) -> list[SignIn]:
    """Return the newest sign-ins as this identity, failures included; one indexed query."""
    rows = (
        Event.objects.filter(principal_key=principal.unique_id, event_name=EventName.CONSOLE_LOGIN)
        .order_by("-id")
        .values_list("event_time", "succeeded", "source_ip", "region")[:SIGN_INS_SHOWN]
    )
    return [SignIn(moment(at), succeeded, address, region) for at, succeeded, address, region in rows]
