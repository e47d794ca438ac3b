"""The cookie of an unfinished sign-in, and where its forms may be sent from."""

import pytest

from portal.world.people import Person
from tests.journeys.visitor import Visitor, form_of


def test_the_cookie_is_written_as_all_of_the_portals_are(visitor: Visitor, iam_user: Person) -> None:
    answer = visitor.gives_iam(iam_user, password="Wrong-Password-1")
    cookie = answer.cookies["attempt"]
    assert len(cookie.value) == 43
    assert cookie.OutputString() == f"attempt={cookie.value}; HttpOnly; Max-Age=900; Path=/; SameSite=Lax"
    assert answer["Vary"] == "Accept-Language, Cookie"


def test_the_cookie_goes_with_the_sign_in(visitor: Visitor, iam_user: Person) -> None:
    visitor.gives_iam(iam_user, password="Wrong-Password-1")
    answer = visitor.gives_iam(iam_user)
    assert answer.cookies["attempt"]["max-age"] == 0
    assert not answer.cookies["attempt"].value


def test_who_only_looks_gets_no_session(visitor: Visitor) -> None:
    assert "attempt" not in visitor.opens("/signin/iam").cookies


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost", 403),
        ("https://localhost:8000", 403),
        ("http://localhost:8000.evil.example", 403),
        ("http://evil.example", 403),
        ("http://", 403),
        ("null", 403),
        ("", 403),
        ("http://localhost:8000", 303),
    ],
)
def test_csrf_a_form_is_taken_from_the_very_origin_alone(visitor: Visitor, iam_user: Person, origin: str, status: int) -> None:
    fields = form_of(visitor.opens("/signin/iam")).fields
    fields |= {"account": iam_user.account, "username": iam_user.username, "password": iam_user.password}
    answer = visitor.client.post("/signin/iam", fields, headers={"Host": "localhost:8000", "Origin": origin})
    assert answer.status_code == status
