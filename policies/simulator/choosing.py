"""Choose, for a rehearsal from the shell, the account and the principals: those that are named, else those that the document is about."""

from dataclasses import dataclass
from pathlib import Path

from django.db import DatabaseError, connection

from accounts.models import Account, Principal, Role
from policies.simulator.flows import people_of
from policies.simulator.guessing import named_arns, pinned_accounts
from policies.simulator.scenario import Kind, Who
from portal.core import arns, ids

ANYBODY = "anybody-else"
"""User name that stands for everybody whom a document does not name, where nobody is known of an account."""


class Unclear(Exception):
    """What was asked for is not there, or may be more than one thing; its argument is a whole sentence."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The account of a rehearsal. `is_member` is whether policies of an organisation reach it; `notes` are for whoever asked."""

    account_id: str
    is_known: bool
    is_member: bool
    notes: tuple[str, ...] = ()


def setting_of(account: str, text: str, target: str, principals: str) -> Setting:
    """Return the account that is named (ID or alias), or else the one that a document is about. Raises Unclear.

    That is the one that it is pinned to by `aws:ResourceAccount`; or of its target; or of the principals that are asked for; or of all
    principals that the document names; or the only one there is.
    """
    there = has_database()
    notes: list[str] = [] if there else ["There is no database yet: only the given document counts."]
    key = ids.account_key(account)
    if not key:
        key, why = _account_in(text, target, principals, there=there)
        notes.append(f"Account {key}: {why}.")
    row = _account(key) if there else None
    if row is not None:
        return Setting(str(row.pk), is_known=True, is_member=row.is_member, notes=tuple(notes))
    if not (len(key) == 12 and key.isdecimal()):
        raise Unclear(f"There is no account `{account}`.")
    if there:
        notes.append(f"There is no account {key} here: only the given document counts.")
    return Setting(key, is_known=False, is_member=True, notes=tuple(notes))


def has_database() -> bool:
    """Tell whether there is a database with accounts in it."""
    if connection.vendor == "sqlite" and not _is_there(str(connection.settings_dict["NAME"])):
        return False
    try:
        return Account.objects.exists()
    except DatabaseError:
        return False


def _is_there(name: str) -> bool:
    """Tell whether a file of SQLite's is there; asking the database itself would make it."""
    return name.startswith("file:") or name == ":memory:" or Path(name).exists()


def _account(key: str) -> Account | None:
    found = Account.objects.select_related("organization")
    return found.filter(pk=key).first() or found.filter(alias=key).first()


def _account_in(text: str, target: str, principals: str, *, there: bool) -> tuple[str, str]:
    """Return the account that a document is about, and how that is known."""
    sources = (
        (pinned_accounts(text), "the document is pinned to it by aws:ResourceAccount"),
        (_accounts_of([target]), "the target is of it"),
        (_accounts_of(principals.split(",")), "the principals are of it"),
        (_accounts_of(named_arns(text)), "the document names principals of it"),
        (tuple(Account.objects.order_by("pk").values_list("pk", flat=True)[:2]) if there else (), "there is no other"),
    )
    for found, why in sources:
        if len(found) == 1:
            return found[0], why
    raise Unclear("Which account is this about? Name it with --account.")


def _accounts_of(names: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return the accounts of ARNs, and account IDs themselves, each once."""
    parts = (name.strip().split(":", 5)[4] if name.strip().count(":") >= 5 else name.strip() for name in names)
    return tuple(dict.fromkeys(part for part in parts if len(part) == 12 and part.isdecimal()))


def whos_of(setting: Setting, names: str, text: str) -> tuple[tuple[Who, ...], bool]:
    """Return the principals that are named, by ARN or name and separated by commas, and whether there are more than those. Raises Unclear.

    By default they are all of the account, or, where it is not there, its root user, whomever the document names of it, and somebody else.
    """
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if wanted:
        return tuple(dict.fromkeys(_who(setting, name) for name in wanted)), False
    if setting.is_known:
        people = people_of(setting.account_id)
        return tuple(people), people.more
    named = [arn for arn in named_arns(text) if arn.split(":")[4] == setting.account_id]
    everybody = (arns.root_arn(setting.account_id), *named, arns.user_arn(setting.account_id, ANYBODY))
    return tuple(dict.fromkeys(map(Who.of, everybody))), False


def _who(setting: Setting, name: str) -> Who:
    """Return whom a name means: an ARN, or what of one stands after the account, or the bare name of a user or role."""
    prefix = f"arn:aws:iam::{setting.account_id}:"
    kind, slash, rest = (name.split(":", 5)[5] if name.startswith("arn:") and name.count(":") >= 5 else name).partition("/")
    if name.startswith("arn:"):
        found = _read(name)
        if found.account != setting.account_id:
            raise Unclear(f"`{name}` is of another account than {setting.account_id}: nobody signs in to an account that is not theirs.")
    elif kind == Kind.ROOT and not slash:
        found = _read(f"{prefix}root")
    elif slash and kind in {Kind.USER, Kind.ROLE}:
        found = _read(f"{prefix}{name}")
    elif setting.is_known:
        return _one(setting, name, users=True, roles=True)
    else:
        return _read(f"{prefix}user/{name}")
    if not setting.is_known or found.kind is Kind.ROOT:
        return found
    return _one(setting, rest.rpartition("/")[2], users=found.kind is Kind.USER, roles=found.kind is Kind.ROLE)


def _read(arn: str) -> Who:
    try:
        return Who.of(arn)
    except ValueError as error:
        raise Unclear(f"`{arn}` is not the ARN of a root user, IAM user or role.") from error


def _one(setting: Setting, name: str, *, users: bool, roles: bool) -> Who:
    """Return the one user or role of that name."""
    user = Principal.objects.filter(account_id=setting.account_id, kind=Principal.Kind.IAM_USER, name_key=ids.user_name_key(name)).first()
    role = Role.objects.filter(account_id=setting.account_id, name=name).first()
    found = [row.arn for row, asked in ((user, users), (role, roles)) if row is not None and asked]
    if not found:
        raise Unclear(f"Account {setting.account_id} has no principal `{name}`.")
    if len(found) > 1:
        raise Unclear(f"`{name}` is a user and a role. Write user/{name} or role/{name}.")
    return Who.of(found[0])
