"""Strict reading of CBOR as authenticators write it (CTAP 2.1 §8: definite lengths, shortest forms, no tags, no floats, no name twice)."""

from typing import Final

DEEPEST: Final = 4
"""Levels of nesting (CTAP 2.1 §8)."""
_MOST_ITEMS: Final = 64
"""Items of one array or map; an attestation has three, a certificate chain perhaps five."""

Value = int | bytes | str | bool | None | list["Value"] | dict[int | str, "Value"]

_SHORTEST: Final = {1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}
"""The smallest number that so many bytes may be used for."""
_SIMPLE: Final[dict[int, bool | None]] = {20: False, 21: True, 22: None}


class Malformed(ValueError):
    """The bytes are no CBOR of the strict kind, or not what is expected in this place."""


def _number(raw: bytes, at: int, info: int) -> tuple[int, int]:
    if info < 24:
        return info, at
    if info > 27:
        raise Malformed("indefinite or reserved length")
    size = 1 << (info - 24)
    if at + size > len(raw):
        raise Malformed("cut off")
    value = int.from_bytes(raw[at : at + size], "big")
    if value < _SHORTEST[size]:
        raise Malformed("not the shortest form")
    return value, at + size


def read(raw: bytes, at: int = 0, *, depth: int = DEEPEST) -> tuple[Value, int]:
    """Return the item that begins at `at`, and where the next one begins. Raises Malformed."""
    if at >= len(raw):
        raise Malformed("cut off")
    kind, info = raw[at] >> 5, raw[at] & 0x1F
    if kind == 7:
        if info not in _SIMPLE:
            raise Malformed("neither true, false nor null")
        return _SIMPLE[info], at + 1
    number, at = _number(raw, at + 1, info)
    match kind:
        case 0:
            return number, at
        case 1:
            return -1 - number, at
        case 2 | 3:
            if number > len(raw) - at:
                raise Malformed("cut off")
            found = raw[at : at + number]
            return (found if kind == 2 else _text(found)), at + number
        case 4 | 5:
            if depth == 0 or number > _MOST_ITEMS:
                raise Malformed("nested too deep, or too many items")
            return _array(raw, at, number, depth - 1) if kind == 4 else _map(raw, at, number, depth - 1)
        case _:
            raise Malformed("tagged")


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("text that is not UTF-8") from error


def _array(raw: bytes, at: int, length: int, depth: int) -> tuple[Value, int]:
    found: list[Value] = []
    for _number_of_item in range(length):
        value, at = read(raw, at, depth=depth)
        found.append(value)
    return found, at


def _map(raw: bytes, at: int, length: int, depth: int) -> tuple[Value, int]:
    found: dict[int | str, Value] = {}
    for _number_of_pair in range(length):
        name, at = read(raw, at, depth=depth)
        if not isinstance(name, int | str) or isinstance(name, bool) or name in found:
            raise Malformed("a name that stands twice, or is neither number nor text")
        found[name], at = read(raw, at, depth=depth)
    return found, at


def read_map(raw: bytes, at: int = 0) -> tuple[dict[int | str, Value], int]:
    """Return the map that begins at `at`, and where the next item begins. Raises Malformed."""
    value, end = read(raw, at)
    if not isinstance(value, dict):
        raise Malformed("not a map")
    return value, end
