"""Setting a new password: by the person who is signed in, or by a journey that has proved the identity in another way.

Order of things: cheap rules, then hashes (in the pool, outside any transaction), then one transaction that changes the
password, ends sessions, mails and records. The credential epoch guards that transaction: when the password was changed by
someone else since it was read, nothing happens.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.credentials import rules
from accounts.credentials.hashing import hashed, verify
from accounts.mail.kinds import MailKind
from accounts.mail.outbox import post
from accounts.models import FormerPassword, PasswordPolicy, Principal, SignInSession
from accounts.outcomes import Failure, Success
from accounts.sessions.flows import carry_on, end_all
from accounts.trail import identity_of
from portal.core import clock
from portal.core.devices import describe
from portal.core.errors import TooMany
from portal.core.throttle import Ladder
from portal.network.origin import Origin
from portal.trail.identity import Identity
from portal.trail.names import EventName
from portal.trail.record import record

FORMER_KEPT = 24
"""Former passwords kept a principal: the most that a policy can refuse (IAM API, `PasswordReusePrevention`)."""

TRIES = Ladder("change-password", rungs=((5, 10), (10, 60), (20, 300)))
"""Tries of the current password by someone who is signed in (simulator's own): five free, then one per growing wait."""


class PasswordFailure(StrEnum):
    """Why a password was not changed."""

    WRONG_CURRENT = "wrong_current"
    NOT_ALLOWED = "not_allowed"
    RULES = "rules"
    REUSED = "reused"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class PasswordRefused(Failure):
    """The password was not changed; `problems` are the sentences to show."""

    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PasswordChanged(Success):
    """The password was changed; `secret` is what the browser of the kept session must hold from now on, empty when none was kept."""

    secret: str = field(default="", repr=False)


class _SupersededError(Exception):
    """Rolls the transaction back."""


def policy_of(principal: Principal) -> PasswordPolicy | None:
    """Return the account's custom password policy when it applies to this identity: to IAM users alone."""
    if principal.kind != Principal.Kind.IAM_USER:
        return None
    return PasswordPolicy.objects.filter(pk=principal.account_id).first()


def rule_for(principal: Principal, policy: PasswordPolicy | None) -> rules.Rule:
    """Return the rule that a new password of this identity must satisfy."""
    if principal.kind == Principal.Kind.ROOT:
        return rules.ROOT
    return rules.OPERATOR if principal.kind == Principal.Kind.OPERATOR else rules.rule_of(policy)


def may_change(policy: PasswordPolicy | None) -> bool:
    """Tell whether an identity under this policy may change its own password from the console."""
    return policy is None or policy.allow_users_to_change


def _words(principal: Principal) -> tuple[str, ...]:
    """Return the names that a password must not equal."""
    if principal.account is None:
        return (principal.name,)
    root = Principal.objects.filter(account=principal.account, kind=Principal.Kind.ROOT).values_list("email", flat=True).first()
    return (principal.account.name, root or "", principal.email)


def _reused(principal: Principal, new: str, policy: PasswordPolicy | None) -> bool:
    """Tell whether `new` is the present password or one of those that the policy refuses; one hash each."""
    if principal.has_usable_password() and verify(new, principal.password):
        return True
    refused = policy.reuse_prevention if policy and policy.reuse_prevention else 0
    former = FormerPassword.objects.filter(principal=principal).order_by("-id").values_list("encoded", flat=True)[:refused]
    return any(verify(new, encoded) for encoded in list(former))


def problems_with(principal: Principal, new: str, policy: PasswordPolicy | None) -> PasswordRefused | None:
    """Return why `new` may not be this identity's password, None where it may; costs a hash for each password that it must not be."""
    rule = rule_for(principal, policy)
    words = () if policy else _words(principal)
    found = rules.problems(new, rule=rule, words=words)
    if found:
        return PasswordRefused(PasswordFailure.RULES, tuple(problem.message for problem in found))
    if _reused(principal, new, policy):
        return PasswordRefused(PasswordFailure.REUSED, (_("Password was used before. Choose one that you have not used lately."),))
    return None


def keep_former(principal: Principal) -> None:
    """Keep the present password among those that may not be used again, in the caller's transaction."""
    if not principal.password or not principal.has_usable_password():
        return
    FormerPassword.objects.create(principal=principal, encoded=principal.password)
    kept = list(FormerPassword.objects.filter(principal=principal).order_by("-id").values_list("pk", flat=True)[:FORMER_KEPT])
    FormerPassword.objects.filter(principal=principal, pk__lt=kept[-1]).delete()


def tell_owner(principal: Principal, origin: Origin) -> None:
    """Mail the owner that the password was changed; IAM users often have no address."""
    if not principal.email:
        return
    device = describe(origin.user_agent)
    post(
        MailKind.PASSWORD_CHANGED,
        recipient=principal.email,
        language=get_language() or "en",
        context={
            "when": clock.now().isoformat(),
            "address": origin.address,
            "device": " · ".join(part for part in (device.browser, device.system) if part),
        },
    )


def _store(principal: Principal, encoded: str) -> None:
    """Write the new hash, unless the password or the standing of the identity has changed since `principal` was read."""
    now = clock.now()
    written = Principal.objects.filter(pk=principal.pk, credential_epoch=principal.credential_epoch, is_active=True).update(
        password=encoded, password_changed_at=now, must_change_password=False, reset_required_because=""
    )
    if written != 1:
        raise _SupersededError
    keep_former(principal)
    principal.password, principal.password_changed_at = encoded, now
    principal.must_change_password, principal.reset_required_because = False, ""


def _replace(
    principal: Principal,
    new: str,
    *,
    policy: PasswordPolicy | None,
    origin: Origin,
    event: EventName,
    identity: Identity,
    keep: SignInSession | None,
    claim: Callable[[], bool] | None,
) -> PasswordChanged | PasswordRefused:
    refused = problems_with(principal, new, policy)
    if refused:
        return refused
    encoded = hashed(new)
    try:
        with transaction.atomic():
            if claim is not None and not claim():
                raise _SupersededError
            _store(principal, encoded)
            end_all(principal, SignInSession.End.PASSWORD_CHANGED, keep=keep)
            secret = carry_on(keep, credential_epoch=principal.credential_epoch) if keep else ""
            if secret is None:
                raise _SupersededError
            record(
                event,
                identity=identity,
                origin=origin,
                succeeded=True,
                account=principal.account_id or "",
                principal_key=principal.unique_id,
            )
            tell_owner(principal, origin)
    except _SupersededError:
        return PasswordRefused(PasswordFailure.SUPERSEDED, (_("The password was changed or this page is no longer valid. Start again."),))
    return PasswordChanged(secret)


def replace_password(
    principal: Principal,
    new: str,
    *,
    origin: Origin,
    event: EventName,
    claim: Callable[[], bool] | None = None,
) -> PasswordChanged | PasswordRefused:
    """Set a new password for an identity that has been proved otherwise: by a mailed link, or by the password it must change now.

    Ends every session, link and grant, clears what forced the change, mails the owner and records `event`, all in one
    transaction. `claim` runs first in that transaction and consumes what gives the right to do this (its guarded UPDATE); when
    it answers False nothing changes and the failure is `SUPERSEDED`. Raises TooMany when the hash queue is full.
    """
    return _replace(
        principal,
        new,
        policy=policy_of(principal),
        origin=origin,
        event=event,
        identity=identity_of(principal),
        keep=None,
        claim=claim,
    )


def change_password(session: SignInSession, *, current: str, new: str, origin: Origin) -> PasswordChanged | PasswordRefused:
    """Change the password of the identity that is signed in: every other session ends, this one goes on with a new secret.

    Raises TooMany when the current password was guessed at too often, or when the hash queue is full.
    """
    principal = session.principal
    policy = policy_of(principal)
    if not may_change(policy):
        return PasswordRefused(PasswordFailure.NOT_ALLOWED, (_("Your administrator does not allow users to change their own password."),))
    wait = TRIES.climb(str(principal.pk)).wait
    if wait:
        raise TooMany(_("Too many wrong passwords. Wait a while and try again."), retry_after=wait)
    event = EventName.PASSWORD_UPDATED if principal.kind == Principal.Kind.ROOT else EventName.CHANGE_PASSWORD
    identity = identity_of(principal)
    if principal.kind == Principal.Kind.IAM_USER:
        identity = identity.in_session(session.created_at)
    if not verify(current, principal.password):
        record(
            event,
            identity=identity,
            origin=origin,
            succeeded=False,
            error="The old password was incorrect.",
            account=principal.account_id or "",
            principal_key=principal.unique_id,
        )
        return PasswordRefused(PasswordFailure.WRONG_CURRENT, (_("The current password is not right."),))
    TRIES.forget(str(principal.pk))
    return _replace(principal, new, policy=policy, origin=origin, event=event, identity=identity, keep=session, claim=None)
