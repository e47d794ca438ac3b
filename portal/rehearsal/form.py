"""The form of a rehearsal as its page draws it: what was typed, what can be chosen, and what is wrong, each beside its field."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from policies.language import PolicyType
from policies.simulator.scenario import Place, Who
from policies.statements.consolidated import Block
from portal.rehearsal.checking import Problems
from portal.rehearsal.draft import KINDS, MOST_DOCUMENTS, DocumentDraft, Draft
from portal.rehearsal.marking import Faulty
from portal.rehearsal.setting import Attachment, Setting, Target
from portal.rehearsal.statement import FIELDS

KIND_WORDS: Mapping[PolicyType, str | Promise] = {
    PolicyType.RESOURCE: _("Sign-in policy of the account"),
    PolicyType.RCP: _("Resource control policy (RCP)"),
    PolicyType.SCP: _("Service control policy (SCP)"),
    PolicyType.IDENTITY: _("Identity policy of a user or role"),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """A document in the form, at its place; `found` is what is wrong with it."""

    number: int
    draft: DocumentDraft
    found: Faulty | None


@dataclass(frozen=True, slots=True)
class StatementField:
    """A parameter of the permission statement: its name in the form, that of the command line, label, value, and what is wrong with it."""

    name: str
    option: str
    label: str | Promise
    value: str
    error: str


@dataclass(frozen=True, slots=True)
class FormPage:
    """All that the form draws."""

    draft: Draft
    setting: Setting
    problems: Problems
    slots: tuple[Slot, ...]
    statement: tuple[StatementField, ...]
    statement_error: str
    people: tuple[tuple[Who, bool], ...]
    places: tuple[tuple[Place, bool], ...]
    statements: tuple[tuple[str, Block, bool], ...]
    attachments: tuple[tuple[Attachment, bool], ...]

    @property
    def kinds(self) -> tuple[tuple[str, str | Promise], ...]:
        """The types of documents."""
        return tuple((kind.value, KIND_WORDS[kind]) for kind in KINDS)

    @property
    def targets(self) -> tuple[tuple[str | Promise, tuple[Target, ...]], ...]:
        """What documents can be attached to, in groups."""
        groups: tuple[tuple[str | Promise, tuple[Target, ...]], ...] = (
            (_("Organization"), self.setting.levels),
            (_("Users and roles"), self.setting.identities),
        )
        return tuple(group for group in groups if group[1])

    @property
    def full(self) -> bool:
        """Whether there is no room for another document."""
        return len(self.slots) >= MOST_DOCUMENTS


def form_page(draft: Draft, setting: Setting, problems: Problems | None = None) -> FormPage:
    """Return what the form draws of a draft; there is always a document to write in."""
    found = problems or Problems()
    documents = draft.documents or (DocumentDraft(),)
    return FormPage(
        draft=draft,
        setting=setting,
        problems=found,
        slots=tuple(Slot(number, document, found.documents.get(number)) for number, document in enumerate(documents)),
        statement=tuple(_field(draft, found, *words) for words in FIELDS),
        statement_error=found.statement.get("", ""),
        people=tuple((who, who.arn in draft.principals) for who in setting.people),
        places=tuple((place, place.name in draft.networks) for place in setting.places),
        statements=tuple((sid, block, sid in draft.removed) for sid, block in setting.conditions),
        attachments=tuple((attachment, attachment.key in draft.detached) for attachment in setting.attachments),
    )


def _field(draft: Draft, problems: Problems, name: str, option: str, label: str | Promise) -> StatementField:
    return StatementField(name, option, label, getattr(draft.statement, name), problems.statement.get(name, ""))


def blank_draft(setting: Setting) -> Draft:
    """Return a draft that changes nothing yet, for everybody from every network of the world."""
    people, places = tuple(who.arn for who in setting.people), tuple(place.name for place in setting.places)
    return Draft(account=setting.account_id, principals=people, networks=places)
