"""Statements and console authorization over time: what is put, repeated, listed, deleted, and when which Region knows of it."""

from datetime import timedelta

import pytest

from accounts.models import Organization
from policies.models import ConsoleAuthorization, PermissionStatement
from policies.statements.errors import ConflictException, ResourceNotFoundException, ServiceQuotaExceededException, ValidationException
from policies.statements.flows import (
    Authorization,
    StatementParameters,
    authorization_of,
    consolidated,
    delete_authorization,
    delete_statement,
    list_statements,
    put_authorization,
    put_statement,
)
from policies.statements.rules import NEXT_TOKEN, STATEMENT_ID
from portal.conf import conf
from portal.core import clock
from tests.fixtures.people import World

ACCOUNT, OTHER = "123456789012", "444455556666"
HERE, THERE = "us-east-1", "us-west-2"
OFFICE = StatementParameters(source_ip="203.0.113.0/24")

pytestmark = pytest.mark.usefixtures("world")


def sids(region: str = HERE, account: str = ACCOUNT) -> list[str]:
    """Return the IDs of the statements that a Region knows."""
    return [statement.sid for statement in list_statements(account, region).statements]


def address(number: int) -> StatementParameters:
    """Return the parameters of one of many statements."""
    return StatementParameters(source_ip=f"192.0.2.{number}")


def test_a_statement_gets_an_id_of_64_characters_and_is_listed_with_its_conditions() -> None:
    sid = put_statement(ACCOUNT, OFFICE)
    assert STATEMENT_ID.fullmatch(sid)
    (listed,) = list_statements(ACCOUNT, HERE).statements
    assert (listed.sid, listed.parameters) == (sid, OFFICE)
    assert listed.condition == {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}, "StringEquals": {"aws:ResourceAccount": [ACCOUNT]}}
    assert sids(account=OTHER) == []


def test_what_breaks_a_rule_is_not_put_and_every_rule_is_named() -> None:
    with pytest.raises(ValidationException) as refused:
        put_statement(ACCOUNT, StatementParameters(source_vpc="x", source_ip="y"), client_token="with space")
    assert (refused.value.code, refused.value.status) == ("INVALID_REQUEST", 400)
    assert all(name in refused.value.public for name in ("sourceVpc", "sourceIp", "requestedRegion", "clientToken"))
    with pytest.raises(ValidationException):
        put_statement(ACCOUNT, StatementParameters())
    assert not PermissionStatement.objects.exists()


def test_a_repeated_put_with_its_token_is_the_same_statement() -> None:
    first = put_statement(ACCOUNT, OFFICE, client_token="unique-request-id-12345")
    assert put_statement(ACCOUNT, OFFICE, client_token="unique-request-id-12345") == first
    assert sids() == [first]
    assert put_statement(OTHER, OFFICE, client_token="unique-request-id-12345") != first, "a token is an account's own"


def test_a_token_stands_for_one_statement_for_good() -> None:
    first = put_statement(ACCOUNT, OFFICE, client_token="token")
    with pytest.raises(ConflictException) as refused:
        put_statement(ACCOUNT, address(1), client_token="token")
    assert (refused.value.code, refused.value.status) == ("CONFLICT", 409)
    delete_statement(ACCOUNT, first)
    with pytest.raises(ConflictException):
        put_statement(ACCOUNT, OFFICE, client_token="token")


def test_without_token_every_put_is_a_statement() -> None:
    assert put_statement(ACCOUNT, OFFICE) != put_statement(ACCOUNT, OFFICE)
    assert len(sids()) == 2


def test_an_account_has_so_many_statements_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_STATEMENT_QUOTA", "2")
    first = put_statement(ACCOUNT, address(1), client_token="first")
    put_statement(ACCOUNT, address(2))
    with pytest.raises(ServiceQuotaExceededException) as refused:
        put_statement(ACCOUNT, address(3))
    assert (refused.value.code, refused.value.status) == ("SERVICE_QUOTA_EXCEEDED", 402)
    assert put_statement(ACCOUNT, address(1), client_token="first") == first, "a repetition adds nothing"
    put_statement(OTHER, address(1))
    delete_statement(ACCOUNT, first)
    put_statement(ACCOUNT, address(3))


def test_a_statement_is_deleted_once_and_by_its_own_account() -> None:
    sid = put_statement(ACCOUNT, OFFICE)
    for account, wrong in ((OTHER, sid), (ACCOUNT, "A" * 64)):
        with pytest.raises(ResourceNotFoundException) as refused:
            delete_statement(account, wrong)
        assert (refused.value.code, refused.value.status) == ("RESOURCE_NOT_FOUND", 404)
    with pytest.raises(ValidationException):
        delete_statement(ACCOUNT, "short")
    delete_statement(ACCOUNT, sid)
    assert sids() == []
    with pytest.raises(ResourceNotFoundException):
        delete_statement(ACCOUNT, sid)


def test_statements_of_an_account_that_is_not_there() -> None:
    with pytest.raises(ResourceNotFoundException):
        put_statement("999999999999", OFFICE)


def test_pages_hold_every_statement_once_in_the_order_of_putting() -> None:
    put = [put_statement(ACCOUNT, address(number)) for number in range(7)]
    put_statement(OTHER, OFFICE)
    found: list[str] = []
    token, pages = "", 0
    while pages == 0 or token:
        page = list_statements(ACCOUNT, HERE, limit=3, after=token)
        found += [statement.sid for statement in page.statements]
        token, pages = page.next_token, pages + 1
        assert NEXT_TOKEN.fullmatch(token)
    assert (found, pages) == (put, 3)
    assert list_statements(ACCOUNT, HERE, limit=7).next_token == ""


@pytest.mark.parametrize("limit", [0, 101, -1])
def test_a_page_has_one_to_a_hundred_statements(limit: int) -> None:
    with pytest.raises(ValidationException):
        list_statements(ACCOUNT, HERE, limit=limit)


@pytest.mark.parametrize("token", ["a b", "bm90IG91cnM=", "c3RhdGVtZW50Og==", "c3RhdGVtZW50OngK", "====", "A" * 3000, "é"])
def test_a_token_that_is_none_is_refused(token: str) -> None:
    with pytest.raises(ValidationException):
        list_statements(ACCOUNT, HERE, after=token)


def test_another_region_learns_of_a_statement_later_on_the_simulated_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TRAINING", "1")
    put = clock.now()
    sid = put_statement(ACCOUNT, OFFICE, now=put)
    assert sids(HERE) == [sid]
    assert sids(THERE) == []
    assert consolidated(ACCOUNT, THERE) is None
    clock.advance(timedelta(seconds=21))
    assert sids(THERE) == [sid]
    assert consolidated(ACCOUNT, THERE) == consolidated(ACCOUNT, HERE)
    delete_statement(ACCOUNT, sid)
    assert (sids(HERE), sids(THERE)) == ([], [sid])
    clock.advance(timedelta(seconds=21))
    assert sids(THERE) == []


def test_the_moment_of_propagation_is_exact() -> None:
    put = clock.now()
    sid = put_statement(ACCOUNT, OFFICE, now=put)
    wait = conf.policy_propagation
    just = timedelta(microseconds=1)
    known = [[each.sid for each in list_statements(ACCOUNT, THERE, now=moment).statements] for moment in (put, put + wait - just, put + wait)]
    assert known == [[], [], [sid]]


def test_how_long_it_takes_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_POLICY_PROPAGATION_SECONDS", "0")
    sid = put_statement(ACCOUNT, OFFICE)
    assert sids(THERE) == [sid]


def test_a_statement_that_is_gone_before_a_region_heard_of_it_is_never_known_there() -> None:
    put = clock.now()
    sid = put_statement(ACCOUNT, OFFICE, now=put)
    delete_statement(ACCOUNT, sid, now=put + timedelta(seconds=5))
    seen = [list_statements(ACCOUNT, THERE, now=put + timedelta(seconds=second)).statements for second in range(0, 40, 2)]
    assert [len(found) for found in seen] == [1 if 20 <= second < 25 else 0 for second in range(0, 40, 2)], "each change takes the same time"


@pytest.mark.parametrize(("target", "scope"), [(ACCOUNT, "ACCOUNT"), ("o-exampleorg", "ORGANIZATION"), ("r-ab12cd34ef", "ORGANIZATION")])
def test_authorization_is_switched_on_and_off(target: str, scope: str) -> None:
    assert authorization_of(target, HERE) == Authorization(target, scope, enabled=False)
    assert put_authorization(target) == Authorization(target, scope, enabled=True)
    assert put_authorization(target) == Authorization(target, scope, enabled=True), "once more changes nothing"
    assert authorization_of(target, HERE).enabled
    assert ConsoleAuthorization.objects.count() == 1
    assert delete_authorization(target) == Authorization(target, scope, enabled=False)
    assert not authorization_of(target, HERE).enabled
    with pytest.raises(ResourceNotFoundException):
        delete_authorization(target)
    put_authorization(target)
    assert authorization_of(target, HERE).enabled


def test_switching_off_keeps_the_statements() -> None:
    sid = put_statement(ACCOUNT, OFFICE)
    put_authorization(ACCOUNT)
    delete_authorization(ACCOUNT)
    assert sids() == [sid]


@pytest.mark.parametrize("target", ["999999999999", "o-aaaaaaaaaa", "r-aaaaaaaaaa"])
def test_a_target_that_is_not_there(target: str) -> None:
    for ask in (put_authorization, delete_authorization, lambda name: authorization_of(name, HERE)):
        with pytest.raises(ResourceNotFoundException):
            ask(target)


@pytest.mark.parametrize("target", ["", "12345", "ou-ab12cd34ef-11111111", "arn:aws:iam::123456789012:root", "123456789012\n"])
def test_what_is_no_target(target: str) -> None:
    for ask in (put_authorization, delete_authorization, lambda name: authorization_of(name, HERE)):
        with pytest.raises(ValidationException):
            ask(target)


def test_another_region_learns_of_authorization_later() -> None:
    on = clock.now()
    put_authorization(ACCOUNT, now=on)
    wait = conf.policy_propagation
    assert [authorization_of(ACCOUNT, THERE, now=on + after).enabled for after in (timedelta(0), wait)] == [False, True]
    off = on + timedelta(minutes=5)
    delete_authorization(ACCOUNT, now=off)
    assert not authorization_of(ACCOUNT, HERE, now=off).enabled
    assert [authorization_of(ACCOUNT, THERE, now=off + after).enabled for after in (timedelta(0), wait)] == [True, False]


def test_the_demo_world_switches_nothing_on(world: World) -> None:
    assert not ConsoleAuthorization.objects.exists()
    assert not PermissionStatement.objects.exists()
    assert Organization.objects.get().root_id == "r-ab12cd34ef"
