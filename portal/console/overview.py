"""What the home page tells about an identity: what it is, what it may do, how old its password is, and who signed in as it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.credentials import age
from accounts.models import PasswordPolicy, PolicyAttachment, Principal
from policies.enforcement.stamp import STAMP
from portal.console.bar import Identity
from portal.console.outline import draw
from portal.core import clock
from portal.core.ids import dashed
from portal.core.moments import Moment, moment
from portal.core.prepared import PreparedQuery
from portal.core.stamps import Shelf
from portal.trail.models import Event
from portal.trail.names import EventName

SIGN_INS_SHOWN = 5

_ATTACHED = PreparedQuery(lambda principal: PolicyAttachment.objects.filter(principal_id=principal).order_by("policy_arn"), principal=int)
_SIGN_INS = PreparedQuery(
    lambda key: (
        Event.objects.filter(principal_key=key, event_name=EventName.CONSOLE_LOGIN)
        .only("event_time", "succeeded", "source_ip", "region")
        .order_by("-id")[:SIGN_INS_SHOWN]
    ),
    key=str,
)


@dataclass(frozen=True, slots=True)
class Policy:
    """A managed policy that is attached to an IAM user."""

    name: str
    arn: str


_attached: Shelf[tuple[Policy, ...]] = Shelf(STAMP, keeps_absence=True)
"""Attached policies by their user's key: attaching and detaching change the stamp of policies."""


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


def _attached_to(principal: Principal) -> tuple[Policy, ...]:
    arns = (attachment.policy_arn for attachment in _ATTACHED.rows(principal=principal.pk))
    return tuple(Policy(name=arn.rpartition("/")[2], arn=arn) for arn in arns)


def standing_of(principal: Principal) -> Standing:
    """Return policies and password age of an IAM user, its account and that account's rule having been read with it.

    Costs one query once policies have changed anywhere. A root user has neither and costs none.
    """
    if principal.kind != Principal.Kind.IAM_USER:
        return Standing()
    policies = _attached.get(principal.pk, lambda: _attached_to(principal))
    policy: PasswordPolicy | None = getattr(principal.account, "password_policy", None)
    return Standing(policies=policies, days_left=_days_to_warn_of(principal, policy.max_age_days if policy else None))


def _days_to_warn_of(principal: Principal, max_age_days: int | None) -> int | None:
    set_at = principal.password_changed_at
    expires_at = age.expiry(set_at=set_at, max_age_days=max_age_days) if set_at else None
    if expires_at is None:
        return None
    left = age.days_left(expires_at=expires_at, now=clock.now())
    return left if left <= age.WARNING_DAYS else None


def last_sign_ins(principal: Principal) -> list[SignIn]:
    """Return the newest sign-ins as this identity, failures included; one indexed query."""
    rows = _SIGN_INS.rows(key=principal.unique_id)
    return [SignIn(moment(row.event_time), row.succeeded, row.source_ip, row.region) for row in rows]


def _warning(standing: Standing) -> SafeString:
    if standing.days_left is None:
        return SafeString("")
    return render_to_string("portal/console/pieces/expiry.html", {"days": standing.days_left})


def _sign_in(sign_in: SignIn, language: str) -> SafeString:
    values = {"at": sign_in.at.text, "at_iso": sign_in.at.iso, "address": sign_in.address, "region": sign_in.region}
    return draw("portal/console/pieces/sign_in.html", language, values, succeeded=sign_in.succeeded)


def _session(identity: Identity, language: str) -> SafeString:
    values = {
        "session": identity.session,
        "label": identity.label,
        "kind": identity.kind,
        "until": identity.until.text,
        "until_iso": identity.until.iso,
    }
    return draw("portal/console/pieces/session.html", language, values, current=identity.current)


def overview(principal: Principal, identities: Sequence[Identity], *, language: str) -> SafeString:
    """Draw the cards of the home page; `identities` are this browser's, that of `principal` first. Costs one query or two."""
    me = identities[0]
    alias = principal.account.alias if principal.account else None
    standing = standing_of(principal)
    sign_ins = last_sign_ins(principal)
    values = {
        "warning": _warning(standing),
        "name": principal.label,
        "kind": me.kind,
        "account": me.account,
        "account_name": me.account_name,
        "account_dashed": dashed(me.account),
        "alias": alias or "",
        "arn": principal.arn,
        "unique_id": principal.unique_id,
        "policies": SafeString(
            "".join(draw("portal/console/pieces/policy.html", language, {"name": policy.name, "arn": policy.arn}) for policy in standing.policies)
        ),
        "sign_ins": SafeString("".join(_sign_in(sign_in, language) for sign_in in sign_ins)),
        "sessions": SafeString("".join(_session(identity, language) for identity in identities)),
    }
    return draw(
        "portal/console/pieces/overview.html",
        language,
        values,
        root=principal.kind == Principal.Kind.ROOT,
        has_alias=bool(alias),
        has_policies=bool(standing.policies),
        has_sign_ins=bool(sign_ins),
    )
