"""JSON with places: every value knows where it stands, and a key that is there twice is seen (RFC 8259).

The standard library's reader keeps neither, and takes the last of two equal keys silently, which IAM refuses.
"""

import re
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]  # the standard library's own reader of one string
from typing import Literal

from policies.language.problems import Place, PolicyInvalid, Problem, Rule

MOST_CHARACTERS = 1_000_000
"""Far above every policy's own limit: what is longer is not looked at."""
DEEPEST = 32
"""Levels of nesting; a policy needs six."""

Kind = Literal["object", "array", "string", "number", "boolean", "null"]

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORDS: dict[str, tuple[str, Kind]] = {"true": ("true", "boolean"), "false": ("false", "boolean"), "null": ("null", "null")}
_SURROGATE = re.compile("[\ud800-\udfff]")
_NAMES: dict[Kind, str] = {
    "object": "an object",
    "array": "an array",
    "string": "a string",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One value: `text` of a scalar as a string, `members` of an object (key, place of the key, value), `items` of an array."""

    kind: Kind
    offset: int
    text: str = ""
    members: tuple[tuple[str, int, "Node"], ...] = ()
    items: tuple["Node", ...] = ()

    @property
    def called(self) -> str:
        """What people call a value of this kind."""
        return _NAMES[self.kind]


def place_of(text: str, offset: int, path: str) -> Place:
    """Return line and column of `offset` in `text`."""
    before = text.rfind("\n", 0, offset)
    return Place(text.count("\n", 0, offset) + 1, offset - before, path)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, sentence: str, *, rule: Rule = Rule.NOT_JSON, offset: int | None = None) -> PolicyInvalid:
        where = self.at if offset is None else offset
        return PolicyInvalid((Problem(rule, place_of(self.text, where, "$"), sentence),))

    def skip(self) -> str:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def document(self) -> Node:
        self.skip()
        node = self.value(0)
        if self.skip():
            raise self.fail("There is text after the end of the document. Expected one JSON object and nothing more.")
        return node

    def value(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise self.fail("The document is nested too deeply.", rule=Rule.TOO_DEEP)
        start = self.at
        character = self.text[start : start + 1]
        match character:
            case "{":
                return self.object(depth)
            case "[":
                return self.array(depth)
            case '"':
                return Node("string", start, self.string())
        if number := _NUMBER.match(self.text, start):
            self.at = number.end()
            return Node("number", start, number[0])
        for word, (text, kind) in _WORDS.items():
            if self.text.startswith(word, start):
                self.at += len(word)
                return Node(kind, start, text)
        if not character:
            raise self.fail("The document ends too early. Expected a value.")
        raise self.fail("This is not JSON. Expected an object, an array, a string, a number, true, false or null.")

    def string(self) -> str:
        start = self.at
        try:
            found, self.at = scanstring(self.text, start + 1)
        except ValueError:
            raise self.fail(
                "This string is not valid JSON: it is not closed, or holds a control character or a wrong escape.", offset=start
            ) from None
        if _SURROGATE.search(found):
            raise self.fail("This string holds half a character (a lone surrogate).", offset=start)
        return str(found)

    def object(self, depth: int) -> Node:
        start = self.at
        members: list[tuple[str, int, Node]] = []
        self.at += 1
        character = self.skip()
        while character != "}":
            if character != '"':
                raise self.fail("Expected a key in double quotes, or the closing brace.")
            key_at, key = self.at, self.string()
            if self.skip() != ":":
                raise self.fail("Expected a colon after the key.")
            self.at += 1
            self.skip()
            members.append((key, key_at, self.value(depth + 1)))
            character = self.skip()
            if character == ",":
                self.at += 1
                character = self.skip()
                if character == "}":
                    raise self.fail("Expected another key after the comma.")
            elif character != "}":
                raise self.fail("Expected a comma or the closing brace.")
        self.at += 1
        return Node("object", start, members=tuple(members))

    def array(self, depth: int) -> Node:
        start = self.at
        items: list[Node] = []
        self.at += 1
        character = self.skip()
        while character != "]":
            items.append(self.value(depth + 1))
            character = self.skip()
            if character == ",":
                self.at += 1
                character = self.skip()
                if character == "]":
                    raise self.fail("Expected another value after the comma.")
            elif character != "]":
                raise self.fail("Expected a comma or the closing bracket.")
        self.at += 1
        return Node("array", start, items=tuple(items))


def parse(text: str) -> Node:
    """Return the tree of a JSON text; raises PolicyInvalid at the first place where it is not JSON."""
    if len(text) > MOST_CHARACTERS:
        raise PolicyInvalid(
            (Problem(Rule.TOO_LONG, Place(1, 1, "$"), "The document is longer than %(most)s characters.", (("most", str(MOST_CHARACTERS)),)),)
        )
    return _Reader(text).document()
