"""Adding a permission statement: preview, every fault at once, who is affected, one statement a form, the event of the API."""

import json
import re
from typing import Any

import pytest

from accounts.models import SignInSession
from policies.models import PermissionStatement
from policies.statements.consolidated import statements_of
from policies.statements.rules import StatementParameters
from portal.trail.models import Event
from portal.world.people import Person
from tests.awsapi.conftest import key_of
from tests.awsapi.program import Program
from tests.console.access.steps import (
    ELSEWHERE,
    EMERGENCY,
    OFFICE,
    VPC,
    added,
    code_of,
    filled,
    has,
    held,
    live,
    opened,
    page_of,
    put,
    records,
    switched_on,
    token_in,
)
from tests.console.browsing import Browser
from tests.journeys.visitor import text_of

ADD = "PutResourcePermissionStatement"
SEVEN = {
    "source_ip": OFFICE,
    "source_vpc": "vpc-0abc123def456789a",
    "signin_source_vpce": "vpce-0fed987cba654321f",
    "console_source_vpce": "vpce-0123456789abcdef0",
    "vpc_source_ip": "10.0.0.0/16",
    "requested_region": "us-west-2",
    "excluded_principal": EMERGENCY,
}
NAMES = {
    "source_ip": "sourceIp",
    "source_vpc": "sourceVpc",
    "signin_source_vpce": "signinSourceVpce",
    "console_source_vpce": "consoleSourceVpce",
    "vpc_source_ip": "vpcSourceIp",
    "requested_region": "requestedRegion",
    "excluded_principal": "excludedPrincipal",
}


def document(text: str) -> Any:
    """Return the policy that a preview shows."""
    return json.loads(code_of(text, "preview-json"))


def previewed(browser: Browser, session: SignInSession, **fields: str) -> str:
    """Return the preview alone, as the script of the form asks for it."""
    answer = browser.send(page_of(session, "add/preview"), page=page_of(session, "add"), **fields)
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def test_a_statement_is_added_and_its_event_is_that_of_the_api(laptop: Browser, here: SignInSession) -> None:
    answer = filled(laptop, here, "review", **SEVEN)
    assert answer.status_code == 200
    review = answer.content.decode()
    assert "nobody is affected now" in held(review, "hypothetical"), "console authorization is off"
    assert "user/Carlos" in held(review, "losing")
    assert "EmergencyAdmin" not in held(review, "losing")
    assert 'name="understood"' not in review
    assert live() == [], "a look changes nothing"
    token = token_in(review)
    sid = added(laptop, here, **SEVEN, client_token=token)
    assert PermissionStatement.objects.get(sid=sid).client_token == token
    assert "The permission statement was added." in text_of(laptop.get(page_of(here, "?done=added")))

    Program.of(key_of("111122223333", "Carlos")).answered("signin", ADD, **{NAMES[name]: value for name, value in SEVEN.items()}, clientToken="other")
    page, call = records(ADD)
    assert page["requestParameters"] == call["requestParameters"] | {"clientToken": token}
    assert page["responseElements"] == {"statementId": sid}
    for name in ("eventSource", "eventName", "awsRegion", "eventType", "readOnly", "managementEvent", "recipientAccountId", "eventCategory"):
        assert page[name] == call[name], name
    assert page["userIdentity"]["arn"] == call["userIdentity"]["arn"]
    assert page.keys() == call.keys()


def test_the_console_may_stand_in_any_region_and_the_change_is_made_in_us_east_1(laptop: Browser, here: SignInSession) -> None:
    opened(laptop, here, "?region=eu-west-1")
    added(laptop, here, source_ip=OFFICE)
    assert records(ADD)[0]["awsRegion"] == "us-east-1"


def test_the_preview_is_what_will_be_put_without_javascript(laptop: Browser, here: SignInSession) -> None:
    answer = filled(laptop, here, "preview", **SEVEN)
    assert answer.status_code == 200
    page = answer.content.decode()
    made = statements_of(StatementParameters(**SEVEN), "111122223333")
    assert document(page) == {"Version": "2012-10-17", "Statement": made}
    line = code_of(page, "preview-line")
    assert line.startswith("aws signin put-resource-permission-statement \\\n  --source-vpc vpc-0abc123def456789a")
    assert line.endswith("--region us-east-1")
    for value in SEVEN.values():
        assert value in line
    assert f'value="{OFFICE}"' in page, "what was typed stays"
    assert live() == []


def test_the_script_gets_the_same_preview_alone(laptop: Browser, here: SignInSession) -> None:
    fragment = previewed(laptop, here, source_ip=OFFICE, excluded_principal=EMERGENCY)
    assert "<html" not in fragment
    whole = filled(laptop, here, "preview", source_ip=OFFICE, excluded_principal=EMERGENCY).content.decode()
    assert document(fragment) == document(whole)
    assert code_of(fragment, "preview-line") == code_of(whole, "preview-line")
    assert has(previewed(laptop, here), "preview-empty")
    assert "required with them" in held(previewed(laptop, here, source_vpc="vpc-0abc123def456789a"), "preview-problems")


def test_typed_markup_is_text(laptop: Browser, here: SignInSession) -> None:
    for text in (previewed(laptop, here, source_ip="<b>&'"), filled(laptop, here, "review", source_ip='"><b>').content.decode()):
        assert "<b>" not in text


def test_all_faults_are_told_at_once_each_beside_its_field(laptop: Browser, here: SignInSession) -> None:
    wrong = {
        "source_ip": "office",
        "source_vpc": "vpc-1",
        "signin_source_vpce": "vpce-X",
        "console_source_vpce": "x",
        "vpc_source_ip": "10.0.0.0/99",
        "requested_region": "mars-north-1",
        "excluded_principal": "Carlos",
    }
    for act in ("review", "add"):
        answer = filled(laptop, here, act, **wrong)
        assert answer.status_code == 400
        page = answer.content.decode()
        assert page.count('class="field__error" role="alert"') == 7
        assert [name for name in wrong if f'id="id_{name}-notes"' not in page] == []
    assert live() == []
    assert records(ADD) == [], "what the form itself refuses is no call"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "The statement has no condition."),
        ({"source_vpc": "vpc-0abc123def456789a"}, "Choose the Region of the VPC or VPC endpoint."),
        ({"console_source_vpce": "vpce-0123456789abcdef0"}, "Choose the Region of the VPC or VPC endpoint."),
        ({"vpc_source_ip": "10.0.0.0/16", "source_ip": OFFICE}, "Name the VPC or a VPC endpoint too."),
        ({"source_ip": "1" * 65}, "at most 64 characters"),
        ({"excluded_principal": "arn:aws:iam::111122223333:role/path/Name"}, "a role without path"),
    ],
)
def test_a_rule_that_is_broken_says_how_to_mend_it(laptop: Browser, here: SignInSession, fields: dict[str, str], words: str) -> None:
    answer = filled(laptop, here, "review", **fields)
    assert answer.status_code == 400
    assert words in text_of(answer)


def test_sending_twice_makes_one_statement(laptop: Browser, here: SignInSession) -> None:
    token = token_in(opened(laptop, here, "add"))
    for _ in range(2):
        answer = filled(laptop, here, "add", source_ip=OFFICE, client_token=token)
        assert answer["Location"] == page_of(here, "?done=added")
    assert len(live()) == 1


def test_a_form_that_was_used_for_something_else_says_so_and_can_be_sent_again(laptop: Browser, here: SignInSession) -> None:
    token = token_in(opened(laptop, here, "add"))
    filled(laptop, here, "add", source_ip=OFFICE, client_token=token)
    answer = filled(laptop, here, "add", source_ip=ELSEWHERE, client_token=token)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "This form has made a statement already" in held(page, "refusal")
    assert f'value="{ELSEWHERE}"' in page
    assert len(live()) == 1
    assert records(ADD)[-1]["errorCode"] == "ConflictException"
    assert token_in(page) != token
    filled(laptop, here, "add", source_ip=ELSEWHERE, client_token=token_in(page))
    assert len(live()) == 2


def test_a_full_account_is_told_in_place(laptop: Browser, here: SignInSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_STATEMENT_QUOTA", "1")
    put(source_ip=OFFICE)
    assert has(opened(laptop, here, "add"), "full")
    answer = filled(laptop, here, "add", source_ip=ELSEWHERE)
    assert answer.status_code == 402
    assert "as many permission statements as it may have (1)" in held(answer.content.decode(), "refusal")
    assert records(ADD)[-1]["errorCode"] == "ServiceQuotaExceededException"
    assert len(live()) == 1


def test_the_form_offers_the_accounts_principals(laptop: Browser, here: SignInSession) -> None:
    page = opened(laptop, here, "add")
    for arn in ("root", "user/Carlos", "user/EmergencyAdmin"):
        assert f'<option value="arn:aws:iam::111122223333:{arn}">' in page
    assert "444455556666" not in page


def test_an_address_fills_the_form_in(laptop: Browser, here: SignInSession) -> None:
    page = opened(laptop, here, f"add?source_ip={OFFICE}&requested_region=us-west-2")
    assert f'value="{OFFICE}"' in page
    assert '<option value="us-west-2" selected>' in page
    assert document(page)["Statement"]
    assert laptop.get(page_of(here, "add?source_ip=" + "x" * 5000)).status_code in {200, 400}


@pytest.mark.parametrize(
    "fields", [{"act": "nonsense"}, {"act": ""}, {"act": "add", "client_token": "a b"}, {"act": "add", "client_token": "x" * 65}]
)
def test_what_no_button_sends_is_bad_input(laptop: Browser, here: SignInSession, fields: dict[str, str]) -> None:
    form = page_of(here, "add")
    assert laptop.send(form, page=form, source_ip=OFFICE, **fields).status_code == 400
    assert live() == []


def test_a_statement_that_counts_at_once_tells_who_is_affected(laptop: Browser, here: SignInSession) -> None:
    switched_on("111122223333")
    page = filled(laptop, here, "review", source_ip=OFFICE, excluded_principal=EMERGENCY).content.decode()
    assert not has(page, "yourself"), "he is in the office"
    losing = held(page, "losing")
    assert re.search(r"user/Carlos\b.*: .*Home", losing)
    assert "EmergencyAdmin" not in losing
    assert not has(page, "locked-out")
    added(laptop, here, source_ip=OFFICE, excluded_principal=EMERGENCY)


def test_whoever_locks_itself_out_says_that_it_is_meant(laptop: Browser, here: SignInSession) -> None:
    switched_on("111122223333")
    page = filled(laptop, here, "review", source_ip=ELSEWHERE).content.decode()
    assert "user/Carlos" in held(page, "yourself")
    assert "user/Carlos" in held(page, "locked-out")
    answer = filled(laptop, here, "add", source_ip=ELSEWHERE)
    assert answer.status_code == 400
    assert "Tick this box if you mean it" in text_of(answer)
    assert live() == []
    assert len(added(laptop, here, source_ip=ELSEWHERE, understood="yes")) == 64


def test_back_from_the_review_to_the_form_nothing_is_lost(laptop: Browser, here: SignInSession) -> None:
    page = filled(laptop, here, "edit", **VPC).content.decode()
    assert 'value="vpc-0abc123def456789a"' in page
    assert '<option value="us-west-2" selected>' in page


def test_brw_01_without_the_pages_token_nothing_is_added(laptop: Browser, here: SignInSession) -> None:
    for room in ("add", "add/preview", "delete", "on", "off"):
        assert laptop.client.post(page_of(here, room), {"act": "add", "source_ip": OFFICE}).status_code == 403
    assert live() == []
    assert not Event.objects.filter(event_name=ADD).exists()


def test_the_token_of_another_identity_is_none_here(laptop: Browser, here: SignInSession, other_iam_user: Person) -> None:
    other = laptop.opens(other_iam_user)
    answer = laptop.send(page_of(here, "add"), page=page_of(other, "add"), act="add", source_ip=OFFICE)
    assert answer.status_code == 403
    assert live() == []
