"""A visit opens the recovery page and nothing else, and hangs on everything that it was opened by."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.administration.acts import Actor
from accounts.administration.flows import disable
from accounts.models import Account, Principal, SignInSession
from policies.enforcement import stamp
from policies.models import ConsoleAuthorization, PermissionStatement, PolicyDocument, RecoveryCase, RecoveryVisit
from policies.recovery.rules import VISIT_LIFETIME
from policies.recovery.tasks import purge
from policies.statements.flows import delete_configuration
from portal.core import clock
from portal.core.tokens import new_token
from portal.network.origin import Origin
from portal.trail.models import Event
from portal.world.flows import reset_world
from portal.world.people import Person
from tests.attacks.addresses import addresses
from tests.attacks.matrix import MATRIX
from tests.console.browsing import principal_of
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, alerts_of, text_of
from tests.policies.enforcement.guarded import DEVELOPMENT, STANDALONE, UNIT, attach, deny
from tests.policies.recovery.steps import DELETE, DONE, case_with_link, lock_out, only_case, signs_in, visits, walks_to_link

ACTION = "signin:DeleteConsoleAuthorizationConfiguration"
OWN = {"recovery/delete", "recovery/leave", "recovery/sign-in"}


@pytest.fixture
def visiting(at_home: Visitor, locked: None, administrator: Person) -> Visitor:
    """The administrator's browser, to which the recovery page is open."""
    case_with_link()
    visits(at_home, administrator, only_case())
    return at_home


def left() -> int:
    """Return how many statements there are still."""
    return PermissionStatement.objects.filter(removed_at=None).count()


def test_mfa_01_every_other_page_is_as_closed_as_to_nobody(visiting: Visitor) -> None:
    secret = visiting.client.cookies["recovery"].value
    for address in addresses():
        if address.pattern in OWN or address.pattern.startswith("training/"):
            continue
        get, _head, post, *_action = MATRIX[address.pattern].split()
        visiting.client.cookies["recovery"] = secret
        assert visiting.get(address.path).status_code == int(get), f"GET {address.pattern}"
        assert visiting.posts_with_token(address.path).status_code == int(post), f"POST {address.pattern}"
    for address in addresses(admin=True):
        if address.pattern.startswith("admin/") and not any(sign in address.path for sign in "<("):
            assert visiting.client.get(address.path).status_code in {302, 303, 403, 404}, address.path
    assert not SignInSession.objects.filter(principal__account_id=STANDALONE).exists()
    assert left() == 1
    assert visiting.get(DELETE).status_code == 200, "and the visit is there still"


@pytest.mark.parametrize("prefix", ["s-", "operator", "trust-"])
def test_the_secret_of_a_visit_is_worth_nothing_under_another_name(visiting: Visitor, prefix: str) -> None:
    name = f"{STANDALONE}-abcdefgh"
    visiting.client.cookies[prefix + ("abcdefgh" if prefix.endswith("-") else "")] = visiting.client.cookies["recovery"].value
    assert visiting.get(f"/console/{name}/home").status_code == 303
    assert visiting.get("/admin/").status_code in {302, 303}


@pytest.mark.parametrize("secret", ["", "x", "x" * 43, "x" * 2000])
def test_no_other_secret_opens_the_page(visiting: Visitor, secret: str) -> None:
    visiting.client.cookies["recovery"] = secret
    assert visiting.get(DELETE).status_code == 404
    assert visiting.posts_with_token(DELETE, account=STANDALONE).status_code == 404
    assert left() == 1


def test_what_the_database_holds_is_no_secret(visiting: Visitor) -> None:
    visiting.client.cookies["recovery"] = RecoveryVisit.objects.get().secret_digest
    assert visiting.get(DELETE).status_code == 404


def _time(_person: Person) -> None:
    clock.advance(VISIT_LIFETIME)


def _clock_goes_back(_person: Person) -> None:
    clock.advance(timedelta(minutes=-5))


def _new_password(person: Person) -> None:
    Principal.objects.filter(pk=principal_of(person).pk).update(credential_epoch=7)


def _disabled(person: Person) -> None:
    origin = Origin(address="203.0.113.9", region="us-east-1", regional=False, user_agent="tests", host="localhost")
    disable(principal_of(person), by=Actor(Principal.objects.get(kind=Principal.Kind.OPERATOR, name="operator"), origin))


def _suspended(person: Person) -> None:
    Account.objects.filter(pk=person.account).update(status=Account.Status.SUSPENDED)


def _moved(person: Person) -> None:
    Principal.objects.filter(pk=principal_of(person).pk).update(account_id=DEVELOPMENT)


def _case_swapped(_person: Person) -> None:
    RecoveryCase.objects.update(account_id=DEVELOPMENT)


@pytest.mark.parametrize("ends", [_time, _clock_goes_back, _new_password, _disabled, _suspended, _moved, _case_swapped])
def test_ses_05_a_visit_ends_with_what_it_hangs_on(visiting: Visitor, administrator: Person, ends: Any) -> None:
    page = visiting.opens(DELETE)
    ends(administrator)
    assert visiting.sends(page, account=STANDALONE).status_code == 404
    assert visiting.get(DELETE).status_code == 404
    assert left() == 1
    assert not Event.objects.filter(event_name="DeleteConsoleAuthorizationConfiguration").exists()


@pytest.mark.parametrize("typed", ["", "111122223333", "12345678901", "example-standalone", "x" * 100])
def test_the_account_is_named_to_confirm(visiting: Visitor, typed: str) -> None:
    answer = visiting.sends(visiting.opens(DELETE), account=typed)
    assert answer.status_code == 400
    assert alerts_of(answer)
    assert (left(), only_case().closed_at) == (1, None)


def test_brw_01_the_deletion_needs_the_pages_own_token(visiting: Visitor) -> None:
    assert visiting.posts(DELETE, {"account": STANDALONE}).status_code == 403
    assert left() == 1


def test_somebody_else_deleted_it_in_the_meantime(visiting: Visitor) -> None:
    page = visiting.opens(DELETE)
    delete_configuration(STANDALONE)
    answer = visiting.sends(page, account=STANDALONE)
    assert answer.status_code == 409
    assert "There is nothing left to delete" in alerts_of(answer)
    assert only_case().closed_at is None
    assert not Event.objects.filter(event_name="DeleteConsoleAuthorizationConfiguration").exists()


def test_an_explicit_deny_counts(visiting: Visitor, administrator: Person) -> None:
    arn = f"arn:aws:iam::{STANDALONE}:user/{administrator.username}"
    page = visiting.opens(DELETE)
    attach(PolicyDocument.Type.IDENTITY, deny(ACTION), arn, name="KeepIt", account=STANDALONE)
    stamp.changed()
    assert visiting.sends(page, account=STANDALONE).status_code == 403
    answer = visiting.get(DELETE)
    assert (answer.status_code, left()) == (403, 1)
    assert "KeepIt" in text_of(answer)


def test_a_service_control_policy_counts(at_home: Visitor, world: World) -> None:
    mary = world[DEVELOPMENT, "Mary_Major"]
    lock_out(DEVELOPMENT)
    _path, link = case_with_link(DEVELOPMENT)
    page = signs_in(at_home, link, mary)
    assert page.status_code == 200
    attach(PolicyDocument.Type.SCP, deny("signin:Delete*"), UNIT)
    stamp.changed()
    assert at_home.sends(page, account=DEVELOPMENT).status_code == 403
    assert left() == 1


def test_the_deletion_is_all_or_nothing(visiting: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_given: object, **_named: object) -> None:
        raise RuntimeError("no mail")

    monkeypatch.setattr("policies.recovery.deletion.post", failing)
    visiting.client.raise_request_exception = False
    assert visiting.sends(visiting.opens(DELETE), account=STANDALONE).status_code == 500
    assert (left(), only_case().closed_at) == (1, None)
    assert ConsoleAuthorization.objects.filter(removed_at=None).count() == 1
    assert not Event.objects.filter(event_name__in=["DeleteConsoleAuthorizationConfiguration", "SupportRecoveryCompleted"]).exists()
    monkeypatch.undo()
    visiting.goes(visiting.sends(visiting.opens(DELETE), account=STANDALONE), DONE)


def test_what_is_over_loses_its_secrets_after_a_day(visiting: Visitor) -> None:
    visiting.sends(visiting.opens(DELETE), account=STANDALONE)
    assert purge() == 0
    assert only_case().link_digest
    clock.advance(timedelta(days=1, minutes=20))
    assert purge() == 2
    assert not RecoveryVisit.objects.exists()
    case = only_case()
    assert (case.link_digest, case.code_digest, case.outcome) == ("", "", "completed")
    assert case.entries.count() == 6
    assert purge() == 0


def test_a_case_that_lives_keeps_its_link(visiting: Visitor) -> None:
    clock.advance(timedelta(hours=71))
    purge()
    assert only_case().link_digest


def test_a_reset_of_the_world_clears_cases(visiting: Visitor) -> None:
    reset_world()
    assert not RecoveryCase.objects.exists()
    assert not RecoveryVisit.objects.exists()
    assert visiting.get(DELETE).status_code == 404


def test_leak_01_neither_code_nor_link_nor_visit_is_stored_or_recorded(
    desk: Visitor, at_home: Visitor, locked: None, administrator: Person, caplog: pytest.LogCaptureFixture
) -> None:
    from tests.attacks.test_leaks import MAIL, dump  # noqa: PLC0415  # a test's own reader of all tables

    caplog.set_level("DEBUG")
    link = walks_to_link(desk)
    signs_in(at_home, link, administrator)
    canaries = {link.rpartition("/")[2], at_home.client.cookies["recovery"].value}
    codes = {code for mail in desk.mails_to("standalone@example.com") for code in mail["codes"]}
    assert len(codes) == 1
    for table, rows in dump().items():
        if table not in MAIL:
            assert not [canary for canary in canaries if canary in rows], table
            if table.startswith(("policies", "portal_event")):
                assert not [code for code in codes if f"'{code}'" in rows], table
    assert not [canary for canary in canaries if canary in caplog.text]
    assert new_token() not in caplog.text
    shown = "".join(f"{row!r}{row!s}" for model in (RecoveryCase, RecoveryVisit) for row in model.objects.all())
    assert only_case().link_digest not in shown
