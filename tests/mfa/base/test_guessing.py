"""THR-04, MFA-08: tries are counted by sign-in, identity and address, whatever the type, the page or the device."""

import json

import pytest

from mfa.base.guessing import BY_ADDRESS, OF_IDENTITY, TRIES, count_try, forgive
from mfa.models import AuthenticatorApp
from portal.network.origin import network_prefix
from portal.world.people import Person
from tests.journeys.visitor import Visitor
from tests.mfa.base.steps import CHALLENGE, attempt_of, events_named, passkey_options, reaches_challenge
from tests.mfa.codes import next_code, principal_of, wrong_code
from tests.mfa.fido.conftest import Holder
from tests.races import racers

HERE = "203.0.113.7"


def test_a_sign_in_bears_five_tries() -> None:
    tries = [count_try(1, "sign-in", HERE) for _ in range(7)]
    assert [one.number for one in tries] == [1, 2, 3, 4, 5, 6, 7]
    assert [one.spent for one in tries] == [False] * 5 + [True] * 2
    assert [one.last for one in tries] == [False] * 4 + [True] * 3
    assert OF_IDENTITY.tries("1") == 5, "what came too late was no try of the identity"


def test_thr_04_a_new_sign_in_goes_on_counting_where_the_identity_stands() -> None:
    tries = [count_try(1, f"sign-in {number // 3}", f"198.51.100.{number}") for number in range(11)]
    assert [one.in_a_row for one in tries] == list(range(1, 12))
    assert [one.wait for one in tries] == [0] * 11, "the eleventh takes the place of the first wait"
    waiting = count_try(1, "sign-in 9", "192.0.2.1")
    assert 1 <= waiting.wait <= 30
    assert count_try(1, "sign-in 9", "192.0.2.1").number == waiting.number, "a try that waits is none of the sign-in's"
    assert count_try(2, "sign-in of somebody else", "192.0.2.1").wait == 0


def test_thr_04_an_hour_of_guessing_at_one_identity_comes_to_few_tries() -> None:
    """Count what may be compared when nobody waits: ten at once, then one for each wait; a waiting one is never compared."""
    compared = sum(not (one.wait or one.spent) for number in range(1000) for one in [count_try(1, f"sign-in {number // 3}", HERE)])
    assert compared <= 12


def test_thr_04_an_address_that_tries_many_identities_waits() -> None:
    for number in range(BY_ADDRESS.allowed):
        assert count_try(number, f"sign-in {number}", HERE).wait == 0
    assert count_try(5000, "one more", HERE).wait > 0
    assert count_try(5001, "elsewhere", "198.51.100.9").wait == 0


def test_thr_08_a_right_answer_takes_back_one_try_of_the_address_and_no_other() -> None:
    for number in range(3):
        count_try(1, f"sign-in {number}", HERE)
    count_try(2, "own sign-in", HERE)
    forgive(2, "own sign-in", HERE)
    assert OF_IDENTITY.tries("1") == 3
    assert OF_IDENTITY.tries("2") == 0
    assert BY_ADDRESS.count(network_prefix(HERE)) == 3


@pytest.mark.parametrize("number", [20])
def test_thr_04_of_many_tries_at_once_five_are_compared(number: int) -> None:
    with racers(number) as race:
        tries = race(lambda: count_try(1, "sign-in", HERE))
    assert sum(not (one.spent or one.wait) for one in tries) == TRIES


def test_mfa_08_changing_the_type_midway_keeps_the_count(visitor: Visitor, iam_user_with_both: Holder) -> None:
    reaches_challenge(visitor, iam_user_with_both.person)
    app = AuthenticatorApp.objects.filter(user=iam_user_with_both.principal).first()
    assert app
    wrong = wrong_code(app)
    code, passkey = visitor.opens(f"{CHALLENGE}?type=totp"), visitor.opens(f"{CHALLENGE}?type=fido")
    forged = json.dumps(iam_user_with_both.authenticator.show(passkey_options(passkey), flags=0))
    assert visitor.sends(code, code=wrong).status_code == 403
    assert visitor.sends(passkey, credential=forged).status_code == 403
    resync = visitor.opens("/signin/mfa/resynchronise")
    assert visitor.sends(resync, code=wrong, code2=wrong).status_code == 403
    assert visitor.sends(visitor.opens(f"{CHALLENGE}?type=totp"), code=wrong).status_code == 403
    answer = visitor.sends(visitor.opens(f"{CHALLENGE}?type=fido"), credential=forged)
    assert answer.headers["Location"] == "/console/?too_many_codes=1"
    visitor.starts_over(visitor.sends(code, code=next_code(app)))
    assert len(events_named(visitor, "ConsoleLogin")) == 5


def test_mfa_08_another_browser_and_another_address_keep_the_identitys_count(
    visitor: Visitor, stranger: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp
) -> None:
    wrong = wrong_code(phone)
    for person in (visitor, stranger):
        page = reaches_challenge(person, iam_user_with_totp)
        for _ in range(2):
            person.sends(page, code=wrong)
    assert OF_IDENTITY.tries(str(principal_of(iam_user_with_totp).pk)) == 4


def test_the_passwords_counters_are_not_the_second_factors(visitor: Visitor, iam_user_with_totp: Person, phone: AuthenticatorApp) -> None:
    page = reaches_challenge(visitor, iam_user_with_totp)
    for _ in range(3):
        visitor.sends(page, code=wrong_code(phone))
    assert visitor.gives_iam(iam_user_with_totp).headers["Location"] == CHALLENGE
    assert attempt_of(visitor)["check_reason"] == "", "failed codes ask for no security check"
