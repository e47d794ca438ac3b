"""Read a Condition element (IAM user guide, "AWS JSON policy elements: Condition")."""

import re
from collections.abc import Callable, Iterator

from policies.language import values
from policies.language.document import Condition
from policies.language.json_text import Node
from policies.language.operators import Family, Operator, spelled
from policies.language.problems import Rule
from policies.language.report import Report
from policies.language.variables import Literal, Star, pieces

_KEY = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9_./:@+=-]+(?: [A-Za-z0-9_./:@+= -]+)?|[a-z0-9.-]+\.[a-z]{2,}(?::[A-Za-z]+)?")


def _is_arn_pattern(text: str) -> bool:
    return text == "*" or values.arn_parts(text) is not None or (text.startswith(("arn:", "*")) and "*" in text)


_READABLE: dict[Family, tuple[Callable[[str], object], str]] = {
    Family.NUMERIC: (values.number, "a number"),
    Family.DATE: (values.moment, "a date such as `2026-11-23T12:00:00Z`, or seconds since 1970"),
    Family.BOOL: (values.truth, "`true` or `false`"),
    Family.BINARY: (values.octets, "base64"),
    Family.IP: (values.network, "an IP address or a block such as `203.0.113.0/24`"),
    Family.ARN: (lambda text: _is_arn_pattern(text) or None, "an ARN of six parts, with or without wildcards"),
    Family.NULL: (values.truth, "`true` or `false`"),
}


def read(node: Node, path: str, *, has_variables: bool, report: Report) -> Iterator[Condition]:
    """Yield each operator on each key; what is wrong is noted in `report`."""
    seen: set[str] = set()
    for name, offset, block in node.members:
        where = f"{path}.{name}"
        if name in seen:
            report.add(Rule.DUPLICATE_KEY, offset, where, "There is more than one `%(key)s` here. Keep one.", key=name)
            continue
        seen.add(name)
        spelling = spelled(name)
        if spelling is None:
            report.add(Rule.UNKNOWN_OPERATOR, offset, where, "There is no condition operator `%(name)s`.", name=name)
            continue
        if not report.is_kind(block, where, "object"):
            continue
        for key, texts in _keys(block, where, spelling.operator, has_variables, report):
            yield Condition(spelling.operator.name, key, texts, spelling.quantifier, spelling.if_exists)


def _keys(block: Node, path: str, operator: Operator, has_variables: bool, report: Report) -> Iterator[tuple[str, tuple[str, ...]]]:
    seen: set[str] = set()
    for key, offset, value in block.members:
        where = f"{path}.{key}"
        if key.lower() in seen:
            report.add(Rule.DUPLICATE_KEY, offset, where, "The key `%(key)s` is there twice; upper and lower case do not differ.", key=key)
            continue
        seen.add(key.lower())
        if not _KEY.fullmatch(key):
            report.add(Rule.INVALID_VALUE, offset, where, "`%(key)s` is not a condition key. Expected one such as `aws:SourceIp`.", key=key[:200])
        texts = _texts(value, where, operator, has_variables, report)
        if texts:
            yield key, texts


def _texts(node: Node, path: str, operator: Operator, has_variables: bool, report: Report) -> tuple[str, ...]:
    if node.kind == "array":
        if not node.items:
            report.add(Rule.EMPTY, node.offset, path, "This list is empty. Expected one value at least.")
        items = [(item, f"{path}[{number}]") for number, item in enumerate(node.items)]
    else:
        items = [(node, path)]
    found = []
    for item, where in items:
        if item.kind not in {"string", "number", "boolean"}:
            report.add(Rule.WRONG_TYPE, item.offset, where, "This is %(found)s. Expected a string, a number, or true or false.", found=item.called)
            continue
        _check(item, where, operator, has_variables, report)
        found.append(item.text)
    return tuple(found)


def _check(node: Node, path: str, operator: Operator, has_variables: bool, report: Report) -> None:
    text = node.text
    if has_variables and "${" in text:
        read_text = pieces(text, variables=True, wildcards=False)
        if read_text is None:
            report.invalid(node, path, text, "variables such as `${aws:username}`")
            return
        if any(not isinstance(piece, Literal | Star) for piece in read_text):
            if not operator.variables:
                report.add(Rule.NOT_ALLOWED_HERE, node.offset, path, "`%(operator)s` takes no variables.", operator=operator.name)
            return
    reader = _READABLE.get(operator.family)
    if reader is not None and reader[0](text) is None:
        report.invalid(node, path, text, reader[1])
