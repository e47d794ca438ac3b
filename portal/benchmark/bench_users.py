"""Temporary IAM users of the running demo, with and without an authenticator app: a code counts once, so each signs in once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.contrib.auth.hashers import make_password

from accounts.models import Principal
from mfa.models import Authenticator, AuthenticatorApp
from mfa.totp.codes import new_secret
from portal.core import clock
from portal.core.tokens import seal
from portal.world.people import Person

MARK = "bench-"
"""What their names begin with, so that those of a run that was cut short are taken away by the next."""
_PASSWORD = "Bench-Password-1"  # noqa: S105  # of users who are gone when the run ends


class BenchUsers(NamedTuple):
    """As many users without an authenticator app as with one."""

    plain: tuple[Person, ...]
    with_app: tuple[Person, ...]


@contextmanager
def bench_users(account: str, count: int) -> Iterator[BenchUsers]:
    """Make that many users of each sort in the account, and take them away again; all of them share one password's hash."""
    _clear()
    encoded = make_password(_PASSWORD)
    try:
        plain = tuple(_made(account, f"{MARK}plain-{number}", encoded, "") for number in range(count))
        yield BenchUsers(plain, tuple(_made(account, f"{MARK}app-{number}", encoded, new_secret()) for number in range(count)))
    finally:
        _clear()


def principal_of(person: Person) -> Principal:
    """Return the stored principal of one of these users."""
    return Principal.objects.select_related("account").get(kind=Principal.Kind.IAM_USER, account_id=person.account, name=person.username)


def _made(account: str, name: str, encoded: str, secret: str) -> Person:
    row = Principal(kind=Principal.Kind.IAM_USER, account_id=account, name=name, password=encoded, password_changed_at=clock.now())
    row.save(force_insert=True)
    if secret:
        AuthenticatorApp(
            user=row,
            name=f"{name}-phone",
            confirmed=True,
            type=Authenticator.Type.TOTP,
            serial=f"arn:aws:iam::{account}:mfa/{name}-phone",
            sealed_secret=seal(secret),
        ).save()
    return Person("iam_user", account, "", name, "", "", _PASSWORD, secret, None, "")


def _clear() -> None:
    Principal.objects.filter(kind=Principal.Kind.IAM_USER, name_key__startswith=MARK).delete()
