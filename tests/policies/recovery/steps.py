"""The steps of a recovery through support, as the operator and the people of a locked account take them."""

import re
from typing import Any
from urllib.parse import urlsplit

from policies.models import RecoveryCase
from policies.recovery.visits import COOKIE, open_visit
from portal.world.people import Person
from tests.admin.operators import let_in
from tests.console.browsing import principal_of
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, form_to, text_of
from tests.policies.enforcement.guarded import OFFICE, STANDALONE, guard
from tests.policies.recovery import cases

CASES = "/operator/recovery/"
SIGN_IN = "/recovery/sign-in"
DELETE = "/recovery/delete"
DONE = "/recovery/done"
DEAD = "This link does not work"
HOME_ADDRESS = "198.51.100.7"


def lock_out(account: str = STANDALONE) -> None:
    """Let the office alone into an account's console, nobody excepted."""
    guard(account, source_ip=OFFICE)


def at_the_desk(operator: Person, *, address: str = "203.0.113.9") -> Visitor:
    """Return a browser in which the operator is signed in."""
    desk = Visitor(address=address)
    let_in(desk.client, operator)
    return desk


def opens_case(desk: Visitor, account: str = STANDALONE, *, reason: str = "TICKET-4711") -> str:
    """Open a case, and return the path of its page."""
    answer = desk.sends(desk.opens(f"{CASES}new"), account=account, reason=reason)
    assert answer.status_code == 303, text_of(answer)
    path: str = answer.headers["Location"]
    assert re.fullmatch(rf"{CASES}\d+/\?done=opened", path), path
    return path.partition("?")[0]


def presses(desk: Visitor, path: str, step: str, *, page: Any = None, **typed: str) -> Any:
    """Send the form of one step of a case's page, as it is now or as `page` had it."""
    form = form_to((page or desk.opens(path)).content.decode(), step)
    return desk.posts(path + step, form.fields | typed)


def takes(desk: Visitor, path: str, step: str, **typed: str) -> Any:
    """Take one step of a case, which must succeed, and return the page after it."""
    answer = presses(desk, path, step, **typed)
    assert answer.status_code == 303, text_of(answer)
    return desk.opens(answer.headers["Location"])


def code_mailed(reader: Visitor, email: str) -> str:
    """Return the code of the newest mail."""
    mail = reader.newest_mail(email)
    assert mail["subject"] == "A code for your call with Support", mail["subject"]
    code: str = mail["codes"][0]
    return code


def link_mailed(reader: Visitor, email: str) -> str:
    """Return the path of the newest mailed link."""
    mail = reader.newest_mail(email)
    assert mail["subject"] == "Recover access to your console", mail["subject"]
    path: str = urlsplit(mail["links"][0]).path
    assert path.startswith("/recovery/"), path
    return path


def verified_case(account: str = STANDALONE) -> str:
    """Have a case whose address is verified, as the pages would make it, which cost nine requests; return the path of its page."""
    return f"{CASES}{cases.verified(account, cases.support()).pk}/"


def walks_to_link(desk: Visitor, account: str = STANDALONE, email: str = "standalone@example.com") -> str:
    """Open a case and take every step to the mailed link by the pages; return the link's path."""
    path = opens_case(desk, account)
    takes(desk, path, "code")
    takes(desk, path, "verify", code=code_mailed(desk, email))
    takes(desk, path, "link")
    return link_mailed(desk, email)


def case_with_link(account: str = STANDALONE) -> tuple[str, str]:
    """Have a case with its mailed link, without the pages as well; return the path of the case's page, and that of the link."""
    case, token = cases.linked(account, cases.support())
    return f"{CASES}{case.pk}/", f"/recovery/{token}"


def follows(visitor: Visitor, link: str) -> Any:
    """Open a mailed link, and return the page of its sign-in."""
    return visitor.goes(visitor.get(link), SIGN_IN)


def signs_in(visitor: Visitor, link: str, person: Person) -> Any:
    """Sign in with a mailed link, with a code where the person has an app; return the recovery page, whatever its status."""
    answer = visitor.sends(follows(visitor, link), username=person.username, password=person.password)
    if person.totp_secret:
        answer = visitor.shows_factor(answer, person)
    assert (answer.status_code, answer.headers.get("Location")) == (303, DELETE), text_of(answer)
    return visitor.get(DELETE)


def visits(visitor: Visitor, person: Person, case: RecoveryCase) -> None:
    """Have somebody's visit of a case opened in a browser, as by a sign-in with its link; `test_link.py` and `test_story.py` are about those."""
    visitor.client.cookies[COOKIE] = open_visit(case, principal_of(person), factor="", origin=cases.ORIGIN).secret


def is_dead(visitor: Visitor, link: str) -> bool:
    """Tell whether a link is answered as one that never was one."""
    answer = visitor.get(link)
    return bool(answer.status_code == 404 and DEAD in text_of(answer))


def only_case() -> RecoveryCase:
    """Return the one case that there is."""
    return RecoveryCase.objects.get()


def alice(world: World) -> Person:
    """An IAM user of the standalone account who may not delete anything."""
    return world[STANDALONE, "alice"]


def emergency(world: World) -> Person:
    """An administrator of the standalone account."""
    return world[STANDALONE, "EmergencyAdmin"]
