"""RST-08: no step of a case can be skipped, repeated, carried over to another case, or sent for another account."""

import json
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Principal, SignInSession
from policies.models import PolicyDocument, RecoveryCase, RecoveryEntry
from policies.recovery import rules
from policies.statements.flows import delete_authorization, put_authorization
from portal.conf import conf
from portal.core import clock
from portal.trail.models import Event
from portal.world.people import Person
from tests.admin.operators import OperatorBrowser
from tests.console.browsing import Browser
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, alerts_of, form_to, text_of
from tests.policies.enforcement.guarded import DEVELOPMENT, ROOT, STANDALONE, attach, deny_rcp
from tests.policies.recovery.steps import (
    CASES,
    at_the_desk,
    case_with_link,
    code_mailed,
    is_dead,
    link_mailed,
    lock_out,
    only_case,
    opens_case,
    presses,
    takes,
    verified_case,
    walks_to_link,
)

ROOT_EMAIL = "standalone@example.com"


def other_than(code: str) -> str:
    """Return six digits that are not `code`."""
    return f"{(int(code) + 1) % 10**6:06}"


def sends_step(desk: Visitor, path: str, step: str, **fields: str) -> int:
    """Send a step that the page has no form for; return the status."""
    withdraw = form_to(desk.opens(path).content.decode(), "withdraw")
    status: int = desk.posts(path + step, withdraw.fields | fields).status_code
    return status


def refused() -> list[str]:
    """Return the errors of the refused steps that were recorded."""
    return [json.loads(event.record)["errorMessage"] for event in Event.objects.filter(event_name="SupportRecoveryRefused").order_by("id")]


@pytest.mark.parametrize(("step", "fields"), [("verify", {"code": "123456"}), ("link", {})])
def test_rst_08_the_mail_step_cannot_be_skipped(desk: Visitor, locked: None, step: str, fields: dict[str, str]) -> None:
    path = opens_case(desk)
    assert sends_step(desk, path, step, **fields) == 400
    assert refused() == ["The step was taken before its turn"]
    case = only_case()
    assert (case.email_verified_at, case.link_digest, case.tries) == (None, "", 0)
    assert not [mail for mail in desk.mails_to(ROOT_EMAIL) if "Recover access" in mail["subject"]]


def test_rst_08_the_link_waits_for_the_code(desk: Visitor, locked: None) -> None:
    path = opens_case(desk)
    takes(desk, path, "code")
    assert sends_step(desk, path, "link") == 400
    assert only_case().link_digest == ""
    code = code_mailed(desk, ROOT_EMAIL)
    assert "The code is not right" in alerts_of(presses(desk, path, "verify", code=other_than(code)))
    assert sends_step(desk, path, "link") == 400
    takes(desk, path, "verify", code=code)
    takes(desk, path, "link")


@pytest.mark.parametrize("step", ["code", "verify", "link", "withdraw"])
def test_rst_08_a_step_for_another_account_is_refused_and_an_event(desk: Visitor, locked: None, step: str) -> None:
    path = opens_case(desk)
    before = only_case().version
    assert sends_step(desk, path, step, account=DEVELOPMENT, code="123456") == 400
    assert refused() == ["The step named another account"]
    assert (only_case().version, only_case().account_id) == (before, STANDALONE)


def test_rst_08_a_code_is_worth_nothing_in_another_case(desk: Visitor, locked: None) -> None:
    lock_out(DEVELOPMENT)
    first, second = opens_case(desk), opens_case(desk, DEVELOPMENT)
    takes(desk, first, "code")
    takes(desk, second, "code")
    code, own = code_mailed(desk, ROOT_EMAIL), code_mailed(desk, "development@example.com")
    if code != own:
        assert presses(desk, second, "verify", code=code).status_code == 400
    takes(desk, second, "verify", code=own)
    assert presses(desk, first, "verify", code=code).status_code == 303


def test_rst_08_a_case_whose_account_was_swapped_underneath_takes_no_step(desk: Visitor, locked: None, operator: Person) -> None:
    """Even a row that was changed by other means keeps the code to the account that it was made for."""
    path = opens_case(desk)
    takes(desk, path, "code")
    code = code_mailed(desk, ROOT_EMAIL)
    page = desk.opens(path)
    RecoveryCase.objects.update(account_id=DEVELOPMENT)
    assert presses(desk, path, "verify", page=page, code=code).status_code == 400
    assert sends_step(desk, path, "verify", code=code) == 400
    assert only_case().email_verified_at is None


def test_rst_08_what_was_verified_is_the_address_and_another_one_is_not(desk: Visitor, at_home: Visitor, locked: None) -> None:
    path, link = case_with_link()
    Principal.objects.filter(kind=Principal.Kind.ROOT, account_id=STANDALONE).update(email="new@example.com", email_key="new@example.com")
    assert is_dead(at_home, link)
    page = desk.opens(path)
    assert "What was verified before no longer counts." in text_of(page)
    assert sends_step(desk, path, "link") == 400
    takes(desk, path, "code")
    assert only_case().email_verified_at is None
    takes(desk, path, "verify", code=code_mailed(desk, "new@example.com"))
    takes(desk, path, "link")
    assert not is_dead(at_home, link_mailed(desk, "new@example.com"))
    assert is_dead(at_home, link)


def test_rst_08_the_address_changes_while_the_caller_reads_the_code(desk: Visitor, locked: None) -> None:
    path = opens_case(desk)
    takes(desk, path, "code")
    page, code = desk.opens(path), code_mailed(desk, ROOT_EMAIL)
    Principal.objects.filter(kind=Principal.Kind.ROOT, account_id=STANDALONE).update(email="new@example.com", email_key="new@example.com")
    answer = presses(desk, path, "verify", page=page, code=code)
    assert answer.status_code == 400
    assert only_case().email_verified_at is None


def test_a_code_bears_five_tries(desk: Visitor, locked: None) -> None:
    path = opens_case(desk)
    takes(desk, path, "code")
    code = code_mailed(desk, ROOT_EMAIL)
    said = [alerts_of(presses(desk, path, "verify", code=other_than(code))) for _ in range(rules.TRIES)]
    assert "The code is not right" in said[0]
    assert "Too many wrong codes" in said[-1]
    assert "Too many wrong codes" in alerts_of(presses(desk, path, "verify", code=code)), "nor is the right one worth anything now"
    assert RecoveryEntry.objects.filter(step="code_wrong").count() == rules.TRIES
    takes(desk, path, "code")
    takes(desk, path, "verify", code=code_mailed(desk, ROOT_EMAIL))


def test_what_is_no_code_is_no_try(desk: Visitor, locked: None) -> None:
    path = opens_case(desk)
    takes(desk, path, "code")
    for typed in ("", "12345", "1234567", "abcdef", "1" * 4000):
        assert presses(desk, path, "verify", code=typed).status_code == 400
    assert only_case().tries == 0


def test_a_code_lives_a_quarter_of_an_hour(desk: Visitor, locked: None) -> None:
    path = opens_case(desk)
    takes(desk, path, "code")
    page, code = desk.opens(path), code_mailed(desk, ROOT_EMAIL)
    clock.advance(rules.CODE_LIFETIME)
    assert "no longer valid" in alerts_of(presses(at_the_desk_again(desk), path, "verify", page=page, code=code))
    assert "Address not verified" in text_of(desk.opens(path))


def at_the_desk_again(desk: Visitor) -> Visitor:
    """Return the same browser, whose operator has just proved who it is again."""
    SignInSession.objects.filter(principal__kind=Principal.Kind.OPERATOR).update(authenticated_at=clock.now())
    return desk


def test_a_new_code_kills_the_one_before_and_a_case_bears_five(desk: Visitor, locked: None) -> None:
    path = opens_case(desk)
    takes(desk, path, "code")
    first = code_mailed(desk, ROOT_EMAIL)
    takes(desk, path, "code")
    if first != code_mailed(desk, ROOT_EMAIL):
        assert presses(desk, path, "verify", code=first).status_code == 400
    for _ in range(rules.CODES - 2):
        takes(desk, path, "code")
    assert "No more codes are mailed in this case" in alerts_of(presses(desk, path, "code"))


def test_mails_to_one_mailbox_are_throttled(desk: Visitor, locked: None) -> None:
    for _ in range(rules.MAILS_AN_HOUR.allowed):
        rules.MAILS_AN_HOUR.hit(ROOT_EMAIL)
    answer = presses(desk, opens_case(desk), "code")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert not desk.mails_to(ROOT_EMAIL)


def test_tries_of_one_operator_are_throttled_over_all_cases(desk: Visitor, locked: None, operator: Person) -> None:
    path = opens_case(desk)
    takes(desk, path, "code")
    key = str(Principal.objects.get(kind=Principal.Kind.OPERATOR, name=operator.username).pk)
    for _ in range(rules.TRIES_AN_HOUR.allowed):
        rules.TRIES_AN_HOUR.hit(key)
    assert presses(desk, path, "verify", code=code_mailed(desk, ROOT_EMAIL)).status_code == 429
    assert only_case().email_verified_at is None


@pytest.mark.parametrize("step", ["code", "link", "withdraw"])
def test_race_07_a_double_click_takes_a_step_once(desk: Visitor, locked: None, step: str) -> None:
    path = verified_case() if step == "link" else opens_case(desk)
    page = desk.opens(path)
    assert presses(desk, path, step, page=page).status_code == 303
    mails = len(desk.mails_to(ROOT_EMAIL))
    again = presses(desk, path, step, page=page)
    assert again.status_code in {400, 409}
    assert alerts_of(again)
    assert len(desk.mails_to(ROOT_EMAIL)) == mails


def test_race_07_a_page_that_is_out_of_date_takes_no_step(desk: Visitor, operator: Person, locked: None) -> None:
    path = verified_case()
    page = desk.opens(path)
    takes(at_the_desk(operator, address="203.0.113.10"), path, "link")
    link = link_mailed(desk, ROOT_EMAIL)
    answer = presses(desk, path, "link", page=page)
    assert (answer.status_code, "Somebody has just gone on with this case" in alerts_of(answer)) == (409, True)
    assert link_mailed(desk, ROOT_EMAIL) == link


@pytest.mark.parametrize("seen", ["", "-1", "x", "1" * 30, "\u0661"])
def test_a_step_names_the_version_that_was_seen(desk: Visitor, locked: None, seen: str) -> None:
    path = opens_case(desk)
    assert sends_step(desk, path, "code", seen=seen) == 400
    assert only_case().codes == 0


def test_an_account_has_one_open_case(desk: Visitor, locked: None) -> None:
    path = opens_case(desk)
    answer = desk.sends(desk.opens(f"{CASES}new"), account=STANDALONE, reason="again")
    assert answer.status_code == 409
    assert path in answer.content.decode()
    takes(desk, path, "withdraw")
    opens_case(desk)
    assert RecoveryCase.objects.count() == 2


def test_an_expired_case_makes_room_for_a_new_one(desk: Visitor, operator: Person, locked: None) -> None:
    path = opens_case(desk)
    clock.advance(rules.LINK_LIFETIME)
    desk = at_the_desk(operator)
    assert "Expired" in text_of(desk.opens(path))
    opens_case(desk)
    assert sorted(RecoveryCase.objects.values_list("outcome", flat=True)) == ["", "expired"]
    assert Event.objects.filter(event_name="SupportRecoveryExpired").count() == 1


def test_a_withdrawn_case_takes_no_step(desk: Visitor, at_home: Visitor, locked: None) -> None:
    path, link = case_with_link()
    page = desk.opens(path)
    takes(desk, path, "withdraw")
    assert is_dead(at_home, link)
    for step in ("link", "withdraw"):
        assert presses(desk, path, step, page=page).status_code == 400
    assert not form_actions(desk.opens(path))


def form_actions(page: Any) -> set[str]:
    """Return which steps a page offers."""
    text = page.content.decode()
    return {step for step in ("code", "verify", "link", "withdraw") if f'action="{step}"' in text}


# What the recovery portal cannot help with


def test_only_rcps_block_and_no_link_is_mailed(desk: Visitor, world: World) -> None:
    put_authorization(ROOT)
    attach(PolicyDocument.Type.RCP, deny_rcp("signin:Authenticate"), ROOT)
    path = verified_case(DEVELOPMENT)
    page = desk.opens(path)
    assert "On for the organization’s root" in text_of(page)
    assert "the management account 111122223333 can change them" in text_of(page)
    assert "link" not in form_actions(page)
    assert sends_step(desk, path, "link") == 400
    assert refused() == ["A resource-based policy is not the cause"]
    assert only_case().link_digest == ""


def test_nothing_is_on_and_support_looks_elsewhere(desk: Visitor, world: World) -> None:
    lock_out()
    delete_authorization(STANDALONE)
    page = desk.opens(opens_case(desk))
    assert "look for another reason why the sign-in fails" in text_of(page)


def test_without_statements_identity_policies_are_looked_at(desk: Visitor, world: World) -> None:
    put_authorization(STANDALONE)
    assert "identity-based policies that deny" in text_of(desk.opens(opens_case(desk)))


def test_an_account_whose_root_user_has_no_credentials_has_a_mailbox(desk: Visitor, root_user_without_credentials: Person) -> None:
    account, email = root_user_without_credentials.account, root_user_without_credentials.email
    lock_out(account)
    assert walks_to_link(desk, account, email)


# Who may do any of this


@pytest.mark.parametrize("path", ["", "new", "1/"])
def test_adm_02_others_are_led_to_the_operators_sign_in(world: World, iam_user: Person, path: str) -> None:
    console = Browser()
    console.opens(iam_user)
    for client in (OperatorBrowser().client, console.client):
        answer = client.get(CASES + path)
        assert answer.status_code == 303
        assert answer["Location"].startswith("/signin/operator?next=%2Foperator%2Frecovery%2F")


def test_ses_09_after_some_time_the_operator_is_asked_first(desk: Visitor, locked: None) -> None:
    path = opens_case(desk)
    clock.advance(conf.reauthentication_lifetime + timedelta(seconds=1))
    for step in ("code", "withdraw"):
        answer = presses(desk, path, step)
        assert answer.status_code == 303
        assert answer["Location"].startswith("/operator/security/mfa/confirm?")
    assert desk.sends(desk.opens(f"{CASES}new"), account=DEVELOPMENT, reason="x")["Location"].startswith("/operator/security/mfa/confirm?")
    assert (only_case().codes, only_case().closed_at) == (0, None)


@pytest.mark.parametrize(("account", "reason"), [("999999999999", "x"), ("no-such-alias", "x"), ("!", "x"), (STANDALONE, ""), (STANDALONE, "a\nb")])
def test_a_case_needs_an_account_and_a_reason(desk: Visitor, world: World, account: str, reason: str) -> None:
    answer = desk.sends(desk.opens(f"{CASES}new"), account=account, reason=reason)
    assert answer.status_code == 400
    assert alerts_of(answer)
    assert not RecoveryCase.objects.exists()


@pytest.mark.parametrize("key", ["0", "999999", str(2**63), "9" * 30])
def test_a_case_that_is_not_there(desk: Visitor, key: str) -> None:
    assert desk.get(f"{CASES}{key}/").status_code == 404


def test_the_list_pages_by_key(desk: Visitor, locked: None) -> None:
    assert "Nobody has asked for help yet" in text_of(desk.opens(CASES))
    now = clock.now()
    RecoveryCase.objects.bulk_create(
        RecoveryCase(
            account_id=STANDALONE, reason=f"<b>{n}</b>", opened_by="operator", expires_at=now, closed_at=now, outcome=RecoveryCase.Outcome.WITHDRAWN
        )
        for n in range(45)
    )
    keys = sorted(RecoveryCase.objects.values_list("pk", flat=True), reverse=True)
    first = desk.opens(CASES).content.decode()
    assert first.count("data-case=") == 20
    assert "&lt;b&gt;44&lt;/b&gt;" in first
    assert f'href="./?before={keys[19]}"' in first
    last = desk.opens(f"{CASES}?before={keys[39]}").content.decode()
    assert last.count("data-case=") == 5
    assert "rel=next" not in last
    assert "end of the list" in text_of(desk.opens(f"{CASES}?before=1"))
    assert desk.get(f"{CASES}?before=x").status_code == 400


def test_the_operators_pages_lead_to_the_cases(desk: Visitor) -> None:
    for page in ("/admin/", "/operator/security/"):
        assert f'href="{CASES}"' in desk.opens(page).content.decode()


def test_nobody_is_left_with_a_step_when_the_root_user_has_no_address(desk: Visitor, locked: None) -> None:
    path = opens_case(desk)
    Principal.objects.filter(kind=Principal.Kind.ROOT, account_id=STANDALONE).update(email="", email_key="")
    assert "Nobody can be verified by mail" in text_of(desk.opens(path))
    assert sends_step(desk, path, "code") == 400
