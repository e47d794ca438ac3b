"""Read a policy document and list everything that is wrong with it (IAM user guide, "Grammar of the IAM JSON policy language")."""

import difflib
import re
from collections.abc import Callable, Iterable

from policies.language import conditions, principals
from policies.language.document import Condition, Document, Effect, PolicyType, Principals, Statement
from policies.language.json_text import Node, parse
from policies.language.problems import PolicyInvalid, Rule
from policies.language.report import Report
from policies.language.variables import pieces

VERSIONS = ("2012-10-17", "2008-10-17")
_TOP = ("Version", "Id", "Statement")
_ELEMENTS = (
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
    *("Resource", "NotResource", "Condition"),
)
_ACTION = re.compile(r"(?P<service>[A-Za-z0-9-]+):(?P<name>[A-Za-z0-9*?_.:-]+)")
_SID = re.compile(r"[A-Za-z0-9]*")
_WITH_PRINCIPAL = frozenset({PolicyType.RESOURCE, PolicyType.RCP, PolicyType.TRUST})
_UNIQUE_SIDS = frozenset({PolicyType.IDENTITY, PolicyType.SCP, PolicyType.RCP})


def read(text: str, policy_type: PolicyType) -> Document:
    """Read a document of that type; raises PolicyInvalid with every problem that it has."""
    root = parse(text)
    report = Report(text)
    document = _document(root, policy_type, report, text)
    if report.problems or document is None:
        raise PolicyInvalid(report.sorted())
    return document


def elements(node: Node, path: str, known: Iterable[str], report: Report) -> dict[str, Node]:
    """Return the members of an object by key, and report keys that are there twice or that are none of `known`."""
    known = tuple(known)
    found: dict[str, Node] = {}
    for key, offset, value in node.members:
        if key in found:
            report.add(Rule.DUPLICATE_KEY, offset, f"{path}.{key}", "There is more than one `%(key)s` here. Keep one.", key=key)
        elif key not in known:
            expected = _expected(key, known)
            report.add(
                Rule.UNKNOWN_ELEMENT, offset, f"{path}.{key}", "There is no element `%(key)s`. Expected %(expected)s.", key=key, expected=expected
            )
        else:
            found[key] = value
    return found


def _expected(key: str, known: tuple[str, ...]) -> str:
    near = [name for name in known if name.lower() == key.lower()] or difflib.get_close_matches(key, known, n=1)
    return f"`{near[0]}`" if near else ", ".join(f"`{name}`" for name in known)


def _document(root: Node, policy_type: PolicyType, report: Report, text: str) -> Document | None:
    if not report.is_kind(root, "$", "object"):
        return None
    found = elements(root, "$", _TOP, report)
    version = _version(found.get("Version"), policy_type, root, report)
    identifier = report.string(found.get("Id"), "$.Id")
    if "Statement" not in found:
        report.missing(root, "$", "Statement")
        return None
    node = found["Statement"]
    if node.kind == "object":
        nodes: tuple[tuple[Node, str], ...] = ((node, "$.Statement"),)
    elif report.is_kind(node, "$.Statement", "array", "object"):
        nodes = tuple((item, f"$.Statement[{number}]") for number, item in enumerate(node.items))
        if not nodes:
            report.add(Rule.EMPTY, node.offset, "$.Statement", "The list of statements is empty. Expected one statement at least.")
    else:
        return None
    statements = [_statement(item, path, policy_type, version, report) for item, path in nodes]
    if policy_type in _UNIQUE_SIDS:
        _sids(nodes, report)
    return Document(policy_type, tuple(statement for statement in statements if statement), version, identifier, text)


def _version(node: Node | None, policy_type: PolicyType, root: Node, report: Report) -> str:
    needs_new = policy_type in {PolicyType.RCP, PolicyType.SCP}
    if node is None:
        if needs_new:
            report.missing(root, "$", "Version")
        return ""
    version = report.string(node, "$.Version")
    allowed = VERSIONS[:1] if needs_new else VERSIONS
    if version and version not in allowed:
        report.invalid(node, "$.Version", version, " or ".join(f"`{name}`" for name in allowed))
    return version


def _sids(nodes: Iterable[tuple[Node, str]], report: Report) -> None:
    seen: set[str] = set()
    for node, path in nodes:
        for key, _offset, value in node.members:
            if key == "Sid" and value.kind == "string" and value.text:
                if value.text in seen:
                    report.add(
                        Rule.DUPLICATE_SID,
                        value.offset,
                        f"{path}.Sid",
                        "Another statement has the Sid `%(sid)s`. Each must be unique.",
                        sid=value.text,
                    )
                seen.add(value.text)


def _statement(node: Node, path: str, policy_type: PolicyType, version: str, report: Report) -> Statement | None:
    if not report.is_kind(node, path, "object"):
        return None
    found = elements(node, path, _ELEMENTS, report)
    effect = _effect(found.get("Effect"), node, path, policy_type, report)
    sid = report.string(found.get("Sid"), f"{path}.Sid")
    if sid and policy_type in _UNIQUE_SIDS and not _SID.fullmatch(sid):
        report.invalid(found["Sid"], f"{path}.Sid", sid, "letters and digits only")
    allowed, denied = _principals(found, node, path, policy_type, report)
    actions, not_actions = _pair(found, node, path, "Action", "NotAction", _action, report)
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    if policy_type is PolicyType.TRUST:
        for name in ("Resource", "NotResource"):
            if name in found:
                report.not_here(found[name], f"{path}.{name}", name, "a trust policy, which is about its own role")
    else:
        resources, not_resources = _pair(found, node, path, "Resource", "NotResource", _resource(policy_type, version), report)
    tests = _conditions(found.get("Condition"), f"{path}.Condition", version, report)
    if policy_type is PolicyType.RCP:
        _rcp(found, actions, path, report)
    if effect is None:
        return None
    return Statement(effect, sid, allowed, denied, actions, not_actions, resources, not_resources, tests)


def _effect(node: Node | None, statement: Node, path: str, policy_type: PolicyType, report: Report) -> Effect | None:
    if node is None:
        report.missing(statement, path, "Effect")
        return None
    text = report.string(node, f"{path}.Effect")
    if not text and node.kind != "string":
        return None
    if text not in {"Allow", "Deny"}:
        report.invalid(node, f"{path}.Effect", text, "`Allow` or `Deny`, spelled like this")
        return None
    if policy_type is PolicyType.RCP and text == "Allow":
        report.invalid(node, f"{path}.Effect", text, "`Deny`: a resource control policy of your own only denies")
    return Effect(text)


def _principals(
    found: dict[str, Node], node: Node, path: str, policy_type: PolicyType, report: Report
) -> tuple[Principals | None, Principals | None]:
    both = [name for name in ("Principal", "NotPrincipal") if name in found]
    if policy_type not in _WITH_PRINCIPAL:
        for name in both:
            report.not_here(found[name], f"{path}.{name}", name, "this type of policy, which applies to whom it is attached to")
        return None, None
    if not both:
        report.missing(node, path, "Principal")
    if len(both) == 2:
        report.conflict(found["NotPrincipal"], f"{path}.NotPrincipal", "Principal", "NotPrincipal")
    read_one = {name: principals.read(found[name], f"{path}.{name}", report) for name in both}
    return read_one.get("Principal"), read_one.get("NotPrincipal")


def _pair(
    found: dict[str, Node],
    node: Node,
    path: str,
    name: str,
    negation: str,
    check: Callable[[Node, str, Report], None],
    report: Report,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if name in found and negation in found:
        report.conflict(found[negation], f"{path}.{negation}", name, negation)
    if name not in found and negation not in found:
        report.missing(node, path, name)
    lists = []
    for key in (name, negation):
        items = report.strings(found.get(key), f"{path}.{key}")
        for item, where in items:
            check(item, where, report)
        lists.append(tuple(item.text for item, _where in items))
    return lists[0], lists[1]


def _action(node: Node, path: str, report: Report) -> None:
    if node.text != "*" and not _ACTION.fullmatch(node.text):
        report.invalid(node, path, node.text, "`*` or `service:Action`, with wildcards after the colon only")


def _resource(policy_type: PolicyType, version: str) -> Callable[[Node, str, Report], None]:
    def check(node: Node, path: str, report: Report) -> None:
        text = node.text
        if text == "*":
            return
        if not text.startswith("arn:"):
            report.invalid(node, path, text, "`*` or an ARN")
            return
        short = text.count(":") < 5
        if short and (policy_type not in {PolicyType.IDENTITY, PolicyType.SCP} or "*" not in text):
            report.invalid(node, path, text, "an ARN of six parts: `arn:partition:service:region:account:resource`")
        if version == VERSIONS[0] and pieces(text, variables=True, wildcards=True) is None:
            report.invalid(node, path, text, "variables such as `${aws:username}`")

    return check


def _conditions(node: Node | None, path: str, version: str, report: Report) -> tuple[Condition, ...]:
    if node is None or not report.is_kind(node, path, "object"):
        return ()
    return tuple(conditions.read(node, path, has_variables=version == VERSIONS[0], report=report))


def _rcp(found: dict[str, Node], actions: tuple[str, ...], path: str, report: Report) -> None:
    """Apply what a resource control policy may not do (Organizations user guide, "RCP syntax")."""
    principal = found.get("Principal")
    if principal is not None and not (principal.kind == "string" and principal.text == "*"):
        report.invalid(principal, f"{path}.Principal", principal.text or principal.called, '`"*"`: name principals in a condition')
    for name in ("NotPrincipal", "NotAction"):
        if name in found:
            report.not_here(found[name], f"{path}.{name}", name, "a resource control policy")
    if "*" in actions:
        report.invalid(found["Action"], f"{path}.Action", "*", "a service's prefix, such as `signin:*`")
