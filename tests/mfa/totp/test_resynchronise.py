"""Resynchronising: two consecutive codes tell how far a device's clock is off, and are guessed no easier than one."""

import json
from html import unescape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import OutgoingMail, Principal
from mfa.base.guessing import MOST_FAILURES, TRIES
from mfa.models import Authenticator, AuthenticatorApp
from mfa.totp import codes
from mfa.totp.flows import TotpFailure, resynchronise, verify, why_not_resynchronised
from portal.network.origin import Origin
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.journeys.visitor import Visitor, alerts_of, text_of
from tests.mfa.codes import app_of, next_code, principal_of, secret_in, step_now, two_codes, wrong_code
from tests.mfa.totp.clocks import StoppedClock

ORIGIN = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="test", host="localhost")


@pytest.fixture
def carlos(iam_user: Person) -> Principal:
    """Carlos as the database has him."""
    return principal_of(iam_user)


def resynchronised(principal: Principal, first: str, second: str) -> Authenticator | None:
    """Resynchronise as a sign-in does."""
    return resynchronise(principal, first, second, origin=ORIGIN, session=None)


@pytest.mark.parametrize("drift", [-20, -7, -1, 0, 2, 20])
def test_two_codes_tell_how_far_the_clock_is_off(carlos: Principal, phone: AuthenticatorApp, stopped: StoppedClock, drift: int) -> None:
    if abs(drift) > 1:
        assert verify(carlos, stopped.code(phone, ahead=drift)) is None
    assert resynchronised(carlos, stopped.code(phone, ahead=drift - 1), stopped.code(phone, ahead=drift)) == phone
    phone.refresh_from_db()
    assert (phone.drift, phone.last_step, phone.failures) == (drift, stopped.step + drift, 0)
    stopped.stands_at(40)
    assert verify(carlos, stopped.code(phone, ahead=drift + 1)) == phone


@pytest.mark.parametrize("drift", [-22, -21, 21, 22, 120])
def test_beyond_ten_minutes_no_device_is_found(carlos: Principal, phone: AuthenticatorApp, stopped: StoppedClock, drift: int) -> None:
    assert resynchronised(carlos, stopped.code(phone, ahead=drift - 1), stopped.code(phone, ahead=drift)) is None
    phone.refresh_from_db()
    assert (phone.drift, phone.last_step) == (0, 0)


def test_a_device_is_looked_for_around_the_true_time_however_far_it_was_off(
    carlos: Principal, phone: AuthenticatorApp, stopped: StoppedClock
) -> None:
    AuthenticatorApp.objects.filter(pk=phone.pk).update(drift=-20)
    assert resynchronised(carlos, stopped.code(phone, ahead=-31), stopped.code(phone, ahead=-30)) is None
    assert resynchronised(carlos, stopped.code(phone, ahead=-1), stopped.code(phone)) == phone
    phone.refresh_from_db()
    assert phone.drift == 0


def test_the_codes_are_used_up_and_none_older_comes_back(carlos: Principal, phone: AuthenticatorApp, stopped: StoppedClock) -> None:
    assert resynchronised(carlos, stopped.code(phone, ahead=4), stopped.code(phone, ahead=5))
    assert resynchronised(carlos, stopped.code(phone, ahead=4), stopped.code(phone, ahead=5)) is None
    assert why_not_resynchronised(carlos, stopped.code(phone, ahead=4), stopped.code(phone, ahead=5)) == TotpFailure.USED
    assert resynchronised(carlos, stopped.code(phone, ahead=-1), stopped.code(phone)) is None
    assert verify(carlos, stopped.code(phone, ahead=5)) is None
    assert verify(carlos, stopped.code(phone, ahead=4)) is None
    phone.refresh_from_db()
    assert (phone.drift, phone.last_step) == (5, stopped.step + 5)


def test_a_code_that_signed_in_is_no_half_of_a_pair(carlos: Principal, phone: AuthenticatorApp, stopped: StoppedClock) -> None:
    assert verify(carlos, stopped.code(phone))
    assert resynchronised(carlos, stopped.code(phone), stopped.code(phone, ahead=1)) is None
    assert resynchronised(carlos, stopped.code(phone, ahead=1), stopped.code(phone, ahead=2)) == phone


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (-1, 1), (3, 5)])
def test_codes_that_do_not_follow_each_other_do_not_do(
    carlos: Principal, phone: AuthenticatorApp, stopped: StoppedClock, first: int, second: int
) -> None:
    typed = stopped.code(phone, ahead=first), stopped.code(phone, ahead=second)
    assert resynchronised(carlos, *typed) is None
    assert why_not_resynchronised(carlos, *typed) == TotpFailure.NOT_CONSECUTIVE


@given(first=st.integers(0, 999_999).map("{:06d}".format))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_one_code_twice_never_tells_whether_it_is_a_code(carlos: Principal, phone: AuthenticatorApp, stopped: StoppedClock, first: str) -> None:
    guessed = why_not_resynchronised(carlos, first, first)
    assert guessed == why_not_resynchronised(carlos, stopped.code(phone), stopped.code(phone)) == TotpFailure.NOT_CONSECUTIVE


def test_half_a_pair_is_told_from_none_by_nothing(carlos: Principal, phone: AuthenticatorApp, stopped: StoppedClock) -> None:
    others = {codes.code_at(secret_in(phone), stopped.step + ahead) for ahead in range(-30, 31)}
    wrong, other = [code for number in range(200) if (code := f"{number:06d}") not in others][:2]
    assert why_not_resynchronised(carlos, stopped.code(phone), wrong) == TotpFailure.WRONG
    assert why_not_resynchronised(carlos, wrong, stopped.code(phone)) == TotpFailure.WRONG
    assert why_not_resynchronised(carlos, wrong, other) == TotpFailure.WRONG


def test_of_several_apps_the_one_that_shows_the_codes_is_set_right(carlos: Principal, phone: AuthenticatorApp, stopped: StoppedClock) -> None:
    tablet = app_of(carlos, name="tablet")
    assert resynchronised(carlos, stopped.code(tablet, ahead=6), stopped.code(tablet, ahead=7)) == tablet
    phone.refresh_from_db()
    assert (phone.drift, phone.last_step) == (0, 0)


def test_it_is_an_event_and_a_mail(carlos: Principal, phone: AuthenticatorApp) -> None:
    Principal.objects.filter(pk=carlos.pk).update(email="carlos@example.com")
    carlos.refresh_from_db()
    assert resynchronised(carlos, *two_codes(secret_in(phone), ahead=9))
    event = Event.objects.get(event_name=EventName.RESYNC_MFA_DEVICE)
    assert json.loads(event.record)["requestParameters"] == {"userName": "Carlos", "serialNumber": phone.serial}
    assert OutgoingMail.objects.filter(kind="factor_changed", recipient="carlos@example.com").count() == 1


def test_nist_wrong_pairs_are_failures_of_the_device(carlos: Principal, phone: AuthenticatorApp) -> None:
    Authenticator.objects.filter(pk=phone.pk).update(failures=MOST_FAILURES - 1)
    assert resynchronised(carlos, "000000", "111111") is None
    phone.refresh_from_db()
    assert phone.failures == MOST_FAILURES
    assert resynchronised(carlos, *two_codes(secret_in(phone))) is None
    assert verify(carlos, next_code(phone)) is None


# In the console


PAGE = "/console/{}/mfa/resynchronise"


def signed_in(visitor: Visitor, person: Person, phone: AuthenticatorApp) -> str:
    """Sign in with the app; return the session's name."""
    page = visitor.goes(visitor.gives_iam(person), "/signin/mfa/")
    return visitor.enters_console(visitor.sends(page, code=next_code(phone)))


def test_in_the_console_an_app_is_put_in_step(visitor: Visitor, iam_user: Person, phone: AuthenticatorApp) -> None:
    name = signed_in(visitor, iam_user, phone)
    first, second = two_codes(secret_in(phone), ahead=10)
    page = visitor.opens(PAGE.format(name))
    assert "date and time automatically" in text_of(page)
    answer = visitor.sends(page, code=first, code2=second)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/console/{name}/security?done=resynchronised")
    phone.refresh_from_db()
    assert phone.drift in {9, 10}
    assert visitor.is_in(name)


def test_in_the_console_failures_have_words_and_are_events(visitor: Visitor, iam_user: Person, phone: AuthenticatorApp) -> None:
    name = signed_in(visitor, iam_user, phone)
    page = visitor.opens(PAGE.format(name))
    step = step_now()
    one, wrong = codes.code_at(secret_in(phone), step + 3), wrong_code(phone)
    for first, second, words in ((one, one, TotpFailure.NOT_CONSECUTIVE), (one, wrong, TotpFailure.WRONG)):
        answer = visitor.sends(page, code=first, code2=second)
        assert answer.status_code == 400
        assert unescape(alerts_of(answer)) == words.words
        assert one not in answer.content.decode()
    assert list(Event.objects.filter(event_name=EventName.RESYNC_MFA_DEVICE).values_list("succeeded", flat=True)) == [False, False]


def test_mfa_09_pairs_are_counted_like_codes(visitor: Visitor, iam_user: Person, phone: AuthenticatorApp) -> None:
    name = signed_in(visitor, iam_user, phone)
    page = visitor.opens(PAGE.format(name))
    statuses = [visitor.sends(page, code=f"{number:06d}", code2=f"{number + 500:06d}").status_code for number in range(TRIES + 3)]
    assert statuses == [400] * TRIES + [429] * 3
    first, second = two_codes(secret_in(phone), ahead=10)
    refused = visitor.sends(page, code=first, code2=second)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    phone.refresh_from_db()
    assert phone.failures == TRIES
    assert phone.drift == 0


def test_mfa_09_pairs_and_codes_share_one_count_within_a_sign_in(visitor: Visitor, iam_user: Person, phone: AuthenticatorApp) -> None:
    page, wrong = visitor.goes(visitor.gives_iam(iam_user), "/signin/mfa/"), wrong_code(phone)
    for _ in range(TRIES - 2):
        page = visitor.sends(page, code=wrong)
        assert page.status_code == 403
    pair = visitor.opens("/signin/mfa/resynchronise")
    assert visitor.sends(pair, code=wrong, code2=wrong).status_code == 403
    out = visitor.sends(pair, code=wrong, code2=wrong)
    assert (out.status_code, out.headers["Location"]) == (303, "/console/?too_many_codes=1")
    first, second = two_codes(secret_in(phone), ahead=10)
    assert visitor.posts("/signin/mfa/resynchronise", {"code": first, "code2": second}).status_code in {303, 403}
    phone.refresh_from_db()
    assert phone.drift == 0


def test_mfa_09_what_is_no_code_is_no_try(visitor: Visitor, iam_user: Person, phone: AuthenticatorApp) -> None:
    name = signed_in(visitor, iam_user, phone)
    page = visitor.opens(PAGE.format(name))
    for _ in range(TRIES + 3):
        assert visitor.sends(page, code="12", code2="123456").status_code == 400
    first, second = two_codes(secret_in(phone), ahead=10)
    assert visitor.sends(page, code=first, code2=second).status_code == 303


def test_who_has_no_app_has_nothing_to_resynchronise(visitor: Visitor, iam_user: Person) -> None:
    name = visitor.signs_in_as_iam_user(iam_user)
    answer = visitor.get(PAGE.format(name))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/console/{name}/security")
