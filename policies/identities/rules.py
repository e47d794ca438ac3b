"""What policies of identities may be (IAM user guide, "IAM and AWS STS quotas"), and how they are named."""

import re

from accounts.iam.errors import InvalidInputException, MalformedPolicyDocumentException
from policies.language import PolicyInvalid, PolicyType, read

MOST_POLICIES = 1500
"""Customer managed policies of one account."""
MOST_VERSIONS = 5
"""Versions of one managed policy, the default one among them."""
MOST_ATTACHED = 10
"""Managed policies attached to one user, group or role."""
MANAGED_CHARACTERS = 6144
"""Characters of a managed policy."""

_SPACE = re.compile(r"\s+")
_ARN = re.compile(r"arn:aws:iam::(?P<account>[0-9]{12}|aws):policy(?P<path>/(?:[A-Za-z0-9.,+@=_/-]+/)?)(?P<name>[\w+=,.@-]{1,128})", re.ASCII)


def size(text: str) -> int:
    """Return how many characters of a document count: white space does not."""
    return len(_SPACE.sub("", text))


def check_document(text: str) -> None:
    """Raise MalformedPolicyDocumentException, with every problem, for what is no identity-based policy."""
    try:
        read(text, PolicyType.IDENTITY)
    except PolicyInvalid as invalid:
        raise MalformedPolicyDocumentException("; ".join(map(str, invalid.problems))) from invalid


def parts_of(arn: str) -> tuple[str, str, str]:
    """Return the account (`aws` for AWS's own), the path and the name of a managed policy's ARN; raises InvalidInputException."""
    named = _ARN.fullmatch(arn)
    if named is None:
        raise InvalidInputException(f"ARN {arn} is not valid.")
    return named["account"], named["path"], named["name"]


def version_id(number: int) -> str:
    """Return the ID of a version."""
    return f"v{number}"


def version_number(identifier: str) -> int:
    """Return the number of a version's ID, which may have a suffix; 0 for what no version can have."""
    digits = identifier.removeprefix("v").partition(".")[0]
    return int(digits) if digits.isdecimal() and len(digits) < 9 else 0
