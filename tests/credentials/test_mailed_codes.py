import re
from datetime import timedelta

import pytest

from accounts.credentials import mailed_codes
from accounts.credentials.mailed_codes import CodeFailure
from accounts.mail.kinds import MailKind
from accounts.models import MailedCode, OutgoingMail
from accounts.outcomes import Failure, Outcome, Success
from portal.conf import conf
from portal.core import clock
from portal.core.errors import TooMany
from portal.core.throttle import Window
from portal.core.tokens import unseal
from tests.races import ROUNDS, racers

PURPOSE = "new_browser"


def _issue(attempt_id: str = "attempt", *, purpose: str = PURPOSE, recipient: str = "root@example.com") -> str:
    mailed_codes.issue(attempt_id=attempt_id, purpose=purpose, principal=None, recipient=recipient, language="en", kind=MailKind.VERIFICATION_CODE)
    found = re.search(r'"([0-9]{6})"', unseal(OutgoingMail.objects.latest("id").sealed_context) or "")
    assert found
    return found[1]


def _redeem(typed: str, attempt_id: str = "attempt", *, purpose: str = PURPOSE) -> Outcome:
    return mailed_codes.redeem(attempt_id=attempt_id, purpose=purpose, typed=typed)


def _other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_a_code_is_redeemed_once(db: None) -> None:
    code = _issue()
    assert _redeem(code) == Success()
    assert _redeem(code) == Failure(CodeFailure.EXPIRED)


def test_a_code_is_not_stored_in_clear(db: None) -> None:
    code = _issue()
    row = MailedCode.objects.get()
    assert code not in row.code_digest + row.attempt_digest
    assert code not in OutgoingMail.objects.get().sealed_context


def test_a_code_is_for_its_own_attempt_and_purpose(db: None) -> None:
    code = _issue()
    assert _redeem(code, "another attempt") == Failure(CodeFailure.EXPIRED)
    assert _redeem(code, purpose="registration") == Failure(CodeFailure.EXPIRED)
    other = _issue("another attempt")
    if other != code:
        assert _redeem(code, "another attempt") == Failure(CodeFailure.WRONG)
    assert _redeem(code) == Success()


def test_a_code_expires(db: None) -> None:
    code = _issue()
    clock.advance(conf.mailed_code_lifetime + timedelta(seconds=1))
    assert _redeem(code) == Failure(CodeFailure.EXPIRED)
    assert OutgoingMail.objects.get().worthless_after is not None


def test_a_new_code_kills_the_one_before(db: None) -> None:
    old = _issue()
    new = _issue()
    assert MailedCode.objects.count() == 1
    if old != new:
        assert _redeem(old) == Failure(CodeFailure.WRONG)
    assert _redeem(new) == Success()


def test_thr_04_five_tries_an_attempt_however_often_the_code_is_sent_again(db: None) -> None:
    for _ in range(5):
        assert _redeem(_other(_issue())) == Failure(CodeFailure.WRONG)
    assert _redeem(_issue()) == Failure(CodeFailure.TOO_MANY_TRIES)


def test_thr_11_an_address_gets_ten_codes_an_hour_for_one_purpose(db: None) -> None:
    for number in range(10):
        _issue(f"attempt {number}", recipient="Root+tag@Example.com" if number % 2 else "root@example.com")
    with pytest.raises(TooMany):
        _issue("one more")
    _issue("one more", purpose="registration")
    _issue("one more", recipient="other@example.com")


def test_a_decoy_costs_the_same_and_goes_nowhere(db: None) -> None:
    _issue(recipient="")
    assert OutgoingMail.objects.get().recipient == ""
    assert MailedCode.objects.count() == 1


def test_every_failure_has_words() -> None:
    assert all(failure.words for failure in CodeFailure)


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_race_04_of_parallel_redemptions_exactly_one_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailed_codes, "MAILS", Window("race", allowed=1000, seconds=60))
    with racers() as race:
        for number in range(ROUNDS):
            attempt_id = f"attempt {number}"
            code = _issue(attempt_id)

            def work(attempt_id: str = attempt_id, code: str = code) -> Outcome:
                return _redeem(code, attempt_id)

            outcomes = race(work)
            assert outcomes.count(Success()) == 1


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_thr_04_parallel_guesses_are_counted_before_they_are_compared() -> None:
    wrong = _other(_issue())
    with racers() as race:
        outcomes: list[Outcome] = race(lambda: _redeem(wrong))
    assert outcomes.count(Failure(CodeFailure.WRONG)) == 5
    assert outcomes.count(Failure(CodeFailure.TOO_MANY_TRIES)) == 15
