"""Warnings about policies, each about one statement (guide, "Controlling console access" and "AWS Sign-In condition keys reference"). Pure."""

from dataclasses import dataclass
from enum import StrEnum

from policies.evaluation.decision import Layer


class Code(StrEnum):
    """What is amiss."""

    NO_EXCLUDED_PRINCIPAL = "no_excluded_principal"
    PHASE_UNCOVERED = "phase_uncovered"
    KEY_BEFORE_AUTHENTICATION = "key_before_authentication"
    KEY_AFTER_AUTHENTICATION = "key_after_authentication"
    UNKNOWN_KEY = "unknown_key"
    IF_EXISTS_MISSING = "if_exists_missing"
    UNREADABLE = "unreadable"
    NO_EFFECT = "no_effect"


@dataclass(frozen=True, slots=True)
class Advice:
    """A warning. `number` counts from 0 in the policy; None where the warning is about the whole of it.

    `values` fill in the sentence: `key`, `action`, `operator` or `reason`, as the code needs.
    """

    code: Code
    layer: Layer
    policy: str
    number: int | None = None
    sid: str = ""
    values: tuple[tuple[str, str], ...] = ()

    @property
    def sentence(self) -> str:
        """The warning in the reader's language."""
        raise NotImplementedError
