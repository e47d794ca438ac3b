"""THR: guessing is slowed down, and nobody can use that against the owner."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from accounts.credentials import hashing
from accounts.credentials.hashing import Argon2id
from accounts.signin.guessing import BY_ADDRESS, FROM_KNOWN_BROWSERS, FROM_NEW_BROWSERS, Guesser, count_failure, count_guess
from accounts.signin.root import views as root_views
from accounts.signin.root.flows import claim_key
from portal.core.throttle import throttle_key
from portal.network.origin import network_prefix, source_address
from portal.trail.models import Event
from portal.world.flows import load_world
from portal.world.people import Person, people
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, alerts_of

WRONG = "Not-the-password-1"


def guess(guesser: Guesser) -> int:
    """Make a guess that needs no security check; return the seconds to wait."""
    return count_guess(guesser, held_back=lambda *_: False).wait


def test_thr_01_waits_grow_with_the_tries() -> None:
    waits: dict[int, int] = {}
    for tries in range(1, 121):
        guesser = Guesser("root:someone@example.com", f"198.51.100.{tries}", known_browser=False)
        waits[tries] = guess(guesser)
    assert set(list(waits.values())[:11]) == {0}, "ten are free; the eleventh takes the first wait's place"
    assert 0 < waits[12] <= 30
    assert FROM_NEW_BROWSERS.rungs == ((10, 30), (20, 300), (50, 900), (100, 3600))
    assert max(waits.values()) <= 3600


def test_thr_01_after_three_failures_each_password_needs_a_check_of_its_own(visitor: Visitor, iam_user: Person) -> None:
    answer = visitor.gives_iam(iam_user, password=WRONG)
    for _ in range(2):
        answer = visitor.sends(answer, password=WRONG)
    for _ in range(2):
        page = visitor.goes(visitor.sends(answer, password=WRONG), "/signin/security-check")
        page = visitor.goes(visitor.passes_check(page), "/signin/iam")
        answer = visitor.sends(page, password=WRONG)
        assert answer.status_code == 403
    assert visitor.sends(answer, password=iam_user.password).status_code == 303, "the check is asked for again, not the password refused"


def test_thr_01_a_wait_is_told_in_words_and_seconds(visitor: Visitor, root_user: Person) -> None:
    page = visitor.reaches_root_password(root_user)
    for _ in range(12):
        FROM_NEW_BROWSERS.climb(claim_key(root_user.email))
    answer = visitor.sends(page, password=root_user.password)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 30
    assert "Too many attempts. Wait" in alerts_of(answer)


def test_thr_02_who_guesses_from_fifty_addresses_does_not_keep_out_a_known_browser(visitor: Visitor, iam_user: Person) -> None:
    visitor.signs_in_as_iam_user(iam_user)
    key = f"iam_user:{iam_user.account}:{iam_user.username.lower()}"
    for number in range(50):
        guesser = Guesser(key, f"192.0.2.{number}", known_browser=False)
        guess(guesser)
        count_failure(guesser)
    visitor.enters_console(visitor.gives_iam(iam_user, address="/console/?add=1&user=iam"))


def test_thr_02_a_new_browser_meets_a_check_and_no_block(visitor: Visitor, iam_user: Person) -> None:
    """The guesser passes no check: after three failures its passwords are not looked at, and so take no place from the owner's."""
    for number in range(60):
        guesser = Visitor(address=f"192.0.2.{number + 1}")
        answer = guesser.posts_with_token("/signin/iam", account=iam_user.account, username=iam_user.username, password=WRONG)
        assert answer.status_code == (403 if number < 3 else 303)
    page = visitor.goes(visitor.gives_iam(iam_user), "/signin/security-check")
    page = visitor.goes(visitor.passes_check(page), "/signin/iam")
    visitor.enters_console(visitor.sends(page, password=iam_user.password))


def test_thr_02_a_known_browser_is_no_way_around_the_count(visitor: Visitor, iam_user: Person) -> None:
    """Who holds a known browser climbs its ladder: ten free tries there as well."""
    for _ in range(12):
        FROM_KNOWN_BROWSERS.climb(f"iam_user:{iam_user.account}:carlos")
    visitor.signs_in_as_iam_user(iam_user)
    visitor.client.cookies.pop("attempt", None)
    for _ in range(12):
        FROM_KNOWN_BROWSERS.climb(f"iam_user:{iam_user.account}:carlos")
    assert visitor.gives_iam(iam_user, address="/console/?add=1&user=iam").status_code == 429


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_thr_03_parallel_guesses_are_counted_before_they_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    load_world(replace=True)
    carlos = next(person for person in people() if person.username == "Carlos")
    checked: list[str] = []
    many = hashing.HashPool(slots=2, queue=500)
    monkeypatch.setattr(hashing, "pool", lambda: many)

    def noted(_hasher: Argon2id, password: str, _encoded: str) -> bool:
        checked.append(password)
        return False

    monkeypatch.setattr(Argon2id, "verify", noted)

    def attack(number: int) -> int:
        visitor = Visitor(address=f"192.0.2.{number + 1}")
        answer = visitor.posts_with_token("/signin/iam", account=carlos.account, username=carlos.username, password=f"Wrong-{number}")
        connection.close()
        return int(answer.status_code)

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(attack, range(60)))
    assert len(checked) <= 11, "ten are free, and the eleventh takes the place of the first wait"
    assert set(answers) <= {403, 303, 429}
    assert answers.count(403) == len(checked)


FORWARDED = [
    ("203.0.113.9", "", "203.0.113.9"),
    ("203.0.113.9", "10.0.0.1", "203.0.113.9"),
    ("10.1.2.3", "198.51.100.7", "198.51.100.7"),
    ("10.1.2.3", "6.6.6.6, 198.51.100.7", "198.51.100.7"),
    ("10.1.2.3", "6.6.6.6, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
    ("10.1.2.3", "junk, 198.51.100.7", "198.51.100.7"),
    ("10.1.2.3", "198.51.100.7, junk", "10.1.2.3"),
    ("10.1.2.3", "198.51.100.7, a", "10.1.2.3"),
    ("10.1.2.3", "2001:db8::7", "2001:db8::7"),
    ("10.1.2.3", "::ffff:198.51.100.7", "198.51.100.7"),
    ("10.1.2.3", "6.6.6.6," * 1000, "10.1.2.3"),
    ("10.1.2.3", ",", "10.1.2.3"),
    ("10.1.2.3", "10.0.0.5", "10.0.0.5"),
    ("junk", "198.51.100.7", "127.0.0.1"),
]


@pytest.mark.parametrize(("peer", "forwarded", "expected"), FORWARDED)
def test_thr_05_the_address_is_the_last_hop_that_is_no_trusted_proxy(peer: str, forwarded: str, expected: str) -> None:
    assert source_address(peer, forwarded, ("10.0.0.0/8",)) == expected


def test_thr_05_a_forged_header_is_no_new_address(visitor: Visitor, root_user: Person) -> None:
    page = visitor.reaches_root_password(root_user)
    answer = visitor.client.post("/signin/password", {"password": WRONG}, headers={"X-Forwarded-For": "6.6.6.6", "X-Real-IP": "6.6.6.6"})
    assert answer.status_code == 403, "CSRF"
    visitor.client.defaults |= {"HTTP_X_FORWARDED_FOR": "6.6.6.6", "HTTP_FORWARDED": "for=6.6.6.6"}
    visitor.sends(page, password=WRONG)
    assert Event.objects.get(event_name="ConsoleLogin").source_ip == visitor.address


SPELLINGS = [
    ("111122223333", "Carlos"),
    ("1111-2222-3333", "carlos"),
    ("anycompany", "CARLOS"),
    ("AnyCompany", " Carlos "),
    ("\uff11\uff11\uff11\uff11\uff12\uff12\uff12\uff12\uff13\uff13\uff13\uff13", "cArLoS"),
]


def test_thr_06_every_spelling_of_an_iam_user_has_one_counter(visitor: Visitor, iam_user: Person) -> None:
    statuses = []
    for number, (account, username) in enumerate(SPELLINGS):
        other = Visitor(address=f"192.0.2.{number + 1}")
        statuses.append(other.posts_with_token("/signin/iam", account=account, username=username, password=WRONG).status_code)
    assert statuses == [403, 403, 403, 303, 303], "the fourth failure of any spelling meets the check"


def test_thr_06_every_spelling_of_an_address_has_one_counter() -> None:
    assert claim_key("Management@Example.com ") == claim_key("management@example.com")
    assert claim_key("management+tag@example.com") != claim_key("management@example.com"), "another root user's address"


def test_thr_06_one_ipv6_customer_is_one_address() -> None:
    assert network_prefix("2001:db8:1:2::1") == network_prefix("2001:db8:1:2:ffff::9")
    assert network_prefix("2001:db8:1:2::1") != network_prefix("2001:db8:1:3::1")


def test_thr_06_no_counter_shows_what_was_typed() -> None:
    assert "management" not in throttle_key("password", "root:management@example.com")


def test_thr_07_the_account_is_throttled_by_id_and_by_alias(visitor: Visitor, stranger: Visitor, iam_user: Person) -> None:
    for _ in range(12):
        FROM_NEW_BROWSERS.climb(f"iam_user:{iam_user.account}:carlos")
    assert visitor.gives_iam(iam_user).status_code == 429
    assert stranger.gives_iam(iam_user, account="anycompany").status_code == 429


def test_thr_07_a_throttled_root_user_still_recovers_the_password(visitor: Visitor, root_user: Person) -> None:
    for _ in range(120):
        FROM_NEW_BROWSERS.climb(claim_key(root_user.email))
    page = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email=root_user.email), "/password/forgot/security-check")
    visitor.goes(visitor.passes_check(page), "/password/forgot/sent")
    (link,) = visitor.newest_mail(root_user.email)["links"]
    page = visitor.goes(visitor.get(link), "/password/new")
    visitor.goes(visitor.sends(page, new_password="Fresh-Harbor-2217", confirm_password="Fresh-Harbor-2217"), "/password/done")
    page = visitor.goes(visitor.names_root(root_user), "/signin/password")
    visitor.enters_console(visitor.puts_off_registration(visitor.sends(page, password="Fresh-Harbor-2217")))


def test_thr_08_an_own_sign_in_between_guesses_clears_nothing(visitor: Visitor, iam_user: Person, other_iam_user: Person) -> None:
    for _ in range(3):
        assert visitor.gives_iam(iam_user, password=WRONG).status_code == 403
        visitor.client.cookies.clear()
    page = visitor.goes(visitor.gives_iam(other_iam_user), "/signin/security-check")
    page = visitor.goes(visitor.passes_check(page), "/signin/iam")
    visitor.enters_console(visitor.sends(page, password=other_iam_user.password))
    visitor.client.cookies.clear()
    answer = visitor.gives_iam(iam_user, password=WRONG)
    assert (answer.status_code, answer.headers.get("Location")) == (303, "/signin/security-check")
    assert BY_ADDRESS.count(visitor.address) >= 4


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_thr_10_a_failure_is_counted_and_recorded_though_the_answer_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    load_world(replace=True)
    person = next(each for each in people() if each.email == "management@example.com")
    assert not settings.DATABASES["default"].get("ATOMIC_REQUESTS")
    visitor = Visitor()
    page = visitor.reaches_root_password(person)

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the page cannot be drawn")

    monkeypatch.setattr(root_views, "_page", broken)
    visitor.client.raise_request_exception = False
    assert visitor.sends(page, password=WRONG).status_code == 500
    assert Event.objects.filter(event_name="ConsoleLogin", succeeded=False, account_id=person.account).count() == 1
    assert FROM_NEW_BROWSERS.tries(claim_key(person.email)) == 1


def test_throttles_stand_while_the_cache_is_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half the allowance, counted in the process: never no limit at all (security catalogue FLT-03)."""
    monkeypatch.setenv("PORTAL_REDIS_URL", "redis://127.0.0.1:1/0")
    tries = [guess(Guesser("root:flt-03@example.com", f"192.0.2.{number}", known_browser=False)) for number in range(10)]
    assert tries[:6] == [0] * 6
    assert all(wait > 0 for wait in tries[6:])
