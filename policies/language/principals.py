"""Read a Principal or NotPrincipal element (IAM user guide, "AWS JSON policy elements: Principal")."""

import re

from policies.language.document import Principals
from policies.language.json_text import Node
from policies.language.problems import Rule
from policies.language.report import Report

_AWS = re.compile(
    r"\*|[0-9]{12}|arn:aws[a-z-]*:iam::[0-9]{12}:(?:root|user/[\w+=,.@/-]{1,576}|role/[\w+=,.@/-]{1,576})"
    r"|arn:aws[a-z-]*:sts::[0-9]{12}:(?:assumed-role/[\w+=,.@-]{1,64}/[\w+=,.@-]{2,64}|federated-user/[\w+=,.@-]{2,64})"
    r"|(?:AIDA|AROA|SIDA|SROA)[A-Z0-9]{12,124}"
)
_SERVICE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?")
_FEDERATED = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(?:saml|oidc)-provider/[\w+=,.@/:-]{1,512}|[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
_CANONICAL = re.compile(r"[0-9a-f]{64}")
_TYPES = {
    "AWS": (_AWS, "`*`, an account ID, or the ARN of an account, user, role, role session or federated user, without wildcards"),
    "Service": (_SERVICE, "a service such as `ec2.amazonaws.com`"),
    "Federated": (_FEDERATED, "the ARN of an identity provider, or a domain such as `accounts.google.com`"),
    "CanonicalUser": (_CANONICAL, "64 hexadecimal digits"),
}


def read(node: Node, path: str, report: Report) -> Principals:
    """Read the element; what is wrong is noted in `report`."""
    if node.kind == "string":
        if node.text != "*":
            report.invalid(node, path, node.text, '`"*"`, or an object such as `{"AWS": "111122223333"}`')
        return Principals(everyone=True)
    if not report.is_kind(node, path, "object", "string"):
        return Principals()
    named: dict[str, tuple[str, ...]] = {}
    if not node.members:
        report.add(Rule.EMPTY, node.offset, path, "This object is empty. Expected one principal at least.")
    for key, offset, value in node.members:
        where = f"{path}.{key}"
        if key in named:
            report.add(Rule.DUPLICATE_KEY, offset, where, "There is more than one `%(key)s` here. Keep one.", key=key)
        elif key not in _TYPES:
            expected = ", ".join(f"`{name}`" for name in _TYPES)
            report.add(
                Rule.UNKNOWN_ELEMENT, offset, where, "There is no type of principal `%(key)s`. Expected %(expected)s.", key=key, expected=expected
            )
        else:
            pattern, expected = _TYPES[key]
            items = report.strings(value, where)
            for item, place in items:
                if not pattern.fullmatch(item.text):
                    report.invalid(item, place, item.text, expected)
            named[key] = tuple(item.text for item, _place in items)
    return Principals(
        aws=named.get("AWS", ()),
        service=named.get("Service", ()),
        federated=named.get("Federated", ()),
        canonical=named.get("CanonicalUser", ()),
    )
