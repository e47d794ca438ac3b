"""The commands that do what a rehearsal does, ready to be copied into a shell. Pure."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from policies.language import PolicyType
from policies.simulator.scenario import Change
from policies.statements.consolidated import Numbered, text_of
from portal.rehearsal.checking import Cast
from portal.rehearsal.setting import Setting

FILE = "policy.json"


@dataclass(frozen=True, slots=True)
class Shell:
    """Lines for a shell. `rehearses` tells that they rehearse anew; else they fetch the result, because the command takes one document at a time."""

    lines: str
    rehearses: bool


@dataclass(frozen=True, slots=True)
class _Document:
    kind: PolicyType
    text: str
    target: str = ""
    name: str = ""


def shell_of(cast: Cast, setting: Setting, *, export: str) -> Shell:
    """Return the commands for a rehearsal; `export` is the absolute address of its result."""
    document = _only_document(cast.change, setting)
    people = {who.arn for who in setting.people}
    if document is None or cast.change.authorization is False or any(who.arn not in people or "," in who.label for who in cast.whos):
        return Shell(f"curl --silent {shlex.quote(export)}", rehearses=False)
    options = ["--type", document.kind.value, "--account", setting.account_id]
    options += [word for option, value in (("--target", document.target), ("--name", document.name)) if value for word in (option, value)]
    if set(cast.whos) != set(setting.people):
        options += ["--principals", ",".join(who.label for who in cast.whos)]
    if cast.places != setting.places:
        options += ["--networks", ",".join(place.name for place in cast.places)]
    if cast.change.authorization is None:
        options += ["--authorization", "as-is"]
    command = shlex.join(["python3", "manage.py", "rehearse", FILE, *options, "--json"])
    return Shell(f"{_file(document.text)}\n{command}", rehearses=True)


def _only_document(change: Change, setting: Setting) -> _Document | None:
    """Return the one document that a change comes to; None where it is none, or more than one thing."""
    found = list(_documents(change, setting))
    return found[0] if len(found) == 1 else None


def _documents(change: Change, setting: Setting) -> Iterator[_Document | None]:
    if change.resource is not None:
        yield _Document(PolicyType.RESOURCE, change.resource)
    elif change.put or change.removed:
        kept = [statement for statement in setting.statements if statement.sid not in change.removed]
        text = text_of([*kept, *(Numbered("new", parameters) for parameters in change.put)], setting.account_id)
        yield _Document(PolicyType.RESOURCE, text) if text else None
    for kind, documents in ((PolicyType.RCP, change.rcps), (PolicyType.SCP, change.scps)):
        for document in documents:
            yield _Document(kind, document.text, document.target, document.name) if document.text is not None else None
    for given in change.identity:
        yield _Document(PolicyType.IDENTITY, given.text, given.arn, given.name) if given.text is not None else None


def _file(text: str) -> str:
    """Return the lines that write the document into a file, with an end that is none of its lines."""
    end = "END"
    while end in text:
        end += "_"
    return f"cat > {FILE} <<'{end}'\n{text.rstrip(chr(10))}\n{end}"
