"""The overview: what is on, what is put, which Regions know of it, and the consolidated policy."""

import json
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import SignInSession
from policies.statements.flows import consolidated
from portal.conf import conf
from portal.console.access.views import PAGE
from portal.core import clock
from portal.world.people import Person
from tests.awsapi.conftest import key_of
from tests.awsapi.program import Program
from tests.console.access.steps import EMERGENCY, OFFICE, VPC, code_of, has, held, opened, page_of, put, switched_on
from tests.console.browsing import Browser
from tests.journeys.visitor import text_of


def test_an_account_without_statements_is_told_what_to_do_first(laptop: Browser, here: SignInSession) -> None:
    page = opened(laptop, here)
    assert held(page, "authorization") == "Off"
    assert "No permission statement yet" in held(page, "empty")
    assert held(page, "no-policy") == "us-east-1 knows of no permission statement, so there is no policy."
    assert not has(page, "propagation"), "nothing was ever changed"
    assert held(page, "quota") == "0 of 100"
    assert "does nothing until console authorization is on" in held(page, "empty")
    switched_on("111122223333")
    assert "counts as soon as it is added" in held(opened(laptop, here), "empty")


def test_statements_are_listed_with_their_conditions_in_words(laptop: Browser, here: SignInSession) -> None:
    sids = [put(source_ip=OFFICE, excluded_principal=EMERGENCY), put(**VPC, vpc_source_ip="10.0.0.0/16", signin_source_vpce="vpce-0fed987cba654321f")]
    page = opened(laptop, here)
    text = text_of(laptop.get(page_of(here)))
    assert [sid for sid in sids if f'data-copy="{sid}"' in page] == sids
    assert f"Only from {OFFICE}" in text
    assert f"public address or block {OFFICE} (aws:SourceIp)" in text
    assert f"whom it leaves alone: {EMERGENCY}" in text
    assert "through the VPC vpc-0abc123def456789a (aws:SourceVpc)" in text
    assert "by the VPC endpoint vpce-0fed987cba654321f (aws:SourceVpce)" in text
    assert "10.0.0.0/16" in text
    assert "the sign-in endpoint of us-west-2 (aws:RequestedRegion)" in text
    assert "It excludes nobody" in text
    assert "Each statement denies by itself" in text
    assert held(page, "quota") == "2 of 100"


def test_the_consolidated_policy_is_the_apis(laptop: Browser, here: SignInSession) -> None:
    put(source_ip=OFFICE, excluded_principal=EMERGENCY)
    put(**VPC)
    page = opened(laptop, here)
    shown = json.loads(code_of(page, "policy"))
    answered = Program.of(key_of("111122223333", "Carlos")).answered("signin", "GetResourcePolicy")["signinResourceBasedPolicy"]
    assert [{name[:1].lower() + name[1:]: value for name, value in statement.items()} for statement in shown["Statement"]] == answered["statement"]
    assert code_of(page, "policy-line") == "aws signin get-resource-policy --region us-east-1"


def test_a_region_learns_of_a_change_later_and_the_page_says_when(laptop: Browser, here: SignInSession) -> None:
    put(source_ip=OFFICE)
    page = opened(laptop, here, "?region=eu-west-1")
    seconds = int(conf.policy_propagation.total_seconds())
    assert f"known in us-east-1; other Regions learn of it in {seconds} seconds." in held(page, "propagation")
    assert "On its way to other Regions" in page
    assert held(page, "policy-region") == "eu-west-1"
    assert "eu-west-1 knows of no permission statement" in held(page, "no-policy")

    clock.advance(timedelta(seconds=seconds - 1))
    assert "learn of it in 1 second." in held(opened(laptop, here), "propagation"), "the console keeps its Region"
    clock.advance(timedelta(seconds=2))
    page = opened(laptop, here)
    assert "known everywhere" in held(page, "propagation")
    assert "On its way" not in page
    assert json.loads(code_of(page, "policy")) == consolidated("111122223333", "eu-west-1")
    assert code_of(page, "policy-line") == "aws signin get-resource-policy --region eu-west-1"


def test_switching_on_is_a_change_that_takes_its_time_as_well(laptop: Browser, here: SignInSession) -> None:
    switched_on("111122223333")
    assert "other Regions learn of it in" in held(opened(laptop, here), "propagation")


@pytest.mark.parametrize(
    ("target", "words"), [("o-exampleorg", "the organization o-exampleorg"), ("r-ab12cd34ef", "the organization's root r-ab12cd34ef")]
)
def test_a_member_is_told_whose_setting_it_is(laptop: Browser, other_iam_user: Person, target: str, words: str) -> None:
    switched_on(target)
    member = laptop.opens(other_iam_user)
    page = opened(laptop, member)
    assert held(page, "authorization") == "On"
    assert held(page, "where-on") == f"On by the setting of {words}."
    assert "Only the management account 111122223333 can change the organization's setting." in text_of(laptop.get(page_of(member)))
    assert not has(page, "switch-off")
    assert laptop.get(page_of(member, "off")).status_code == 404


def test_the_management_account_is_led_to_the_organizations_setting(laptop: Browser, here: SignInSession) -> None:
    switched_on("o-exampleorg")
    page = opened(laptop, here)
    assert held(page, "authorization") == "On"
    assert 'href="../organization/"' in page


def test_statements_page_by_key(laptop: Browser, here: SignInSession) -> None:
    sids = [put(source_ip=f"203.0.113.{number}") for number in range(PAGE + 3)]
    first = opened(laptop, here)
    following = first.partition('href="?after=')[2].partition("#")[0]
    second = opened(laptop, here, f"?after={following}")
    found = [[sid for sid in sids if f'data-statement="{sid}"' in page] for page in (first, second)]
    assert found == [sids[:PAGE], sids[PAGE:]]
    assert 'rel="next"' not in second


@pytest.mark.parametrize("after", ["x", "x" * 3000, "c3RhdGVtZW50OngK", "%00"])
def test_an_unreadable_key_is_bad_input(laptop: Browser, here: SignInSession, after: str) -> None:
    assert laptop.get(page_of(here, f"?after={after}")).status_code == 400


def test_the_pages_cost_does_not_grow_with_its_statements(
    laptop: Browser, here: SignInSession, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(PAGE):
        put(source_ip=f"203.0.113.{number}")
    opened(laptop, here)
    with django_assert_max_num_queries(20):
        opened(laptop, here)


def test_a_full_account_offers_no_further_statement(laptop: Browser, here: SignInSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_STATEMENT_QUOTA", "1")
    assert has(opened(laptop, here), "add-statement")
    put(source_ip=OFFICE)
    page = opened(laptop, here)
    assert not has(page, "add-statement")
    assert has(page, "full")


def test_people_find_the_page(laptop: Browser, here: SignInSession) -> None:
    assert 'href="access/"' in laptop.home(here).content.decode()
    for room in ("security", "users", "mfa/register"):
        page = laptop.get(f"/console/{here.name}/{room}").content.decode()
        assert f'href="{page_of(here)}"' in page
        assert 'href="/rehearsal/?account=111122223333"' in page
    assert f'href="{page_of(here)}" aria-current="page"' in opened(laptop, here)
