"""Match texts against patterns in linear time: no regular expression that an author could make explode (security catalogue POL-07)."""

import re
from collections.abc import Callable, Sequence

from policies.evaluation.request import Keys
from policies.language.variables import AnyOne, Literal, Piece, Star, Variable

Match = Callable[[str], bool]


def _segment(pieces: Sequence[Piece]) -> str | re.Pattern[str]:
    """Return what stands between two stars: plain text, or an expression of fixed length where `?` is in it."""
    if not any(isinstance(piece, AnyOne) for piece in pieces):
        return "".join(piece.text for piece in pieces if isinstance(piece, Literal))
    return re.compile("".join(re.escape(piece.text) if isinstance(piece, Literal) else "." for piece in pieces), re.DOTALL)


def _length(pieces: Sequence[Piece]) -> int:
    return sum(len(piece.text) if isinstance(piece, Literal) else 1 for piece in pieces)


def _at(segment: str | re.Pattern[str], text: str, position: int) -> bool:
    if isinstance(segment, str):
        return text.startswith(segment, position)
    return segment.match(text, position) is not None


def _find(segment: str | re.Pattern[str], text: str, start: int) -> int:
    if isinstance(segment, str):
        return text.find(segment, start)
    found = segment.search(text, start)
    return found.start() if found else -1


def glob(pieces: Sequence[Piece]) -> Match:
    """Return a function that tells whether a whole text is matched; no variable may be left in `pieces`.

    Between two stars the leftmost place is taken, which is always as good as any other.
    """
    parts: list[list[Piece]] = [[]]
    for piece in pieces:
        if isinstance(piece, Star):
            parts.append([])
        else:
            parts[-1].append(piece)
    segments = [(_segment(part), _length(part)) for part in parts]
    first, first_length = segments[0]
    if len(segments) == 1:
        if isinstance(first, str):
            return first.__eq__
        return lambda text: len(text) == first_length and _at(first, text, 0)
    last, last_length = segments[-1]
    middle = segments[1:-1]
    if not middle and isinstance(first, str) and not last_length:
        return lambda text: text.startswith(first)

    def match(text: str) -> bool:
        end = len(text) - last_length
        if end < first_length or not _at(first, text, 0) or not _at(last, text, end):
            return False
        position = first_length
        for segment, length in middle:
            position = _find(segment, text, position)
            if position < 0 or position + length > end:
                return False
            position += length
        return True

    return match


def resolve(pieces: Sequence[Piece], keys: Keys) -> tuple[Piece, ...] | None:
    """Put the values of variables in, as literal text; None where one has no value, or several (IAM user guide, "Policy variables with no value")."""
    found: list[Piece] = []
    for piece in pieces:
        if not isinstance(piece, Variable):
            found.append(piece)
            continue
        value = keys.get(piece.key)
        if isinstance(value, tuple):
            value = value[0] if len(value) == 1 else None
        if not value:
            value = piece.default
        if value is None:
            return None
        found.append(Literal(value))
    return tuple(found)


def has_variables(pieces: Sequence[Piece]) -> bool:
    """Tell whether a variable is among the pieces."""
    return any(isinstance(piece, Variable) for piece in pieces)


def arn_segments(pieces: Sequence[Piece], *, short: bool = False) -> tuple[tuple[Piece, ...], ...] | None:
    """Split a pattern at its first five colons, those in a variable's value excepted; None for a pattern of fewer parts.

    With `short`, a pattern that ends in a star stands for all parts that it leaves out.
    """
    parts: list[list[Piece]] = [[]]
    for piece in pieces:
        if not isinstance(piece, Literal) or len(parts) == 6:
            parts[-1].append(piece)
            continue
        texts = piece.text.split(":", 6 - len(parts))
        parts[-1].extend([Literal(texts[0])] if texts[0] else [])
        parts.extend([Literal(text)] if text else [] for text in texts[1:])
    if len(parts) < 6:
        if not (short and parts[-1] and isinstance(parts[-1][-1], Star)):
            return None
        parts.extend([Star()] for _ in range(6 - len(parts)))
    return tuple(tuple(part) for part in parts)


def arn_glob(segments: Sequence[Sequence[Piece]]) -> Callable[[Sequence[str]], bool]:
    """Return a function that tells whether the six parts of an ARN are matched, each by its own pattern; case matters."""
    matches = [glob(part) for part in segments]
    return lambda parts: all(match(part) for match, part in zip(matches, parts, strict=True))
