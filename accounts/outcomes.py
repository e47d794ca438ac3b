"""Outcomes that a flow expects, as values: success, or failure with a named reason."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Success:
    """What was asked for happened."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What was asked for did not happen; `reason` names why and is never shown as it stands."""

    reason: StrEnum


Outcome = Success | Failure
