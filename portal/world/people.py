"""Who can sign in to the loaded world, with what: fixed test material, read from the world file."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import get_language

from portal.world.definition import Account, Passkey, World
from portal.world.flows import loaded_world


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of the demo world. `kind` is root, iam_user or operator; what a kind does not have is empty.

    `account` has 12 digits. `password`, `totp_secret` and `passkey` are test material of the world file, never those of a real person.
    `note` says in the reader's language what happens when this person signs in.
    """

    kind: str
    account: str
    alias: str
    username: str
    email: str
    directory: str
    password: str
    totp_secret: str
    passkey: Passkey | None
    note: str


def people() -> tuple[Person, ...]:
    """Return the loaded world's people: account by account the root user and the IAM users, then the operators."""
    return tuple(_people(loaded_world(), get_language() or "en"))


def _people(world: World, language: str) -> Iterator[Person]:
    for account in world.accounts:
        yield from _people_of(account, language)
    for operator in world.operators:
        note = operator.note.in_language(language)
        yield Person("operator", "", "", operator.name, operator.email, "", operator.password, operator.totp_secret, None, note)


def _people_of(account: Account, language: str) -> Iterator[Person]:
    root = account.root
    note = root.note.in_language(language)
    yield Person("root", account.id, account.alias, "", root.email, "", root.password, root.totp_secret, None, note)
    for user in account.users:
        note = user.note.in_language(language)
        yield Person("iam_user", account.id, account.alias, user.name, "", "", user.password, user.totp_secret, user.passkey, note)
