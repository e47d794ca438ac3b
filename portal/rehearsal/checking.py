"""Say everything that is wrong with a draft, each thing beside its field, or turn it into a change, principals and networks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from policies.language import PolicyType
from policies.organization.rules import ALWAYS_ATTACHED
from policies.simulator.scenario import Change, DocumentChange, IdentityChange, Place, Who
from portal.rehearsal.draft import MOST_DOCUMENTS, MOST_NETWORKS, MOST_PRINCIPALS, TOGETHER_LIMIT, DocumentDraft, Draft
from portal.rehearsal.marking import Fault, Faulty, faulty
from portal.rehearsal.setting import Setting
from portal.rehearsal.statement import statement_problems
from portal.rehearsal.typed import identity_reader, lines_of, place_of

LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class Problems:
    """What is wrong with a draft: with a document by its place in the form, with a field of the statement by its name, with the rest in sentences."""

    documents: Mapping[int, Faulty] = field(default_factory=dict)
    statement: Mapping[str, str] = field(default_factory=dict)
    principals: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.documents or self.statement or self.principals or self.networks or self.rest)

    @property
    def count(self) -> int:
        """How many there are."""
        in_documents = sum(len(found.faults) + found.more for found in self.documents.values())
        return in_documents + len(self.statement) + len(self.principals) + len(self.networks) + len(self.rest)


@dataclass(frozen=True, slots=True)
class Cast:
    """What a draft that can be rehearsed is about."""

    change: Change
    whos: tuple[Who, ...]
    places: tuple[Place, ...]


def checked(draft: Draft, setting: Setting) -> Cast | Problems:
    """Return what a draft is about, or all that is wrong with it."""
    whos, who_faults = _whos(draft, setting)
    places, place_faults = _places(draft, setting)
    rest = list(_rest(draft))
    if len(whos) * len(places) > draft.most_pairs:
        words = _("%(whos)d principals from %(places)d networks are too many at once. Expected %(most)d pairs at most.")
        rest.append(words % {"whos": len(whos), "places": len(places), "most": draft.most_pairs})
    problems = Problems(
        documents=dict(_documents(draft, setting)),
        statement=statement_problems(draft.statement) if draft.has_statement else {},
        principals=who_faults,
        networks=place_faults,
        rest=tuple(rest),
    )
    return problems or Cast(change_of(draft), whos, places)


def _whos(draft: Draft, setting: Setting) -> tuple[tuple[Who, ...], tuple[str, ...]]:
    read = identity_reader(setting.account_id)
    typed, faults = lines_of(draft.more_principals, read)
    ticked, _gone = lines_of("\n".join(draft.principals), read)
    whos = tuple(dict.fromkeys((*ticked, *typed)))
    sentences = [_("Line %(line)d: %(sentence)s") % {"line": fault.line, "sentence": fault.sentence} for fault in faults]
    if not whos and not faults:
        sentences.append(_("Choose or type one principal at least."))
    if len(whos) > MOST_PRINCIPALS:
        sentences.append(_("%(count)d principals are too many. Expected %(most)d at most.") % {"count": len(whos), "most": MOST_PRINCIPALS})
    return whos, tuple(sentences)


def _places(draft: Draft, setting: Setting) -> tuple[tuple[Place, ...], tuple[str, ...]]:
    typed, faults = lines_of(draft.more_networks, place_of)
    named = {place.name: place for place in setting.places}
    places = tuple(dict.fromkeys((*(named[name] for name in draft.networks if name in named), *typed)))
    sentences = [_("Line %(line)d: %(sentence)s") % {"line": fault.line, "sentence": fault.sentence} for fault in faults]
    if not places and not faults:
        sentences.append(_("Choose or type one network at least."))
    if len(places) > MOST_NETWORKS:
        sentences.append(_("%(count)d networks are too many. Expected %(most)d at most.") % {"count": len(places), "most": MOST_NETWORKS})
    return places, tuple(sentences)


def _documents(draft: Draft, setting: Setting) -> Iterator[tuple[int, Faulty]]:
    for number, document in draft.written:
        about = [Fault(sentence) for sentence in _misplaced(document, setting)]
        found = faulty(document)
        if found is not None:
            yield number, Faulty((*about, *found.faults), found.lines, found.more)
        elif about:
            yield number, Faulty(tuple(about))


def _misplaced(document: DocumentDraft, setting: Setting) -> Iterator[str]:
    """Yield what is wrong with a document's name and target."""
    if (name := _of_aws(document.kind, document.name)) is not None:
        yield _not_changed(name)
    if len(document.name) > LONGEST_NAME:
        yield _("The name has more than %(most)d characters.") % {"most": LONGEST_NAME}
    if document.kind in {PolicyType.RCP, PolicyType.SCP}:
        if not setting.levels:
            yield _(
                "Policies of an organization have no effect here: the account is in none, or manages it. Choose a member account or another type."
            )
        elif document.target not in {level.value for level in setting.levels}:
            yield _("Choose where it is attached: the organization's root, one of the units above the account, or the account.")
    elif document.kind == PolicyType.IDENTITY and document.target not in {identity.value for identity in setting.identities}:
        yield _("Choose the user or role that has the policy.")


def _of_aws(kind: str, name: str) -> str | None:
    """Return the name where it is that of a policy of AWS's own of this kind, which is attached everywhere."""
    always = ALWAYS_ATTACHED.get(PolicyType(kind))
    return name if always is not None and name == always.name else None


def _not_changed(name: str) -> str:
    words = _("`%(name)s` is AWS's own: it is attached everywhere, and can be neither detached nor replaced. Give your policy another name.")
    return words % {"name": name}


def _rest(draft: Draft) -> Iterator[str]:
    for kind, name in ((PolicyType(kind), name) for kind, _target, name in map(_detachment, draft.detached) if kind in ALWAYS_ATTACHED):
        if _of_aws(kind, name) is not None:
            yield _not_changed(name)
    written = [document for _number, document in draft.written]
    if len(written) > MOST_DOCUMENTS:
        yield ngettext("%(count)d document is too many.", "%(count)d documents are too many.", len(written)) % {"count": len(written)}
    length = sum(len(document.text) for document in written)
    if length > TOGETHER_LIMIT:
        yield _("The documents have %(length)d characters together. Expected %(most)d at most.") % {"length": length, "most": TOGETHER_LIMIT}
    resource = [document for document in written if document.kind == PolicyType.RESOURCE]
    if len(resource) > 1:
        yield _("An account has one sign-in policy, which holds all statements. Put them into one document.")
    elif resource and (draft.has_statement or draft.removed):
        yield _("Either replace the account's sign-in policy by a document, or add and remove permission statements: not both.")


def change_of(draft: Draft) -> Change:
    """Return the change that a draft without problems stands for."""
    by_kind: dict[str, list[tuple[int, DocumentDraft]]] = {kind.value: [] for kind in PolicyType}
    for number, document in draft.written:
        by_kind[document.kind].append((number, document))
    resource = [document.text for _number, document in by_kind[PolicyType.RESOURCE]]
    return Change(
        resource=resource[0] if resource else None,
        put=(draft.statement,) if draft.has_statement else (),
        removed=draft.removed,
        rcps=(*_attached(by_kind[PolicyType.RCP]), *_detached(draft, PolicyType.RCP)),
        scps=(*_attached(by_kind[PolicyType.SCP]), *_detached(draft, PolicyType.SCP)),
        identity=tuple(IdentityChange(name_of(number, each), each.target, each.text) for number, each in by_kind[PolicyType.IDENTITY]),
        authorization={"on": True, "off": False}.get(draft.authorization),
    )


def name_of(number: int, document: DocumentDraft) -> str:
    """Return the name that a document goes by in decisions: its own, or one after its place in the form."""
    return document.name or f"document-{number + 1}"


def _attached(documents: list[tuple[int, DocumentDraft]]) -> Iterator[DocumentChange]:
    for number, document in documents:
        yield DocumentChange(name_of(number, document), document.target, document.text)


def _detachment(key: str) -> tuple[str, str, str]:
    """Return kind, target and name of an attachment's key."""
    kind, _colon, rest = key.partition(":")
    target, _colon, name = rest.partition(":")
    return kind, target, name


def _detached(draft: Draft, kind: PolicyType) -> Iterator[DocumentChange]:
    for found, target, name in map(_detachment, draft.detached):
        if found == kind and target and name:
            yield DocumentChange(name, target, None)
