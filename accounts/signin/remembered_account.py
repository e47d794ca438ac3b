"""The account and user name that "remember this account" keeps in the browser (IAM user guide, "How IAM users sign in")."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.core import ids
from portal.core.http import YEAR, cookie_name, drop_cookie, read_cookie, write_cookie

COOKIE = "account"


@dataclass(frozen=True, slots=True)
class RememberedAccount:
    """What was remembered: account id or alias, and user name."""

    account: str
    username: str


def remembered(request: HttpRequest) -> RememberedAccount | None:
    """Return what this browser remembers, or None."""
    account, _, username = read_cookie(request, COOKIE).partition("|")
    known = ids.ACCOUNT_ID.fullmatch(account) or ids.ALIAS.fullmatch(account)
    return RememberedAccount(account, username) if known and ids.USER_NAME.fullmatch(username) else None


def remember_account(response: HttpResponseBase, *, account: str, username: str) -> None:
    """Keep account and user name for a year."""
    write_cookie(response, COOKIE, f"{account}|{username}", max_age=YEAR)


def forget_account(response: HttpResponseBase) -> None:
    """Forget both."""
    drop_cookie(response, COOKIE)


def remembers_account(request: HttpRequest) -> bool:
    """Tell whether the browser carries the cookie at all; it decides on the region of events (facts, section 1.5)."""
    return cookie_name(COOKIE) in request.COOKIES
