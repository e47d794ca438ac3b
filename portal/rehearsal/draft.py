"""A rehearsal as it is typed: what the form holds, and what is stored of it. Pure.

Nothing here is checked but the shape; `portal.rehearsal.checking` says what is wrong with a draft, and the form shows it again as it was typed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from policies.language import PolicyType
from policies.simulator.bounding import most_pairs, weight_of
from policies.statements.rules import StatementParameters

MOST_DOCUMENTS = 20
DOCUMENT_LIMIT = 20_000
"""Characters of one document, white space included."""
TOGETHER_LIMIT = 200_000
"""Characters of all documents, so that one request carries them (`DATA_UPLOAD_MAX_MEMORY_SIZE`)."""
MOST_PRINCIPALS = 200
MOST_NETWORKS = 20

NO_STATEMENT = StatementParameters()
STATEMENT_FIELDS = tuple(field.name for field in fields(StatementParameters))
KINDS = (PolicyType.RESOURCE, PolicyType.RCP, PolicyType.SCP, PolicyType.IDENTITY)
_WHO, _PLACE, _REMOVE, _DETACH = "who:", "place:", "remove:", "detach:"
_TEXT = re.compile(r"document([0-9]{1,2})-text")


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """One policy document. `kind` is a value of `PolicyType`; `target` an id of the organisation, or the ARN of whoever has it."""

    kind: str = PolicyType.RESOURCE.value
    target: str = ""
    name: str = ""
    text: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing is written: it counts as not there."""
        return not self.text.strip()

    @property
    def weight(self) -> int:
        """About how many values a decision compares by it."""
        return weight_of(self.text)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be rehearsed for an account, as it was typed.

    `authorization` is `on`, `off` or empty for as it stands. `removed` are IDs of permission statements; `detached` are attachments of
    the organisation's policies by key; `principals` are the ARNs, and `networks` the names of the world's networks, that are ticked.
    """

    account: str
    authorization: str = ""
    statement: StatementParameters = NO_STATEMENT
    documents: tuple[DocumentDraft, ...] = ()
    removed: tuple[str, ...] = ()
    detached: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    more_principals: str = ""
    networks: tuple[str, ...] = ()
    more_networks: str = ""

    @property
    def written(self) -> tuple[tuple[int, DocumentDraft], ...]:
        """The documents that hold something, each with its place in the form."""
        return tuple((number, document) for number, document in enumerate(self.documents) if not document.is_blank)

    @property
    def most_pairs(self) -> int:
        """How many pairs of principal and network may be rehearsed at once: the fewer, the more there is to compare for each."""
        return most_pairs(sum(document.weight for _number, document in self.written))

    @property
    def has_statement(self) -> bool:
        """Whether a permission statement is to be added."""
        return self.statement != NO_STATEMENT

    def to_text(self) -> str:
        """Return the draft as JSON to be stored; blank documents are left out."""
        return json.dumps(asdict(self) | {"documents": [asdict(document) for _number, document in self.written]}, ensure_ascii=False)

    @classmethod
    def of_text(cls, text: str) -> "Draft":
        """Return the draft that `to_text` wrote."""
        values: dict[str, Any] = json.loads(text)
        values |= {
            "statement": StatementParameters(**values["statement"]),
            "documents": tuple(DocumentDraft(**document) for document in values["documents"]),
        }
        lists = ("removed", "detached", "principals", "networks")
        return cls(**values | {name: tuple(values[name]) for name in lists})


def draft_of_form(account: str, given: Mapping[str, str]) -> Draft:
    """Return the draft that a form holds."""
    return Draft(
        account=account,
        authorization=given.get("authorization", "") if given.get("authorization") in {"on", "off"} else "",
        statement=StatementParameters(**{name: given.get(f"statement-{name}", "").strip() for name in STATEMENT_FIELDS}),
        documents=tuple(_documents(given)),
        removed=_ticked(given, _REMOVE),
        detached=_ticked(given, _DETACH),
        principals=_ticked(given, _WHO),
        more_principals=_lines(given.get("principals-text", "")),
        networks=_ticked(given, _PLACE),
        more_networks=_lines(given.get("networks-text", "")),
    )


def _ticked(given: Mapping[str, str], prefix: str) -> tuple[str, ...]:
    """Return what is ticked: each box has a name of its own, since a form of the portal sends no name twice."""
    return tuple(name.removeprefix(prefix) for name in given if name.startswith(prefix))


def _lines(text: str) -> str:
    """Return a text with the line breaks that browsers write as CR LF."""
    return text.replace("\r\n", "\n")


def _documents(given: Mapping[str, str]) -> Iterator[DocumentDraft]:
    numbers = sorted({int(found[1]) for name in given if (found := _TEXT.fullmatch(name))})
    for number in numbers:
        kind, target, name = (given.get(f"document{number}-{part}", "").strip() for part in ("kind", "target", "name"))
        known = kind if kind in {member.value for member in KINDS} else PolicyType.RESOURCE.value
        yield DocumentDraft(known, target, name, _lines(given[f"document{number}-text"]))
