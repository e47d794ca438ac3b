"""What an organisation's policies may be, and how the cloud names them (Organizations user guide, "Quotas"; API reference, "Policy"). Pure."""

import hashlib
import re
from dataclasses import dataclass

from policies.language import PolicyType

NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}")
"""Name of a policy: it becomes part of an ARN in identity policies, and the same signs hold for all."""

MOST_POLICIES = {PolicyType.RCP: 1_000, PolicyType.SCP: 10_000}
"""Policies of each kind in one organisation (Organizations user guide, "Quotas")."""

API_TYPES = {PolicyType.RCP: "RESOURCE_CONTROL_POLICY", PolicyType.SCP: "SERVICE_CONTROL_POLICY"}
"""The kinds as the API and its events spell them."""

_POLICY_ID = re.compile(r"p-([0-9]{8,18})")


@dataclass(frozen=True, slots=True)
class AlwaysAttached:
    """A policy of AWS's own that is attached to the root and to every unit and account, and can be neither changed nor detached here."""

    kind: PolicyType
    name: str
    text: str

    @property
    def id(self) -> str:
        """Its policy ID."""
        return f"p-{self.name}"

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:organizations::aws:policy/{API_TYPES[self.kind].lower()}/{self.id}"


_FULL_ACCESS = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",%s
      "Action": "*",
      "Resource": "*"
    }
  ]
}"""

ALWAYS_ATTACHED = {
    PolicyType.RCP: AlwaysAttached(PolicyType.RCP, "RCPFullAWSAccess", _FULL_ACCESS % '\n      "Principal": "*",'),
    PolicyType.SCP: AlwaysAttached(PolicyType.SCP, "FullAWSAccess", _FULL_ACCESS % ""),
}


def policy_id(key: int) -> str:
    """Return the ID of the stored policy with this key, as the cloud spells IDs: `p-` and eight digits at least."""
    return f"p-{key:08d}"


def key_of(identifier: str) -> int | None:
    """Return the key of the policy with this ID; None for what is no ID."""
    found = _POLICY_ID.fullmatch(identifier)
    return int(found[1]) if found else None


def policy_arn(kind: PolicyType, identifier: str, *, organization: str, management_account: str) -> str:
    """Return the ARN of a policy of an organisation."""
    return f"arn:aws:organizations::{management_account}:policy/{organization}/{API_TYPES[kind].lower()}/{identifier}"


def normalised(text: str) -> str:
    """Return a document as it is kept and counted: browsers send line ends of two characters, which nobody typed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def version_of(name: str, text: str) -> str:
    """Return what differs as soon as a policy's name or document does, so that nobody overwrites what they have not read."""
    return hashlib.sha256(f"{name}\x00{text}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
