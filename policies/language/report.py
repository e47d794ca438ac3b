"""Collects problems while a document is read, so that all of them are told at once."""

from policies.language.json_text import Kind, Node, place_of
from policies.language.problems import Problem, Rule

_NAMES: dict[Kind, str] = {"object": "an object", "array": "a list", "string": "a string"}


class Report:
    """The problems of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.problems: list[Problem] = []

    def add(self, rule: Rule, offset: int, path: str, sentence: str, **values: str) -> None:
        """Note a problem at an offset of the text."""
        self.problems.append(Problem(rule, place_of(self._text, offset, path), sentence, tuple(values.items())))

    def sorted(self) -> tuple[Problem, ...]:
        """Return the problems in the order of the text."""
        return tuple(sorted(self.problems, key=lambda problem: problem.place))

    def is_kind(self, node: Node, path: str, *kinds: Kind) -> bool:
        """Tell whether a value is of one of these kinds, and note it where it is not."""
        if node.kind in kinds:
            return True
        expected = " or ".join(_NAMES[kind] for kind in kinds)
        self.add(Rule.WRONG_TYPE, node.offset, path, "This is %(found)s. Expected %(expected)s.", found=node.called, expected=expected)
        return False

    def missing(self, node: Node, path: str, name: str) -> None:
        """Note an element that must be there."""
        self.add(Rule.MISSING_ELEMENT, node.offset, path, "The element `%(name)s` is missing.", name=name)

    def conflict(self, node: Node, path: str, one: str, other: str) -> None:
        """Note two elements that exclude each other."""
        self.add(Rule.CONFLICTING_ELEMENTS, node.offset, path, "A statement has either `%(one)s` or `%(other)s`, not both.", one=one, other=other)

    def not_here(self, node: Node, path: str, name: str, where: str) -> None:
        """Note an element that this type of policy does not have."""
        self.add(Rule.NOT_ALLOWED_HERE, node.offset, path, "`%(name)s` is not allowed in %(where)s.", name=name, where=where)

    def invalid(self, node: Node, path: str, found: str, expected: str) -> None:
        """Note a value that is none of those expected."""
        self.add(Rule.INVALID_VALUE, node.offset, path, "`%(found)s` is not valid here. Expected %(expected)s.", found=found[:200], expected=expected)

    def string(self, node: Node | None, path: str) -> str:
        """Return the text of an optional string; empty where it is not there or is none, which is noted."""
        return node.text if node is not None and self.is_kind(node, path, "string") else ""

    def strings(self, node: Node | None, path: str) -> list[tuple[Node, str]]:
        """Return the strings of an element that is one string or a list of them, each with its path."""
        if node is None or not self.is_kind(node, path, "string", "array"):
            return []
        if node.kind == "string":
            return [(node, path)]
        if not node.items:
            self.add(Rule.EMPTY, node.offset, path, "This list is empty. Expected one value at least.")
        numbered = ((item, f"{path}[{number}]") for number, item in enumerate(node.items))
        return [(item, where) for item, where in numbered if self.is_kind(item, where, "string")]
