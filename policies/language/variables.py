"""Texts with wildcards and policy variables (IAM user guide, "IAM policy elements: Variables and tags").

A text is read once into pieces. What a variable is replaced by is always literal: a user called `*` becomes no wildcard.
"""

import re
from dataclasses import dataclass

_VARIABLE = re.compile(r"\$\{(?P<inside>[^{}]*)\}")
_INSIDE = re.compile(r"(?P<key>[A-Za-z0-9_./:@+=-]+(?:[A-Za-z0-9_./:@+= -]*[A-Za-z0-9_./:@+=-])?)(?:\s*,\s*'(?P<default>[^']*)')?")
_CHARACTERS = frozenset("*?$")


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands for itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A key whose value is put in; `default` is used where the key is missing, None where there is none."""

    key: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Star:
    """`*`: any characters, or none."""


@dataclass(frozen=True, slots=True)
class AnyOne:
    """`?`: exactly one character."""


Piece = Literal | Variable | Star | AnyOne
STAR, ANY_ONE = Star(), AnyOne()


def pieces(text: str, *, variables: bool, wildcards: bool) -> tuple[Piece, ...] | None:
    """Read `text`; None when a `${...}` in it is neither a variable nor one of `${*}`, `${?}`, `${$}`.

    Without `variables` a `${` is plain text, without `wildcards` so are `*` and `?`.
    """
    found: list[Piece] = []
    at = 0
    if variables:
        for variable in _VARIABLE.finditer(text):
            _plain(found, text[at : variable.start()], wildcards=wildcards)
            inside = variable["inside"]
            if inside in _CHARACTERS:
                _literal(found, inside)
            elif named := _INSIDE.fullmatch(inside.strip()):
                found.append(Variable(named["key"].lower(), named["default"]))
            else:
                return None
            at = variable.end()
        if "${" in text[at:]:
            return None
    _plain(found, text[at:], wildcards=wildcards)
    return tuple(found)


def _literal(found: list[Piece], text: str) -> None:
    if not text:
        return
    if found and isinstance(found[-1], Literal):
        found[-1] = Literal(found[-1].text + text)
    else:
        found.append(Literal(text))


def _plain(found: list[Piece], text: str, *, wildcards: bool) -> None:
    if not wildcards:
        _literal(found, text)
        return
    start = 0
    for position, character in enumerate(text):
        if character in "*?":
            _literal(found, text[start:position])
            if character == "?":
                found.append(ANY_ONE)
            elif not (found and found[-1] is STAR):
                found.append(STAR)
            start = position + 1
    _literal(found, text[start:])
