"""What one value of a request is held against: the values of one condition, compiled by the operator's family."""

import operator as compare_by
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from policies.evaluation.patterns import Match, arn_glob, arn_segments, glob, has_variables, resolve
from policies.evaluation.request import Keys
from policies.language import values
from policies.language.operators import Family, Operator
from policies.language.variables import Literal, Piece, pieces

Matches = Callable[[str, Keys], bool]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`matches` tells whether a value of the request equals one of the document's; `readable` (None: all are) whether it can be read at all.

    A value that cannot be read makes a condition false, a negated one too.
    """

    matches: Matches
    readable: Callable[[str], bool] | None = None


def compare(operator: Operator, wanted: Sequence[str], *, variables: bool) -> Comparison:
    """Compile the values of a condition. `variables` tells whether `${...}` stands for a value in this document."""
    match operator.family:
        case Family.STRING:
            return Comparison(_texts(wanted, variables=variables, ignores_case=operator.ignores_case))
        case Family.PATTERN:
            return Comparison(_patterns(wanted, variables=variables))
        case Family.ARN:
            return Comparison(_arns(wanted, variables=variables), lambda text: values.arn_parts(text) is not None)
        case Family.IP:
            return Comparison(_networks(wanted), lambda text: values.address(text) is not None)
        case Family.NUMERIC:
            return _ordered(operator, wanted, values.number)
        case Family.DATE:
            return _ordered(operator, wanted, values.moment)
        case Family.BOOL:
            return _booleans(wanted, variables=variables)
        case Family.BINARY:
            known = frozenset(found for text in wanted if (found := values.octets(text)) is not None)
            return Comparison(lambda text, _keys: values.octets(text) in known, lambda text: values.octets(text) is not None)
        case _:
            raise ValueError(f"{operator.name} compares no values")


def _split(wanted: Sequence[str], *, variables: bool, wildcards: bool) -> tuple[list[tuple[Piece, ...]], list[tuple[Piece, ...]]]:
    """Return the values without variables and those with, as pieces; a value that cannot be read matches nothing and is left out."""
    fixed: list[tuple[Piece, ...]] = []
    moving: list[tuple[Piece, ...]] = []
    for text in wanted:
        found = pieces(text, variables=variables, wildcards=wildcards)
        if found is not None:
            (moving if has_variables(found) else fixed).append(found)
    return fixed, moving


def _text_of(found: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in found if isinstance(piece, Literal))


def _texts(wanted: Sequence[str], *, variables: bool, ignores_case: bool) -> Matches:
    fold: Callable[[str], str] = str.lower if ignores_case else str
    fixed, moving = _split(wanted, variables=variables, wildcards=False)
    known = frozenset(fold(_text_of(found)) for found in fixed)
    if not moving:
        if ignores_case:
            return lambda text, _keys: text.lower() in known
        return lambda text, _keys: text in known

    def matches(text: str, keys: Keys) -> bool:
        folded = fold(text)
        resolved = (resolve(found, keys) for found in moving)
        return folded in known or any(found is not None and fold(_text_of(found)) == folded for found in resolved)

    return matches


def _patterns(wanted: Sequence[str], *, variables: bool) -> Matches:
    fixed, moving = _split(wanted, variables=variables, wildcards=True)
    globs: list[Match] = [glob(found) for found in fixed]
    if len(globs) == 1 and not moving:
        only = globs[0]
        return lambda text, _keys: only(text)

    def matches(text: str, keys: Keys) -> bool:
        if any(match(text) for match in globs):
            return True
        resolved = (resolve(found, keys) for found in moving)
        return any(found is not None and glob(found)(text) for found in resolved)

    return matches


def _arns(wanted: Sequence[str], *, variables: bool) -> Matches:
    fixed, moving = _split(wanted, variables=variables, wildcards=True)
    plain = frozenset(_text_of(found) for found in fixed if all(isinstance(piece, Literal) for piece in found) and arn_segments(found))
    split = [arn_segments(found) for found in fixed if not all(isinstance(piece, Literal) for piece in found)]
    globs = [arn_glob(segments) for segments in split if segments]
    moving_segments = [segments for found in moving if (segments := arn_segments(found))]

    def matches(text: str, keys: Keys) -> bool:
        parts = values.arn_parts(text)
        if parts is None:
            return False
        if text in plain or any(match(parts) for match in globs):
            return True
        for segments in moving_segments:
            resolved = [resolve(segment, keys) for segment in segments]
            if all(segment is not None for segment in resolved) and arn_glob([segment or () for segment in resolved])(parts):
                return True
        return False

    return matches


@lru_cache(maxsize=4096)
def _as_number(text: str) -> tuple[int, int] | None:
    """Return an address as its version and number."""
    found = values.address(text)
    return (found.version, int(found)) if found else None


def _networks(wanted: Sequence[str]) -> Matches:
    blocks = [(found.version, int(found.network_address), int(found.netmask)) for text in wanted if (found := values.network(text))]

    def matches(text: str, _keys: Keys) -> bool:
        found = _as_number(text)
        return found is not None and any(found[0] == version and found[1] & mask == start for version, start, mask in blocks)

    return matches


def _ordered(operator: Operator, wanted: Sequence[str], read: Callable[[str], Any]) -> Comparison:
    holds: Callable[[Any, Any], bool] = getattr(compare_by, operator.comparison)
    known = [found for text in wanted if (found := read(text)) is not None]

    def matches(text: str, _keys: Keys) -> bool:
        found = read(text)
        return found is not None and any(holds(found, limit) for limit in known)

    return Comparison(matches, lambda text: read(text) is not None)


def _booleans(wanted: Sequence[str], *, variables: bool) -> Comparison:
    text_matches = _texts(wanted, variables=variables, ignores_case=True)
    return Comparison(lambda text, keys: values.truth(text) is not None and text_matches(text, keys), lambda text: values.truth(text) is not None)
