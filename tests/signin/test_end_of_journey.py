"""The end of a sign-in: where it leads, and how many identities a browser may hold."""

from urllib.parse import quote

import pytest

from accounts.models import SignInSession
from portal.core import clock
from portal.world.people import Person
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, alerts_of

FOUR = ("Carlos", "zhang@example.com", "alice", "EmergencyAdmin")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("/console/sessions", "/console/sessions"),
        ("/console/sessions?" + "x" * 300, "/console/sessions?" + "x" * 300),
        ("/console/sessions?" + "x" * 1900, None),
        ("/console/sessions?" + "あ" * 200, None),
    ],
    ids=["short", "long", "too long for a cookie", "too long once written down"],
)
def test_a_destination_that_no_cookie_can_hold_stops_no_sign_in(iam_user: Person, wanted: str, found: str | None) -> None:
    visitor = Visitor()
    answer = visitor.gives_iam(iam_user, address=f"/signin/iam?next={quote(wanted)}")
    for _hop in range(2):
        answer = visitor.get(answer.headers["Location"])
    name = SignInSession.objects.get().name
    assert answer.headers["Location"] == (found or f"/console/{name}/home")
    assert visitor.is_in(name)


def test_ses_12_of_two_sign_ins_side_by_side_only_one_takes_the_last_place(world: World) -> None:
    visitor = Visitor()
    for number, name in enumerate(FOUR):
        person = world["111122223333", name]
        visitor.signs_in_as_iam_user(person, address="/console/?add=1&user=iam" if number else "/console/?user=iam")
    fifth = world["111122223333", "Jorge_Souza"]
    answer = visitor.shows_factor(visitor.gives_iam(fifth, address="/console/?add=1&user=iam"), fifth)
    code = visitor.get(answer.headers["Location"])
    # Meanwhile another tab of this browser has opened its fifth identity.
    elsewhere = Visitor()
    elsewhere.client.cookies.clear()
    other = elsewhere.enters_console(elsewhere.gives_iam(world["444455556666", "Mary_Major"]))
    cookie = f"s-{other[-8:]}"
    visitor.client.cookies[cookie] = elsewhere.client.cookies[cookie].value

    refused = visitor.get(code.headers["Location"])

    assert refused.status_code == 403
    assert "One browser can hold up to five identities at once." in alerts_of(refused)
    assert SignInSession.objects.filter(console_since__isnull=False, ended_at=None, expires_at__gt=clock.now()).count() == 5
