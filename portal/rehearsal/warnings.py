"""Warnings as the page lists them: what is amiss, in which statement, and how to mend it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from policies.evaluation.decision import Layer
from policies.simulator.advice import Advice, Code
from portal.rehearsal.tree import LAYERS

MENDS: dict[Code, str | Promise] = {
    Code.NO_EXCLUDED_PRINCIPAL: _(
        "Name one identity for emergencies with ArnNotEquals: in signin:PrincipalArn before authentication and in aws:PrincipalArn after it."
    ),
    Code.PHASE_UNCOVERED: _("Add a statement for this action, with the same conditions and the key that it has for principals."),
    Code.KEY_BEFORE_AUTHENTICATION: _("Give signin:Authenticate a statement of its own that uses signin:PrincipalArn."),
    Code.KEY_AFTER_AUTHENTICATION: _("Give the two actions after authentication a statement of their own that uses aws:PrincipalArn."),
    Code.UNKNOWN_KEY: _(
        "Use aws:SourceIp, aws:SourceVpc, aws:SourceVpce, aws:VpcSourceIp or aws:RequestedRegion, and one of the two keys for principals."
    ),
    Code.IF_EXISTS_MISSING: _("Write the operator with IfExists, so that it says nothing of requests without the key."),
    Code.UNREADABLE: _("Correct the stored document or detach it: while it cannot be read it denies."),
    Code.NO_EFFECT: _("Attach it to the root, a unit above the account, or the account itself; a management account is never reached."),
}


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning. `number` counts from 1; None where it is about the whole policy."""

    code: str
    sentence: str
    layer: str | Promise
    policy: str
    number: int | None
    sid: str
    mend: str | Promise


def warned(advices: Iterable[Advice]) -> list[Warned]:
    """Return warnings in the order in which they were found, each once."""
    return [_warned(each) for each in dict.fromkeys(advices)]


def _warned(advice: Advice) -> Warned:
    number = None if advice.number is None else advice.number + 1
    # An account has one resource-based policy, which goes by the name of its layer.
    policy = "" if advice.layer is Layer.RESOURCE else advice.policy
    return Warned(advice.code.value, advice.sentence, LAYERS[advice.layer], policy, number, advice.sid, MENDS[advice.code])
