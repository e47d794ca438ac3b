"""Console authorization on and off: who is locked out now, oneself too, warnings, the organisation's setting, the events of the API."""

import re
from datetime import timedelta

import pytest

from accounts.models import Principal, SignInSession
from policies.models import PolicyDocument
from portal.conf import conf
from portal.core import clock
from portal.world.people import Person
from tests.awsapi.conftest import key_of
from tests.awsapi.program import Program
from tests.console.access.steps import ELSEWHERE, EMERGENCY, HOME, OFFICE, has, held, is_on, opened, page_of, put, records, switched_on
from tests.console.browsing import Browser
from tests.journeys.visitor import text_of
from tests.policies.enforcement.guarded import attach, deny

ACCOUNT = "111122223333"
ON, OFF = "PutConsoleAuthorizationConfiguration", "DeleteConsoleAuthorizationConfiguration"


def test_on_and_off_each_with_the_event_of_the_api(laptop: Browser, here: SignInSession) -> None:
    program = Program.of(key_of(ACCOUNT, "Carlos"))
    put(source_ip=OFFICE, excluded_principal=EMERGENCY)
    assert laptop.send(page_of(here, "on"), page=page_of(here, "on"))["Location"] == page_of(here, "?done=on")
    assert is_on(ACCOUNT)
    page = opened(laptop, here)
    assert held(page, "authorization") == "On"
    assert not has(page, "switch-on")
    assert laptop.send(page_of(here, "off"), page=page_of(here, "off"))["Location"] == page_of(here, "?done=off")
    assert not is_on(ACCOUNT)
    program.answered("signin", ON, targetId=ACCOUNT)
    program.answered("signin", OFF, targetId=ACCOUNT)
    for operation, enabled in ((ON, True), (OFF, False)):
        by_page, by_call = records(operation)
        assert by_page["requestParameters"] == by_call["requestParameters"] == {"targetId": ACCOUNT}
        answer = {"targetId": ACCOUNT, "scope": "ACCOUNT", "consoleAuthorizationEnabled": enabled}
        assert by_page["responseElements"] == by_call["responseElements"] == answer
        assert by_page.keys() == by_call.keys()


def test_the_dialog_names_who_is_locked_out_now(laptop: Browser, here: SignInSession) -> None:
    put(source_ip="203.0.113.10", excluded_principal=EMERGENCY)
    page = opened(laptop, here, "on")
    losing = held(page, "losing")
    for label in ("root", "user/Carlos", "user/alice"):
        assert label in losing
    assert "EmergencyAdmin" not in losing
    assert "user/Carlos" in held(page, "yourself"), "he is at 203.0.113.7"
    assert "203.0.113.7" in held(page, "yourself")
    put(source_ip=ELSEWHERE)
    page = opened(laptop, here, "on")
    assert "user/EmergencyAdmin" in held(page, "locked-out")
    assert not has(page, "losing"), "nobody is left with a network"
    assert not is_on(ACCOUNT)


def test_whoever_is_safe_here_needs_no_box(laptop: Browser, here: SignInSession) -> None:
    put(source_ip=OFFICE, excluded_principal=EMERGENCY)
    page = opened(laptop, here, "on")
    assert not has(page, "yourself")
    assert 'name="understood"' not in page


def test_whoever_locks_itself_out_ticks_a_box(laptop: Browser, here: SignInSession) -> None:
    put(source_ip=ELSEWHERE, excluded_principal=EMERGENCY)
    for fields in ({}, {"understood": "no"}):
        answer = laptop.send(page_of(here, "on"), page=page_of(here, "on"), **fields)
        assert answer.status_code == 400
        assert "Tick this box if you mean it" in text_of(answer)
        assert not is_on(ACCOUNT)
    assert records(ON) == []
    assert laptop.send(page_of(here, "on"), page=page_of(here, "on"), understood="yes").status_code == 303
    assert is_on(ACCOUNT)


def test_the_simulated_network_is_where_one_is(laptop: Browser, here: SignInSession) -> None:
    put(source_ip=OFFICE, excluded_principal=EMERGENCY)
    assert laptop.send("/training/network", page="/training/network", network="home").status_code == 303
    page = opened(laptop, here, "on")
    assert HOME in held(page, "yourself")


def test_no_excluded_principal_is_warned_of(laptop: Browser, here: SignInSession) -> None:
    put(source_ip=OFFICE)
    warnings = held(opened(laptop, here, "on"), "warnings")
    assert "exclude" in warnings.lower()
    put(source_ip=OFFICE, excluded_principal=EMERGENCY)


def test_without_statements_the_dialog_says_what_counts(laptop: Browser, here: SignInSession) -> None:
    page = opened(laptop, here, "on")
    assert has(page, "no-statements")
    assert has(page, "nobody")


def test_switching_on_twice_changes_nothing_more(laptop: Browser, here: SignInSession) -> None:
    for _ in range(2):
        assert laptop.send(page_of(here, "on"), page=page_of(here, "on")).status_code == 303
    assert has(opened(laptop, here, "on"), "already")
    assert is_on(ACCOUNT)


def test_what_is_not_on_cannot_be_switched_off(laptop: Browser, here: SignInSession) -> None:
    assert laptop.get(page_of(here, "off")).status_code == 404
    assert laptop.send(page_of(here, "off"), page=page_of(here, "add")).status_code == 404
    assert records(OFF)[-1]["errorCode"] == "ResourceNotFoundException"


def test_a_member_switches_its_own_setting_and_never_the_organizations(laptop: Browser, other_iam_user: Person) -> None:
    switched_on("o-exampleorg")
    member = laptop.opens(other_iam_user)
    assert has(opened(laptop, member, "on"), "already")
    assert laptop.send(page_of(member, "off"), page=page_of(member, "add")).status_code == 404
    assert is_on("o-exampleorg")
    laptop.send(page_of(member, "on"), page=page_of(member, "on"))
    assert is_on("444455556666")
    dialog = opened(laptop, member, "off")
    assert "It stays on all the same" in held(dialog, "stays-on")
    assert "Only the management account 111122223333" in held(dialog, "stays-on")
    laptop.send(page_of(member, "off"), page=page_of(member, "off"))
    assert (is_on("444455556666"), is_on("o-exampleorg")) == (False, True)


def test_switching_off_tells_who_gains(laptop: Browser, here: SignInSession) -> None:
    put(source_ip=OFFICE, excluded_principal=EMERGENCY)
    switched_on(ACCOUNT)
    assert re.search(r"user/Carlos\b.*: .*Home", held(opened(laptop, here, "off"), "gaining"))


@pytest.mark.parametrize("room", ["on", "off"])
def test_ses_09_switching_needs_a_recent_proof(laptop: Browser, here: SignInSession, iam_user: Person, room: str) -> None:
    if room == "off":
        switched_on(ACCOUNT)
    clock.advance(conf.reauthentication_lifetime + timedelta(seconds=1))
    answer = laptop.send(page_of(here, room), page=page_of(here, "add"), understood="yes")
    assert answer["Location"].startswith(f"/console/{here.name}/mfa/confirm?next=")
    assert is_on(ACCOUNT) is (room == "off")
    confirm = f"/console/{here.name}/mfa/confirm"
    answer = laptop.send(confirm, page=answer["Location"], next=page_of(here, room), type="password", password=iam_user.password)
    assert answer["Location"] == page_of(here, room)
    assert laptop.send(page_of(here, room), page=page_of(here, room)).status_code == 303
    assert is_on(ACCOUNT) is (room == "on")


def test_policies_that_compare_much_bound_how_many_principals_are_tried_and_the_page_says_so(laptop: Browser, here: SignInSession) -> None:
    Principal.objects.bulk_create(
        Principal(kind="iam_user", account_id=ACCOUNT, name=f"u{number}", name_key=f"u{number}", unique_id=f"AIDATRIED{number:05}")
        for number in range(60)
    )
    put(source_ip=OFFICE, excluded_principal=EMERGENCY)
    assert "it has more" not in text_of(laptop.get(page_of(here, "on")))
    compared = [f"*${{aws:username}}*{number}" for number in range(400)]
    attach(PolicyDocument.Type.IDENTITY, deny("s3:*", StringLike={"aws:PrincipalArn": compared}), f"arn:aws:iam::{ACCOUNT}:user/u1", account=ACCOUNT)
    assert "(the first ones; it has more)" in text_of(laptop.get(page_of(here, "on")))
