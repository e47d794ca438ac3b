"""What a rehearsal changes, item by item, in words."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from django.utils.translation import gettext as _

from policies.language import PolicyType
from portal.rehearsal.checking import name_of
from portal.rehearsal.draft import DocumentDraft, Draft
from portal.rehearsal.setting import Setting
from portal.rehearsal.statement import FIELDS


@dataclass(frozen=True, slots=True)
class ChangeItem:
    """One thing that is changed; `source` is the document, where it is one."""

    words: str
    source: str = ""


def changes_of(draft: Draft, setting: Setting) -> tuple[ChangeItem, ...]:
    """Return what a draft changes, in the order of the form."""
    return tuple(_items(draft, setting))


def _items(draft: Draft, setting: Setting) -> Iterator[ChangeItem]:
    if draft.authorization == "on":
        yield ChangeItem(_("Console authorization is on for the account.") if setting.authorized else _("Console authorization is switched on."))
    elif draft.authorization == "off":
        yield ChangeItem(_("Console authorization is switched off."))
    if draft.has_statement:
        options = " ".join(f"{option} {value}" for name, option, _label in FIELDS if (value := asdict(draft.statement)[name]))
        yield ChangeItem(_("A permission statement is added: %(options)s") % {"options": options})
    for sid in draft.removed:
        yield ChangeItem(_("The permission statement %(sid)s is removed.") % {"sid": sid})
    for number, document in draft.written:
        yield ChangeItem(_document(name_of(number, document), document), document.text)
    for key in draft.detached:
        _kind, _colon, rest = key.partition(":")
        target, _colon, name = rest.partition(":")
        yield ChangeItem(_("The policy %(name)s is detached from %(target)s.") % {"name": name, "target": target})


def _document(name: str, document: DocumentDraft) -> str:
    values = {"name": name, "target": document.target}
    if document.kind == PolicyType.RESOURCE:
        return _("The account's sign-in policy is this document.")
    if document.kind == PolicyType.RCP:
        return _("The resource control policy %(name)s is attached to %(target)s.") % values
    if document.kind == PolicyType.SCP:
        return _("The service control policy %(name)s is attached to %(target)s.") % values
    return _("The identity policy %(name)s is given to %(target)s.") % values
