"""The steps of a recovery, as a root user without device takes them."""

from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse

from accounts.models import Account
from mfa.models import FactorRecovery
from mfa.recovery.telephone import heard_at
from portal.world.people import Person
from tests.journeys.visitor import Visitor

RECOVERY = "/signin/mfa/recovery/"


def reaches_challenge(visitor: Visitor, person: Person) -> Any:
    """Sign in as a root user as far as the page that asks for the second factor."""
    page = visitor.reaches_code(person)
    return visitor.goes(visitor.sends(page, code=visitor.newest_mail(person.email)["codes"][0]), "/signin/mfa/")


def asks_for_mail(visitor: Visitor, person: Person) -> str:
    """Begin a recovery in a sign-in that stands at the second factor; return the path of the mailed link."""
    visitor.goes(visitor.sends(visitor.opens(RECOVERY)), RECOVERY)
    return link_of(visitor, person)


def link_of(visitor: Visitor, person: Person) -> str:
    """Return the path of the newest link that was mailed."""
    link: str = urlsplit(visitor.newest_mail(person.email)["links"][0]).path
    assert link.startswith(f"{RECOVERY}link/"), link
    return link


def verifies_mail(visitor: Visitor, person: Person, *, reader: Visitor) -> None:
    """Begin a recovery, and verify the mailbox in the browser of `reader`."""
    link = asks_for_mail(visitor, person)
    answer = reader.sends(reader.opens(link))
    assert answer.status_code == 303, answer.status_code


def is_called(visitor: Visitor, person: Person) -> str:
    """Let oneself be called, and return the digits that are heard."""
    visitor.goes(visitor.sends(visitor.opens(RECOVERY)), RECOVERY)
    return digits_heard(person)


def digits_heard(person: Person) -> str:
    """Return the digits of the newest call to the phone of a person's account."""
    return heard_at(Account.objects.get(pk=person.account).contact_phone)[0].digits


def reaches_finish(visitor: Visitor, person: Person) -> Any:
    """Go as far as the button that ends a recovery."""
    reaches_challenge(visitor, person)
    verifies_mail(visitor, person, reader=visitor)
    digits = is_called(visitor, person)
    return visitor.goes(visitor.sends(visitor.opens(RECOVERY), code=digits), RECOVERY)


def other_than(digits: str) -> str:
    """Return six digits that are not `digits`."""
    return f"{(int(digits) + 1) % 10**6:06}"


def posts_step(visitor: Visitor, name: str, **fields: str) -> Any:
    """Post a step of a recovery to its address, whatever page is open."""
    return visitor.posts_with_token(reverse(f"mfa:{name}"), **fields)


def only_row() -> FactorRecovery:
    """Return the one recovery that there is."""
    return FactorRecovery.objects.get()
