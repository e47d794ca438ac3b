"""The code that a person carries to another computer."""

from base64 import b64decode
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.oauth.clients import CROSS_DEVICE_ID
from portal.core import clock
from portal.world.people import Person
from tests.journeys.visitor import Visitor, text_of
from tests.oauth.asking import STATE, address, answers, asks, sent, shown_code, signed_in
from tests.oauth.tool import CONFIRMATION, Tool


@pytest.fixture
def elsewhere() -> Tool:
    """A program on another computer."""
    return Tool(CROSS_DEVICE_ID)


def allowed(visitor: Visitor, tool: Tool) -> str:
    """Allow a program elsewhere, and return the address of the page with the code."""
    answer = answers(visitor, asks(visitor, tool), "allow")
    assert answer.headers["Location"].startswith(f"{CONFIRMATION}?")
    return str(answer.headers["Location"])


def test_the_code_is_shown_in_base64_with_a_warning_and_works_once(visitor: Visitor, alice: Person, elsewhere: Tool) -> None:
    signed_in(visitor, alice)
    target = allowed(visitor, elsewhere)
    page = visitor.opens(target)
    given = parse_qs(b64decode(shown_code(page), validate=True).decode("ascii"))
    assert given["state"] == [STATE]
    assert "Never give this code to anyone who asked you to open this page." in text_of(page)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert visitor.get(target).status_code == 200, "reloading shows it again while it is good"
    assert elsewhere.redeems(given["code"][0]).status == 200
    over = visitor.get(target)
    assert over.status_code == 404
    assert 'data-testid="code"' not in over.content.decode()


def test_a_state_of_any_characters_is_carried_unharmed(visitor: Visitor, alice: Person, elsewhere: Tool) -> None:
    signed_in(visitor, alice)
    state = "a b&code=evil+/=\"'<>ä"
    answer = answers(visitor, asks(visitor, elsewhere, state=state), "allow")
    given = parse_qs(b64decode(shown_code(visitor.opens(answer.headers["Location"]))).decode("ascii"))
    assert given["state"] == [state]
    assert len(given["code"]) == 1


def test_the_code_can_be_typed_for_ten_minutes(visitor: Visitor, alice: Person, elsewhere: Tool) -> None:
    signed_in(visitor, alice)
    target = allowed(visitor, elsewhere)
    clock.advance(timedelta(minutes=9, seconds=55))
    assert visitor.get(target).status_code == 200
    clock.advance(timedelta(seconds=10))
    assert visitor.get(target).status_code == 404
    assert elsewhere.redeems(sent_code(target)).error == ("AccessDeniedException", "AUTHCODE_EXPIRED")


def sent_code(target: str) -> str:
    """Return the code in an address."""
    return parse_qs(urlsplit(target).query)["code"][0]


def test_the_code_is_shown_to_the_browser_that_allowed_it_alone(visitor: Visitor, stranger: Visitor, alice: Person, elsewhere: Tool) -> None:
    """Nobody is led by a link to copy somebody else's code."""
    signed_in(visitor, alice)
    target = allowed(visitor, elsewhere)
    assert stranger.get(target).status_code == 404
    signed_in(stranger, alice)
    assert stranger.get(target).status_code == 404


def test_a_code_of_another_program_is_not_shown(visitor: Visitor, alice: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    code = sent(answers(visitor, asks(visitor, tool), "allow"))["code"]
    assert visitor.client.get("/v1/sessions/confirmation", {"code": code, "state": STATE}).status_code == 404


@pytest.mark.parametrize("query", ["", "code=x", "state=x", "code=&state=", "code=a&code=b&state=x", "code=%00&state=%00", "code=" + "x" * 4000])
def test_the_page_without_a_code_says_so(visitor: Visitor, alice: Person, query: str) -> None:
    signed_in(visitor, alice)
    assert visitor.client.get("/v1/sessions/confirmation?" + query).status_code in {400, 404}


def test_deny_and_faults_are_told_on_the_page_in_words(visitor: Visitor, alice: Person, elsewhere: Tool) -> None:
    signed_in(visitor, alice)
    denied = visitor.get(answers(visitor, asks(visitor, elsewhere), "deny").headers["Location"])
    assert "was not allowed to sign in" in text_of(denied)
    assert "Ctrl+C" in text_of(denied)
    faulty = visitor.get(visitor.get(address(elsewhere, scope="x")).headers["Location"])
    assert "request was not right" in text_of(faulty)
    assert "<script>" not in visitor.client.get("/v1/sessions/confirmation", {"error": "<script>"}).content.decode()
