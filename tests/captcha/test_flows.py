from datetime import timedelta

import pytest
from django.http import HttpRequest

from accounts.captcha import flows
from accounts.captcha.reasons import CaptchaFailure, Reason
from accounts.models import CaptchaChallenge
from accounts.outcomes import Failure, Outcome, Success
from portal.conf import conf
from portal.core import clock
from portal.core.errors import NotFound, TooMany
from tests.captcha.browsers import answer, browser
from tests.races import ROUNDS, racers

ROOT = "root"
RECOVERY = "recovery"
EXPIRED = Failure(CaptchaFailure.EXPIRED)
WRONG = Failure(CaptchaFailure.WRONG)


@pytest.fixture
def visitor(db: None) -> HttpRequest:
    """A browser that looks at a security check of the root user's sign-in."""
    request = browser()
    flows.issue(request, purpose=ROOT, reason=Reason.NEW_BROWSER)
    return request


def test_the_right_answer_is_taken_in_any_spelling(visitor: HttpRequest) -> None:
    text = answer(visitor).lower()
    assert flows.redeem(visitor, purpose=ROOT, typed=f" {text[:3]}  {text[3:]} ") == Success()


def test_the_answer_is_stored_sealed(visitor: HttpRequest) -> None:
    challenge = flows.current(visitor, ROOT)
    assert challenge is not None
    assert answer(visitor) not in challenge.sealed_answer
    assert challenge.reason == Reason.NEW_BROWSER


def test_cap_01_the_right_answer_counts_once(visitor: HttpRequest) -> None:
    text = answer(visitor)
    assert flows.redeem(visitor, purpose=ROOT, typed=text) == Success()
    assert flows.redeem(visitor, purpose=ROOT, typed=text) == EXPIRED


def test_cap_01_a_wrong_answer_burns_the_challenge(visitor: HttpRequest) -> None:
    text = answer(visitor)
    assert flows.redeem(visitor, purpose=ROOT, typed="WRONG9") == WRONG
    assert flows.redeem(visitor, purpose=ROOT, typed=text) == EXPIRED
    assert flows.answer_for(visitor) is None


def test_cap_01_the_right_answer_is_worth_nothing_after_its_time(visitor: HttpRequest) -> None:
    text = answer(visitor)
    clock.advance(conf.captcha_lifetime - timedelta(seconds=5))
    assert flows.current(visitor, ROOT) is not None
    clock.advance(timedelta(seconds=6))
    assert flows.redeem(visitor, purpose=ROOT, typed=text) == EXPIRED


def test_cap_01_a_new_challenge_kills_the_one_before(visitor: HttpRequest) -> None:
    old = answer(visitor)
    flows.issue(visitor, purpose=ROOT, reason=Reason.NEW_BROWSER)
    assert CaptchaChallenge.objects.filter(used_at=None).count() == 1
    assert answer(visitor) != old
    assert flows.redeem(visitor, purpose=ROOT, typed=old) == WRONG


def test_cap_02_an_answer_is_worth_nothing_in_another_browser(visitor: HttpRequest) -> None:
    stranger = browser()
    assert flows.redeem(stranger, purpose=ROOT, typed=answer(visitor)) == EXPIRED
    flows.issue(stranger, purpose=ROOT, reason=Reason.NEW_BROWSER)
    assert flows.redeem(stranger, purpose=ROOT, typed=answer(visitor)) == WRONG
    assert flows.redeem(visitor, purpose=ROOT, typed=answer(visitor)) == Success()


def test_cap_02_an_answer_is_worth_nothing_for_another_purpose(visitor: HttpRequest) -> None:
    text = answer(visitor)
    assert flows.redeem(visitor, purpose=RECOVERY, typed=text) == EXPIRED
    flows.issue(visitor, purpose=RECOVERY, reason=Reason.PASSWORD_RECOVERY)
    assert flows.redeem(visitor, purpose=RECOVERY, typed=text) == WRONG
    assert flows.redeem(visitor, purpose=ROOT, typed=text) == Success()


def test_cap_02_pictures_and_recordings_are_for_their_own_browser(visitor: HttpRequest) -> None:
    challenge = flows.current(visitor, ROOT)
    assert challenge is not None
    for render in (flows.picture, flows.recording):
        assert render(visitor, challenge.pk)
        with pytest.raises(NotFound):
            render(browser(), challenge.pk)
    flows.redeem(visitor, purpose=ROOT, typed="")
    for render in (flows.picture, flows.recording):
        with pytest.raises(NotFound):
            render(visitor, challenge.pk)


def test_cap_05_one_challenge_is_drawn_ten_times_and_spoken_five_times(visitor: HttpRequest) -> None:
    challenge = flows.current(visitor, ROOT)
    assert challenge is not None
    for render, allowed in ((flows.picture, 10), (flows.recording, 5)):
        for _ in range(allowed):
            render(visitor, challenge.pk)
        with pytest.raises(TooMany):
            render(visitor, challenge.pk)


def test_cap_05_one_address_cannot_fill_the_processor(visitor: HttpRequest) -> None:
    refused = 0
    for _ in range(100):
        try:
            flows.picture(visitor, 0)
        except TooMany:
            refused += 1
        except NotFound:
            continue
    assert refused == 40
    for _ in range(20):
        with pytest.raises(NotFound):
            flows.recording(visitor, 0)
    with pytest.raises(TooMany):
        flows.recording(visitor, 0)


def test_cap_05_answers_faster_than_a_person_reads_are_slowed_down(visitor: HttpRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TRAINING", "0")
    for _ in range(5):
        assert flows.redeem(visitor, purpose=ROOT, typed=answer(visitor)) == Success()
        flows.issue(visitor, purpose=ROOT, reason=Reason.NEW_BROWSER)
    with pytest.raises(TooMany):
        flows.redeem(visitor, purpose=ROOT, typed=answer(visitor))


def test_cap_05_challenges_from_one_address_are_limited(visitor: HttpRequest) -> None:
    for _ in range(119):
        flows.issue(visitor, purpose=ROOT, reason=Reason.NEW_BROWSER)
    with pytest.raises(TooMany):
        flows.issue(browser(), purpose=ROOT, reason=Reason.NEW_BROWSER)
    flows.issue(browser(address="192.0.2.2"), purpose=ROOT, reason=Reason.NEW_BROWSER)


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_race_09_of_parallel_answers_exactly_one_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "ISSUED_BY_ADDRESS", flows.FAST_ANSWERS.__class__("captcha-race", allowed=1000, seconds=60))
    visitor = browser()
    with racers() as race:
        for _ in range(ROUNDS):
            flows.issue(visitor, purpose=ROOT, reason=Reason.NEW_BROWSER)
            visitor.session.save()
            text, key = answer(visitor), visitor.session.session_key

            def work(key: str | None = key, text: str = text) -> Outcome:
                return flows.redeem(browser(key), purpose=ROOT, typed=text)

            outcomes = race(work)
            assert outcomes.count(Success()) == 1
            assert outcomes.count(EXPIRED) == len(outcomes) - 1
