"""AWS managed policies as read-only documents, found by ARN.

`documents/NAME.json` holds ARN, a description, where the document is from (`origin`) and the document itself. `published` ones are as
AWS publishes them; `abridged` ones leave services out that this portal does not have; `reconstructed` ones were never published as JSON
and are made from their description.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from policies.language import Document, PolicyType, read

FOLDER = Path(__file__).parent / "documents"


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A managed policy: its ARN, name, what it is for, where the document is from, and the document with its text."""

    arn: str
    name: str
    description: str
    origin: str
    document: Document


@lru_cache(maxsize=1)
def _all() -> dict[str, ManagedPolicy]:
    found: dict[str, ManagedPolicy] = {}
    for path in sorted(FOLDER.glob("*.json")):
        raw = json.loads(path.read_text(encoding="utf-8"))
        document = read(json.dumps(raw["document"], indent=2), PolicyType.IDENTITY)
        found[raw["arn"]] = ManagedPolicy(raw["arn"], raw["arn"].rpartition("/")[2], raw["description"], raw["origin"], document)
    return found


def managed_policies() -> tuple[ManagedPolicy, ...]:
    """Return every managed policy, by name."""
    return tuple(_all().values())


def managed_policy(arn: str) -> ManagedPolicy | None:
    """Return the managed policy with this ARN."""
    return _all().get(arn)


def document(arn: str) -> Document | None:
    """Return the document of the managed policy with this ARN."""
    found = managed_policy(arn)
    return found.document if found else None
