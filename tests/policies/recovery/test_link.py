"""The mailed link and the sign-in with it (security catalogue 2.B)."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest

from accounts.models import Principal, SignInSession
from policies.models import RecoveryCase, RecoveryVisit
from policies.recovery.rules import LINK_LIFETIME
from portal.core import clock
from portal.core.tokens import digest
from portal.trail.models import Event
from portal.world.people import Person
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, alerts_of, form_of, text_of
from tests.mfa.base.steps import attempt_of
from tests.mfa.codes import unused_code
from tests.policies.enforcement.guarded import DEVELOPMENT, STANDALONE
from tests.policies.recovery.steps import (
    DELETE,
    DONE,
    SIGN_IN,
    case_with_link,
    follows,
    is_dead,
    link_mailed,
    lock_out,
    only_case,
    signs_in,
    takes,
)

Ending = Callable[[Visitor, str], None]
BEFORE = "Your authentication information is incorrect. Please try again."


def test_rst_04_the_token_leaves_the_address_at_once(at_home: Visitor, locked: None) -> None:
    _path, link = case_with_link()
    answer = at_home.get(link)
    assert (answer.status_code, answer.headers["Location"]) == (303, SIGN_IN)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    token = link.rpartition("/")[2]
    assert token not in at_home.opens(SIGN_IN).content.decode()
    assert token not in str(at_home.client.cookies)
    dead = at_home.get("/recovery/" + "x" * 43)
    assert dead.headers["Referrer-Policy"] == "no-referrer"


def test_rst_06_looking_at_the_link_consumes_nothing(at_home: Visitor, locked: None, administrator: Person) -> None:
    _path, link = case_with_link()
    before = RecoveryCase.objects.values().get()
    events = Event.objects.count()
    scanner = Visitor(address="192.0.2.55", user_agent="mail-scanner")
    for _ in range(5):
        assert scanner.get(link).status_code == 303
        assert scanner.client.head(link).status_code == 303
        assert Visitor().get(link).status_code == 303
    assert RecoveryCase.objects.values().get() == before
    assert (Event.objects.count(), RecoveryVisit.objects.count()) == (events, 0)
    assert signs_in(at_home, link, administrator).status_code == 200


def _expires(desk: Visitor, _path: str) -> None:
    clock.advance(LINK_LIFETIME)


def _is_withdrawn(desk: Visitor, path: str) -> None:
    takes(desk, path, "withdraw")


def _is_replaced(desk: Visitor, path: str) -> None:
    takes(desk, path, "link")


def _changes_address(_desk: Visitor, _path: str) -> None:
    Principal.objects.filter(kind=Principal.Kind.ROOT, account_id=STANDALONE).update(email="new@example.com", email_key="new@example.com")


def _is_purged(_desk: Visitor, _path: str) -> None:
    RecoveryCase.objects.update(link_digest="")


@pytest.mark.parametrize("ends", [_expires, _is_withdrawn, _is_replaced, _changes_address, _is_purged])
def test_rst_05_a_dead_link_is_answered_as_one_that_never_was(
    desk: Visitor, at_home: Visitor, stranger: Visitor, locked: None, administrator: Person, ends: Ending
) -> None:
    path, link = case_with_link()
    begun = follows(at_home, link)
    visiting = Visitor(address="198.51.100.8")
    assert signs_in(visiting, link, administrator).status_code == 200
    ends(desk, path)
    junk, dead = stranger.get("/recovery/" + "x" * 43), stranger.get(link)
    assert text_of(junk).replace("x" * 43, "") == text_of(dead).replace(link.rpartition("/")[2], "")
    assert (junk.status_code, dead.status_code) == (404, 404)
    assert visiting.get(DELETE).status_code == 404, "the visit is over as well"
    assert visiting.posts_with_token(DELETE, account=STANDALONE).status_code == 404
    answer = at_home.sends(begun, username=administrator.username, password=administrator.password)
    assert answer.status_code == 404, "and nobody signs in by a page that is open still"
    assert not RecoveryVisit.objects.exclude(pk=RecoveryVisit.objects.earliest("id").pk).exists()


def test_rst_05_a_link_works_for_72_hours_of_the_simulated_clock(at_home: Visitor, locked: None, administrator: Person) -> None:
    _path, link = case_with_link()
    clock.advance(timedelta(hours=72) - timedelta(minutes=1))
    assert signs_in(at_home, link, administrator).status_code == 200
    clock.advance(timedelta(minutes=1))
    assert is_dead(at_home, link)
    assert at_home.get(DELETE).status_code == 404
    clock.advance(timedelta(hours=-80))
    assert is_dead(at_home, link), "nor does it work before it was mailed"


def test_rst_05_a_used_link_is_dead(at_home: Visitor, stranger: Visitor, locked: None, administrator: Person) -> None:
    _path, link = case_with_link()
    page, other = signs_in(at_home, link, administrator), signs_in(stranger, link, administrator)
    at_home.goes(at_home.sends(page, account=STANDALONE), DONE)
    lock_out()
    assert is_dead(at_home, link)
    assert stranger.sends(other, account=STANDALONE).status_code == 404
    assert Event.objects.filter(event_name="DeleteConsoleAuthorizationConfiguration").count() == 1


def test_a_new_link_is_good_for_72_hours_again(desk: Visitor, at_home: Visitor, locked: None) -> None:
    path, first = case_with_link()
    takes(desk, path, "link")
    second = link_mailed(desk, "standalone@example.com")
    assert first != second
    assert is_dead(at_home, first)
    assert not is_dead(at_home, second)
    assert only_case().link_digest == digest(second.rpartition("/")[2])


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 5000, "%00", "%ff%fe", "..", "<b>", "sign_in", quote("é" * 20)])
def test_what_is_no_link_opens_nothing(at_home: Visitor, token: str) -> None:
    assert at_home.get(f"/recovery/{token}").status_code in {400, 404, 414}


@pytest.mark.parametrize("stored", ["code_digest", "link_digest"])
def test_what_the_database_holds_is_no_link(at_home: Visitor, locked: None, stored: str) -> None:
    case_with_link()
    value = getattr(only_case(), stored) or "0" * 64
    assert is_dead(at_home, f"/recovery/{value}")


# Who signs in


def test_a_root_user_cannot_use_it(at_home: Visitor, locked: None, standalone_root_user: Person) -> None:
    _path, link = case_with_link()
    page = follows(at_home, link)
    for name in ("root", standalone_root_user.email):
        answer = at_home.sends(page, username=name, password=standalone_root_user.password)
        assert (answer.status_code, alerts_of(answer)) == (403, BEFORE)


def test_a_user_of_another_account_cannot_use_it(at_home: Visitor, locked: None, other_iam_user: Person) -> None:
    _path, link = case_with_link()
    page = follows(at_home, link)
    person = {"account": DEVELOPMENT, "username": other_iam_user.username, "password": other_iam_user.password}
    answer = at_home.posts(SIGN_IN, form_of(page).fields | person)
    assert (answer.status_code, alerts_of(answer)) == (403, BEFORE)
    assert not RecoveryVisit.objects.exists()


def test_enu_wrong_and_unknown_are_answered_alike(at_home: Visitor, locked: None, administrator: Person) -> None:
    _path, link = case_with_link()
    page = follows(at_home, link)
    wrong = at_home.sends(page, username=administrator.username, password="wrong")
    unknown = at_home.sends(page, username="Nobody", password="wrong")
    assert (wrong.status_code, alerts_of(wrong)) == (unknown.status_code, alerts_of(unknown)) == (403, BEFORE)


def test_the_policies_are_passed_only_by_a_journey_of_a_live_case(at_home: Visitor, locked: None, administrator: Person) -> None:
    """The same browser, with the link open, is denied at the ordinary form; and a name for the journey cannot be sent along."""
    _path, link = case_with_link()
    follows(at_home, link)
    denied = at_home.gives_iam(administrator)
    assert (denied.status_code, alerts_of(denied)) == (403, BEFORE)
    answer = at_home.posts_with_token(
        "/signin/iam?journey=recovery", account=STANDALONE, username=administrator.username, password=administrator.password, journey="recovery"
    )
    assert answer.status_code == 403
    assert not SignInSession.objects.filter(principal__account_id=STANDALONE).exists()


def test_the_case_is_looked_at_before_every_step(desk: Visitor, at_home: Visitor, world: World) -> None:
    efua = world["888888888888", "Efua_Owusu"]
    lock_out(efua.account)
    path, link = case_with_link(efua.account)
    answer = at_home.sends(follows(at_home, link), username=efua.username, password=efua.password)
    challenge = at_home.goes(answer, "/signin/mfa/")
    assert attempt_of(at_home)["journey"] == "recovery"
    takes(desk, path, "withdraw")
    answer = at_home.sends(challenge, code=unused_code(efua))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/recovery/over")
    over = at_home.get("/recovery/over")
    assert over.status_code == 404
    assert not attempt_of(at_home)
    assert not RecoveryVisit.objects.exists()


def test_a_case_of_another_account_carries_no_sign_in(at_home: Visitor, locked: None, world: World) -> None:
    efua = world["888888888888", "Efua_Owusu"]
    lock_out(efua.account)
    case_with_link()
    _path, link = case_with_link(efua.account)
    at_home.goes(at_home.sends(follows(at_home, link), username=efua.username, password=efua.password), "/signin/mfa/")
    RecoveryCase.objects.filter(account_id=efua.account).update(link_digest="0" * 64)
    other = RecoveryCase.objects.get(account_id=STANDALONE)
    RecoveryCase.objects.filter(pk=other.pk).update(link_digest=digest(link.rpartition("/")[2]))
    answer = at_home.sends(at_home.get("/recovery/sign-in"), username=efua.username, password=efua.password)
    assert answer.status_code == 403, "the form belongs to the other account now, which has no such user"
    assert not RecoveryVisit.objects.exists()


def test_half_a_recovery_ends_in_no_session(at_home: Visitor, locked: None, administrator: Person) -> None:
    _path, link = case_with_link()
    signs_in(at_home, link, administrator)
    assert at_home.get("/console/").status_code == 200
    assert not [name for name, morsel in at_home.client.cookies.items() if name.startswith("s-") and morsel.value]
    assert at_home.client.cookies["recovery"]["samesite"] == "Strict"
    assert at_home.client.cookies["recovery"]["httponly"]
    assert not SignInSession.objects.filter(principal__account_id=STANDALONE).exists()
