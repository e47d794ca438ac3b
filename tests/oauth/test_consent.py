"""The page on which a person answers a program, and what the answer does."""

import json
from base64 import b64decode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import redis

from accounts.models import AuthorizationCode, Grant, SignInSession
from accounts.oauth.clients import CROSS_DEVICE_ID
from policies.models import PolicyDocument
from portal.conf import conf
from portal.core import clock
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.console.browsing import principal_of
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, form_to, text_of
from tests.oauth.asking import CONSENT, STATE, address, answers, asks, sent, shown_code, signed_in
from tests.oauth.tool import CALLBACK, CONFIRMATION, Tool
from tests.policies.enforcement.guarded import attach, document, excluded, guard

ALLOWED = EventName.AUTHORIZE_OAUTH2_ACCESS


@pytest.fixture
def alice(world: World) -> Person:
    """Who may use the command line with her console sign-in."""
    return world["111122223333", "alice"]


def record_of(**found: Any) -> Mapping[str, Any]:
    """Return the one event of an answer to a program."""
    record: Mapping[str, Any] = json.loads(Event.objects.get(event_name=ALLOWED, **found).record)
    return record


# The page


def test_the_page_says_who_asks_for_whom_from_where_and_what_it_gets(visitor: Visitor, alice: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    page = text_of(asks(visitor, tool))
    for words in (
        "AWS CLI or SDK on this computer",
        "alice",
        "arn:aws:iam::111122223333:user/alice",
        "203.0.113.7",
        "Firefox 140",
        "Temporary credentials with all permissions of this identity, for up to 12 hours",
        "127.0.0.1:49152, on this computer",
    ):
        assert words in page
    assert "on another computer" not in page


def test_a_program_elsewhere_is_told_apart_and_warned_of(visitor: Visitor, alice: Person) -> None:
    signed_in(visitor, alice)
    page = text_of(asks(visitor, Tool(CROSS_DEVICE_ID)))
    assert "AWS CLI or SDK on another computer" in page
    assert "If somebody sent you here" in page
    assert "on this computer" not in page


def test_the_form_may_lead_to_the_loopback_callback_of_this_request_and_nowhere_else(visitor: Visitor, alice: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    page = asks(visitor, tool)
    directives = dict(part.strip().partition(" ")[::2] for part in page.headers["Content-Security-Policy"].split(";"))
    assert directives["form-action"] == "'self' http://127.0.0.1:49152"
    assert directives["default-src"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    assert "form-action 'self';" in visitor.get("/signin/").headers["Content-Security-Policy"]


def test_without_a_chooser_one_identity_is_shown_and_with_several_one_is_chosen(
    visitor: Visitor, alice: Person, iam_user: Person, tool: Tool
) -> None:
    first = signed_in(visitor, alice)
    assert 'type="radio"' not in asks(visitor, tool).content.decode()
    second = signed_in(visitor, iam_user)
    page = asks(visitor, tool)
    assert page.content.decode().count('type="radio"') == 2
    code = sent(answers(visitor, page, "allow", session=first.name))["code"]
    assert tool.redeems(code).status == 200
    assert Grant.objects.get().principal == first.principal != second.principal


def test_somebody_else_can_sign_in_and_comes_back_to_the_page(visitor: Visitor, alice: Person, iam_user: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    page = asks(visitor, tool)
    link = page.content.decode().partition('href="/console/?add=1')[2].partition('"')[0].replace("&amp;", "&")
    choice = visitor.opens("/console/?add=1" + link).content.decode()
    address_ = choice.partition('href="/signin/iam')[2].partition('"')[0].replace("&amp;", "&")
    form = visitor.opens("/signin/iam" + address_)
    answer = visitor.sends(form, account=iam_user.account, username=iam_user.username, password=iam_user.password)
    _, back = visitor.walks(answer)
    assert "asks to sign in as you" in text_of(back)
    assert back.content.decode().count('type="radio"') == 2


# Sign-in first


def consent_of(answer: Any) -> str:
    """Return where the browser of somebody who is not signed in is to come back to."""
    where = urlsplit(answer.headers["Location"])
    assert (answer.status_code, where.path) == (303, "/console/")
    return str(parse_qs(where.query)["next"][0])


def test_nobody_signed_in_signs_in_first_and_then_answers(visitor: Visitor, iam_user: Person, tool: Tool) -> None:
    to_sign_in = asks(visitor, tool)
    entry = to_sign_in.headers["Location"]
    assert consent_of(to_sign_in).startswith(CONSENT)
    visitor.opens(entry)
    _, page = visitor.walks(visitor.gives_iam(iam_user, address=entry + "&user=iam"))
    assert tool.redeems(sent(answers(visitor, page, "allow"))["code"]).status == 200


def test_the_destination_survives_security_check_mailed_code_and_the_offer_of_a_second_factor(
    visitor: Visitor, root_user: Person, tool: Tool
) -> None:
    entry = asks(visitor, tool).headers["Location"]
    form = visitor.opens(entry + "&user=root")
    _, check = visitor.walks(visitor.sends(form, email=root_user.email))
    _, password = visitor.walks(visitor.passes_check(check))
    _, code = visitor.walks(visitor.sends(password, password=root_user.password))
    mailed = visitor.newest_mail(root_user.email)["codes"][0]
    _, page = visitor.walks(visitor.puts_off_registration(visitor.sends(code, code=mailed)))
    assert "arn:aws:iam::111122223333:root" in text_of(page)
    assert tool.redeems(sent(answers(visitor, page, "allow"))["code"]).status == 200


def test_the_destination_survives_a_new_password(visitor: Visitor, iam_user_to_change_password: Person, tool: Tool) -> None:
    entry = asks(visitor, tool).headers["Location"]
    _, form = visitor.walks(visitor.gives_iam(iam_user_to_change_password, address=entry + "&user=iam"))
    _, page = visitor.walks(visitor.sends(form, new_password="Quite-New-8851", confirm_password="Quite-New-8851"))
    assert "Let a program sign in?" in text_of(page) or "A permission is missing" in text_of(page)


def test_the_region_of_the_address_goes_along(visitor: Visitor, alice: Person, tool: Tool) -> None:
    assert "region=eu-west-1" in asks(visitor, tool, region="eu-west-1").headers["Location"]
    signed_in(visitor, alice)
    answers(visitor, asks(visitor, tool, region="eu-west-1"), "allow")
    assert AuthorizationCode.objects.get().region == "eu-west-1"
    assert record_of()["awsRegion"] == "eu-west-1"


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


# Policies


def test_without_the_permission_the_page_says_which_is_missing_and_what_gives_it(visitor: Visitor, world: World, tool: Tool) -> None:
    person = world["444455556666", "Paulo_Santos"]
    signed_in(visitor, person)
    answer = asks(visitor, tool)
    assert answer.status_code == 403
    page = text_of(answer)
    assert "signin:AuthorizeOAuth2Access" in page
    assert "arn:aws:signin:us-east-1:444455556666:oauth2/public-client/localhost" in page
    assert "SignInLocalDevelopmentAccess" in page
    assert f'href="{CALLBACK}?error=access_denied' in answer.content.decode()
    event = Event.objects.get(event_name=ALLOWED)
    assert not event.succeeded
    assert json.loads(event.note)["decision"]["effect"] == "Deny"
    assert "is not authorized to perform: signin:AuthorizeOAuth2Access" in record_of()["errorMessage"]


def test_a_denial_names_the_statement_and_promises_nothing_of_a_further_permission(visitor: Visitor, alice: Person, tool: Tool) -> None:
    text = document({"Effect": "Deny", "Action": "signin:*", "Resource": "*", "Sid": "NoTools"})
    attach(PolicyDocument.Type.IDENTITY, text, principal_of(alice).arn, account="111122223333")
    signed_in(visitor, alice)
    page = text_of(asks(visitor, tool))
    assert "(NoTools)" in page
    assert "SignInLocalDevelopmentAccess" not in page


def test_this_computer_may_be_allowed_and_another_denied(visitor: Visitor, alice: Person, tool: Tool) -> None:
    statement = {"Effect": "Deny", "Action": "signin:AuthorizeOAuth2Access", "Resource": "arn:aws:signin:*:*:oauth2/public-client/remote"}
    attach(PolicyDocument.Type.IDENTITY, document(statement), principal_of(alice).arn, account="111122223333")
    signed_in(visitor, alice)
    assert asks(visitor, tool).status_code == 200
    assert asks(visitor, Tool(CROSS_DEVICE_ID)).status_code == 403


def test_policies_are_asked_again_when_the_person_answers(visitor: Visitor, alice: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    page = asks(visitor, tool)
    text = document({"Effect": "Deny", "Action": "signin:*", "Resource": "*"})
    attach(PolicyDocument.Type.IDENTITY, text, principal_of(alice).arn, account="111122223333")
    assert answers(visitor, page, "allow").status_code == 403
    assert not AuthorizationCode.objects.exists()


def test_of_several_identities_one_may_and_another_may_not(visitor: Visitor, world: World, alice: Person, tool: Tool) -> None:
    may, may_not = signed_in(visitor, alice), signed_in(visitor, world["444455556666", "Paulo_Santos"])
    page = asks(visitor, tool)
    refused = answers(visitor, page, "allow", session=may_not.name)
    assert refused.status_code == 403
    assert "Choose another identity" in text_of(refused)
    assert sent(answers(visitor, page, "allow", session=may.name))["code"]


def test_console_access_control_speaks_in_the_guides_words(visitor: Visitor, standalone_root_user: Person, tool: Tool) -> None:
    guard("123456789012", source_ip="198.51.100.0/24", excluded_principal=excluded("123456789012"))
    signed_in(visitor, standalone_root_user)
    answer = asks(visitor, tool)
    assert answer.status_code == 403
    page = text_of(answer)
    assert "sign in from a different network, or contact your administrator for more information" in page
    assert "SignInLocalDevelopmentAccess" not in page
    assert record_of()["errorMessage"] == "Authorization denied because of a resource-based policy"


def test_a_root_user_needs_no_permission(visitor: Visitor, standalone_root_user: Person, tool: Tool) -> None:
    signed_in(visitor, standalone_root_user)
    assert tool.redeems(sent(answers(visitor, asks(visitor, tool), "allow"))["code"]).status == 200


# The code that is carried to another computer


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
