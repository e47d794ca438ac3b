"""What the answer of a person to a program does: once, in time, and from the browser that was asked."""

import json
from datetime import timedelta

import pytest
import redis

from accounts.models import AuthorizationCode, Grant, SignInSession
from portal.conf import conf
from portal.core import clock
from portal.trail.models import Event
from portal.world.people import Person
from tests.journeys.visitor import Visitor, form_to, text_of
from tests.oauth.asking import ALLOWED, CONSENT, STATE, answers, asks, consent_of, record_of, sent, signed_in
from tests.oauth.tool import CALLBACK, Tool

# Allow


def test_allow_sends_the_code_to_the_callback_and_is_recorded(visitor: Visitor, alice: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    answer = answers(visitor, asks(visitor, tool), "allow")
    assert answer.status_code == 303, "never 307, which would send the form on (RFC 9700 §4.12)"
    assert answer.headers["Location"].startswith(f"{CALLBACK}?")
    brought = sent(answer)
    assert (brought["state"], set(brought)) == (STATE, {"code", "state", "iss"})
    assert 1 <= len(brought["code"]) <= 512
    row = AuthorizationCode.objects.get()
    assert row.expires_at - row.created_at == conf.authorization_code_lifetime
    record = record_of(succeeded=True)
    assert record["requestParameters"] == {"redirect_uri": CALLBACK, "code_challenge_method": "SHA-256", "client_id": tool.client_id}
    assert record["additionalEventData"] == {"success": "true"}
    assert record["userIdentity"]["arn"] == "arn:aws:iam::111122223333:user/alice"
    assert brought["code"] not in json.dumps(record)
    assert tool.redeems(brought["code"]).status == 200


def test_a_double_click_is_one_answer(visitor: Visitor, alice: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    page = asks(visitor, tool)
    first, second = answers(visitor, page, "allow"), answers(visitor, page, "allow")
    assert first.headers["Location"] == second.headers["Location"]
    assert (AuthorizationCode.objects.count(), Event.objects.filter(event_name=ALLOWED).count()) == (1, 1)


def test_two_tabs_are_one_request(visitor: Visitor, alice: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    one, other = asks(visitor, tool), asks(visitor, tool)
    first, second = answers(visitor, one, "allow"), answers(visitor, other, "allow")
    assert first.headers["Location"] == second.headers["Location"]
    assert tool.redeems(sent(first)["code"]).status == 200
    third = answers(visitor, other, "allow")
    assert third.status_code == 410
    assert "has been answered" in text_of(third)
    assert Grant.objects.get().ended_at is None, "looking at an old tab ends nothing"
    assert visitor.get(other.request["PATH_INFO"] + "?" + other.request["QUERY_STRING"]).status_code == 410


@pytest.mark.parametrize(("first", "second"), [("allow", "deny"), ("deny", "allow")])
def test_the_first_answer_stands(visitor: Visitor, alice: Person, tool: Tool, first: str, second: str) -> None:
    signed_in(visitor, alice)
    page = asks(visitor, tool)
    answers(visitor, page, first)
    assert answers(visitor, page, second).status_code == 410
    assert AuthorizationCode.objects.count() == (1 if first == "allow" else 0)
    assert Event.objects.filter(event_name=ALLOWED).count() == 1


def test_another_identity_cannot_answer_after_the_first(visitor: Visitor, alice: Person, iam_user: Person, tool: Tool) -> None:
    first, second = signed_in(visitor, alice), signed_in(visitor, iam_user)
    page = asks(visitor, tool)
    answers(visitor, page, "allow", session=first.name)
    assert answers(visitor, page, "allow", session=second.name).status_code == 410
    assert AuthorizationCode.objects.get().session == first


def test_an_answered_request_stays_answered_when_the_cache_has_forgotten(
    visitor: Visitor, alice: Person, tool: Tool, cache_client: redis.Redis
) -> None:
    signed_in(visitor, alice)
    code = sent(answers(visitor, asks(visitor, tool), "allow"))["code"]
    assert tool.redeems(code).status == 200
    cache_client.flushall()
    assert answers(visitor, asks(visitor, tool), "allow").status_code == 410
    assert Grant.objects.get().ended_at is None


# Deny


def test_deny_tells_the_program_and_is_recorded_once(visitor: Visitor, alice: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    page = asks(visitor, tool)
    answer, again = answers(visitor, page, "deny"), answers(visitor, page, "deny")
    assert answer.headers["Location"].startswith(f"{CALLBACK}?error=access_denied&")
    assert again.headers["Location"] == answer.headers["Location"]
    assert sent(answer)["state"] == STATE
    assert not AuthorizationCode.objects.exists()
    record = record_of(succeeded=False)
    assert record["errorMessage"] == "access_denied: The user denied the request"
    assert record["additionalEventData"] == {"success": "false"}
    assert "has been answered" in text_of(asks(visitor, tool))


# Time and place


def test_a_request_is_open_for_ten_minutes_and_reloading_makes_it_no_younger(visitor: Visitor, alice: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    page = asks(visitor, tool)
    clock.advance(timedelta(minutes=9))
    assert asks(visitor, tool).status_code == 200
    clock.advance(timedelta(minutes=1))
    for answer in (asks(visitor, tool), answers(visitor, page, "allow"), answers(visitor, page, "deny")):
        assert answer.status_code == 410
        assert "expired" in text_of(answer)
        assert "aws login" in text_of(answer)
    assert not AuthorizationCode.objects.exists()


def test_a_request_is_bound_to_the_browser_that_opened_it(visitor: Visitor, stranger: Visitor, alice: Person, iam_user: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    signed_in(stranger, iam_user)
    page = asks(visitor, tool)
    name = form_to(page.content.decode(), CONSENT).fields["request"]
    asks(stranger, tool, state="another")
    assert stranger.get(f"{CONSENT}?request={name}").status_code == 404
    assert stranger.posts_with_token(CONSENT, request=name, answer="allow").status_code == 404
    assert not AuthorizationCode.objects.exists()


def test_the_same_address_in_two_browsers_is_two_requests(visitor: Visitor, stranger: Visitor, alice: Person, iam_user: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    signed_in(stranger, iam_user)
    one, other = (sent(answers(who, asks(who, tool), "allow"))["code"] for who in (visitor, stranger))
    assert one != other
    assert tool.redeems(other).status == 200


@pytest.mark.parametrize("name", ["", "x", "0" * 32, "0" * 5000, "../" * 10, "\ud800", "a\x00b", "Ａ" * 32])
def test_a_name_that_is_none_is_no_request(visitor: Visitor, alice: Person, tool: Tool, name: str) -> None:
    signed_in(visitor, alice)
    asks(visitor, tool)
    assert visitor.client.get(CONSENT, {"request": name.encode("utf-8", "surrogatepass")}).status_code in {400, 404}


@pytest.mark.parametrize("answer", ["", "Allow", "yes", "allow,deny", "x" * 3000])
def test_an_answer_that_is_none_does_nothing(visitor: Visitor, alice: Person, tool: Tool, answer: str) -> None:
    signed_in(visitor, alice)
    assert answers(visitor, asks(visitor, tool), answer).status_code == 400
    assert not AuthorizationCode.objects.exists()


def test_ses_13_only_an_identity_of_this_browser_is_chosen(visitor: Visitor, stranger: Visitor, alice: Person, iam_user: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    foreign = signed_in(stranger, iam_user)
    page = asks(visitor, tool)
    for name in (foreign.name, "", "111122223333-zzzzzzzz", "operator-aaaaaaaa"):
        answer = answers(visitor, page, "allow", session=name)
        assert answer.status_code == 400
        assert "Choose the identity" in text_of(answer)
    assert not AuthorizationCode.objects.exists()


def test_somebody_who_signed_out_meanwhile_signs_in_again(visitor: Visitor, alice: Person, tool: Tool) -> None:
    session = signed_in(visitor, alice)
    page = asks(visitor, tool)
    SignInSession.objects.filter(pk=session.pk).update(ended_at=clock.now())
    answer = answers(visitor, page, "allow")
    assert consent_of(visitor.get(answer.headers["Location"])) == answer.headers["Location"]
    assert not AuthorizationCode.objects.exists()


def test_brw_01_an_answer_needs_the_pages_token(visitor: Visitor, alice: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    fields = form_to(asks(visitor, tool).content.decode(), CONSENT).fields | {"answer": "allow"}
    assert visitor.posts(CONSENT, fields | {"csrfmiddlewaretoken": ""}).status_code == 403
    assert visitor.posts(CONSENT, fields | {"csrfmiddlewaretoken": "x" * 64}).status_code == 403
    answer = visitor.client.post(CONSENT, fields, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert visitor.client.get(CONSENT, fields).status_code == 200, "a link answers nothing"
    assert not AuthorizationCode.objects.exists()
