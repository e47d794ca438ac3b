"""Who needs a second factor, of which types, and how many: one rule a kind of identity.

Facts, section 2 (IAM, IAM Identity Center, Builder ID); Builder ID's limit of passkeys is Identity Center's, as its own is not published.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from accounts.models import Principal
from mfa.models import Authenticator, DirectoryRule
from portal.conf import conf
from portal.core import clock

Type = Authenticator.Type
Mode = DirectoryRule.Mode
WithoutDevice = DirectoryRule.WithoutDevice


class Need(StrEnum):
    """What the second factor's stage asks of a sign-in; kept as `Attempt.second_factor`.

    `OFFER` is a registration that may be put off, `REGISTER` one that may not.
    """

    NOTHING = ""
    CHALLENGE = "challenge"
    EMAIL_CODE = "email_code"
    BLOCKED = "blocked"
    OFFER = "offer"
    REGISTER = "register"


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule that an identity is under.

    `most` is how many devices in all, `most_of` how many of a type (None: as many as `most`). `codes_to_register` is how many
    consecutive codes an authenticator app must show. `types` are those that may be registered. `may_trust`: whether the second factor
    may be spared in a trusted device. `must_keep_one`: whether the last device may not be removed. `self_service`: whether
    the identity registers and removes its own.
    """

    mode: Mode
    without_device: Need
    most: int
    most_of: tuple[tuple[str, int], ...] = ()
    codes_to_register: int = 1
    types: frozenset[str] = frozenset({Type.TOTP, Type.FIDO})
    may_trust: bool = False
    must_keep_one: bool = False
    self_service: bool = True

    def limit(self, device_type: str) -> int:
        """Return how many devices of a type there may be."""
        return dict(self.most_of).get(device_type, self.most)


_CLOUD = Rule(mode=Mode.EVERY_TIME, without_device=Need.NOTHING, most=8, codes_to_register=2)
_DIRECTORY = Rule(mode=Mode.CONTEXT_AWARE, without_device=Need.REGISTER, most=8, most_of=((Type.TOTP, 2), (Type.FIDO, 6)), may_trust=True)
_RULES: dict[str, Rule] = {
    Principal.Kind.ROOT: replace(_CLOUD, without_device=Need.REGISTER, must_keep_one=True),
    Principal.Kind.IAM_USER: _CLOUD,
    Principal.Kind.WORKFORCE: _DIRECTORY,
    Principal.Kind.BUILDER: replace(_DIRECTORY, without_device=Need.NOTHING),
    Principal.Kind.OPERATOR: replace(_CLOUD, without_device=Need.REGISTER, codes_to_register=1, must_keep_one=True),
}
_WITHOUT: dict[str, Need] = {
    WithoutDevice.REGISTER: Need.REGISTER,
    WithoutDevice.EMAIL_CODE: Need.EMAIL_CODE,
    WithoutDevice.BLOCK: Need.BLOCKED,
    WithoutDevice.ALLOW: Need.NOTHING,
}


def rule_of(principal: Principal) -> Rule:
    """Return the rule that `principal` is under; an IAM user's account must have been read with it."""
    rule = _RULES[principal.kind]
    match principal.kind:
        case Principal.Kind.ROOT:
            return replace(rule, without_device=Need.OFFER) if grace_left(principal) > timedelta(0) else rule
        case Principal.Kind.IAM_USER if principal.account and principal.account.iam_users_need_mfa:
            return replace(rule, without_device=Need.REGISTER, must_keep_one=True)
        case Principal.Kind.WORKFORCE:
            return _of_directory(rule, principal.directory)
        case _:
            return rule


def grace_left(principal: Principal) -> timedelta:
    """Return how long a root user may still put off registering; zero or less once it must (IAM user guide: 35 days from the first sign-in)."""
    since = principal.first_sign_in_at or clock.now()
    return since + conf.root_mfa_grace - clock.now()


def _of_directory(rule: Rule, directory: str) -> Rule:
    row = DirectoryRule.objects.filter(pk=directory).first()
    if row is None:
        return rule
    types = [name for name, allowed in ((Type.TOTP, row.allow_apps), (Type.FIDO, row.allow_passkeys)) if allowed]
    return replace(
        rule,
        mode=Mode(row.mode),
        without_device=_WITHOUT[row.without_device],
        types=frozenset(types),
        may_trust=row.mode == Mode.CONTEXT_AWARE,
        must_keep_one=row.without_device in {WithoutDevice.REGISTER, WithoutDevice.BLOCK},
        self_service=row.users_manage_devices,
    )


def need(rule: Rule, *, has_device: bool, trusted: bool) -> Need:
    """Return what a sign-in under `rule` is asked for, from whether a device is registered and whether this browser is trusted.

    With a context-aware rule a trusted device is asked nothing, not even when sign-in without a device is blocked (facts, section 2).
    """
    if rule.mode == Mode.NEVER or (trusted and rule.may_trust):
        return Need.NOTHING
    return Need.CHALLENGE if has_device else rule.without_device
