"""A code signs in once, within its window, in whatever spelling; a device that failed a hundred times is answered no more."""

from datetime import timedelta

import pytest

from accounts.models import Principal
from mfa.base.guessing import MOST_FAILURES
from mfa.models import Authenticator, AuthenticatorApp
from mfa.totp.flows import secret_of, verify
from portal.core import clock
from portal.world.people import Person
from tests.mfa.codes import app_of, code_now, next_code, principal_of, secret_in, wrong_code
from tests.mfa.totp.clocks import StoppedClock


@pytest.fixture
def carlos(iam_user: Person) -> Principal:
    """Carlos as the database has him."""
    return principal_of(iam_user)


def test_mfa_02_a_code_counts_once(carlos: Principal, phone: AuthenticatorApp) -> None:
    code = next_code(phone)
    assert verify(carlos, code) == phone
    assert verify(carlos, code) is None


def test_mfa_02_the_step_before_is_refused_once_a_newer_one_was_used(carlos: Principal, phone: AuthenticatorApp, stopped: StoppedClock) -> None:
    earlier, now = stopped.code(phone, ahead=-1), stopped.code(phone)
    assert verify(carlos, now)
    assert verify(carlos, earlier) is None
    assert verify(carlos, stopped.code(phone, ahead=1))


def test_mfa_02_the_step_before_counts_as_long_as_no_newer_one_was_used(carlos: Principal, phone: AuthenticatorApp, stopped: StoppedClock) -> None:
    assert verify(carlos, stopped.code(phone, ahead=-1))
    assert verify(carlos, stopped.code(phone))


@pytest.mark.parametrize("ahead", [-20, -3, -2, 2, 3, 20])
def test_mfa_02_beyond_one_step_a_code_is_refused(carlos: Principal, phone: AuthenticatorApp, stopped: StoppedClock, ahead: int) -> None:
    assert verify(carlos, stopped.code(phone, ahead=ahead)) is None


def test_mfa_02_a_code_lives_to_the_end_of_the_next_step(carlos: Principal, phone: AuthenticatorApp, stopped: StoppedClock) -> None:
    code = stopped.code(phone)
    stopped.stands_at(60)
    assert verify(carlos, code) is None
    stopped.stands_at(59.9)
    assert verify(carlos, code)


def test_mfa_02_a_code_is_taken_from_a_clock_that_is_a_little_fast(carlos: Principal, phone: AuthenticatorApp, stopped: StoppedClock) -> None:
    code = stopped.code(phone)
    stopped.stands_at(-30.1)
    assert verify(carlos, code) is None
    stopped.stands_at(-30)
    assert verify(carlos, code)


def test_mfa_02_no_used_code_comes_back_when_the_clock_is_moved_back(carlos: Principal, phone: AuthenticatorApp, stopped: StoppedClock) -> None:
    codes_used = [stopped.code(phone, ahead=-1), stopped.code(phone), stopped.code(phone, ahead=1)]
    for code in codes_used:
        assert verify(carlos, code)
    for back in (-30, -60, -3600):
        stopped.stands_at(back)
        for code in codes_used:
            assert verify(carlos, code) is None
    stopped.stands_at(-60)
    assert verify(carlos, stopped.code(phone, ahead=-2)) is None


def test_codes_run_on_real_time_whatever_the_trainer_does_to_the_clock(carlos: Principal, phone: AuthenticatorApp) -> None:
    clock.advance(timedelta(days=40))
    code = next_code(phone)
    assert verify(carlos, code)
    phone.refresh_from_db()
    assert phone.last_used_at is not None
    assert abs(phone.last_used_at - clock.now()) < timedelta(minutes=1)
    clock.advance(timedelta(days=-80))
    assert verify(carlos, code) is None
    assert verify(carlos, next_code(phone))


@pytest.mark.parametrize("drift", [-20, -7, 7, 20])
def test_drift_a_device_that_was_resynchronised_is_met_at_its_own_time(
    carlos: Principal, phone: AuthenticatorApp, stopped: StoppedClock, drift: int
) -> None:
    AuthenticatorApp.objects.filter(pk=phone.pk).update(drift=drift)
    assert verify(carlos, stopped.code(phone)) is None
    assert verify(carlos, stopped.code(phone, ahead=drift - 2)) is None
    assert verify(carlos, stopped.code(phone, ahead=drift - 1))
    assert verify(carlos, stopped.code(phone, ahead=drift + 1))


@pytest.mark.parametrize(
    "spelling",
    ["{0}{1}", "{0} {1}", "{0}{1} ", " {0}{1}", "{0}-{1}", "{0}\u00a0{1}", "full", "arabic"],
)
def test_mfa_03_a_used_code_is_refused_in_every_spelling(carlos: Principal, phone: AuthenticatorApp, spelling: str) -> None:
    code = next_code(phone)
    zero = {"full": "０", "arabic": "٠"}.get(spelling)
    typed = "".join(chr(ord(zero) + int(digit)) for digit in code) if zero else spelling.format(code[:3], code[3:])
    assert verify(carlos, typed) == phone
    for again in (typed, code, f"{code[:3]} {code[3:]}"):
        assert verify(carlos, again) is None


def test_mfa_03_what_is_no_code_asks_no_device(carlos: Principal, phone: AuthenticatorApp) -> None:
    code = next_code(phone)
    for typed in ("", code[:3], code + "\x00", code + "0", code * 2000, " ".join(code)):
        assert verify(carlos, typed) is None
    phone.refresh_from_db()
    assert phone.failures == 0
    assert verify(carlos, code)


def test_mfa_04_a_code_is_good_for_its_own_identity_alone(carlos: Principal, phone: AuthenticatorApp, other_iam_user: Person) -> None:
    mary = principal_of(other_iam_user)
    app_of(mary)
    code = next_code(phone)
    assert verify(mary, code) is None
    assert verify(carlos, code)


def test_mfa_04_a_code_of_one_sign_in_is_refused_in_the_next(carlos: Principal, phone: AuthenticatorApp) -> None:
    code = next_code(phone)
    assert verify(principal_of_pk(carlos.pk), code)
    assert verify(principal_of_pk(carlos.pk), code) is None


def principal_of_pk(pk: int) -> Principal:
    """Return a principal read anew, as another request would."""
    return Principal.objects.get(pk=pk)


def test_every_registered_app_is_asked_and_the_one_that_answers_is_returned(carlos: Principal, phone: AuthenticatorApp) -> None:
    tablet = app_of(carlos, name="tablet")
    code = next_code(tablet)
    assert verify(carlos, code) == tablet
    phone.refresh_from_db()
    tablet.refresh_from_db()
    assert (phone.last_step, phone.last_used_at) == (0, None)
    assert tablet.last_used_at is not None
    assert verify(carlos, next_code(phone)) == phone


def test_an_app_whose_registration_is_not_complete_counts_for_nothing(carlos: Principal, phone: AuthenticatorApp) -> None:
    Authenticator.objects.filter(pk=phone.pk).update(confirmed=False)
    assert verify(carlos, code_now(secret_in(phone))) is None


def test_who_has_no_app_has_no_code(carlos: Principal) -> None:
    Authenticator.objects.filter(user=carlos).delete()
    assert verify(carlos, "123456") is None


def test_a_secret_is_sealed_and_is_useless_without_its_key(carlos: Principal, phone: AuthenticatorApp) -> None:
    secret, code = secret_in(phone), next_code(phone)
    assert secret not in phone.sealed_secret
    AuthenticatorApp.objects.filter(pk=phone.pk).update(sealed_secret="x" + phone.sealed_secret[1:])
    phone.refresh_from_db()
    assert secret_of(phone) is None
    assert verify(carlos, code) is None


def test_nist_a_hundred_failures_in_a_row_end_a_device(carlos: Principal, phone: AuthenticatorApp) -> None:
    wrong = wrong_code(phone)
    Authenticator.objects.filter(pk=phone.pk).update(failures=MOST_FAILURES - 2)
    assert verify(carlos, wrong) is None
    assert verify(carlos, next_code(phone)) == phone
    phone.refresh_from_db()
    assert phone.failures == 0

    for _ in range(MOST_FAILURES):
        assert verify(carlos, wrong) is None
    phone.refresh_from_db()
    assert phone.failures == MOST_FAILURES
    assert verify(carlos, next_code(phone)) is None
    assert verify(carlos, wrong) is None
    phone.refresh_from_db()
    assert phone.failures == MOST_FAILURES


def test_nist_a_used_code_is_a_failure_too(carlos: Principal, phone: AuthenticatorApp) -> None:
    code = next_code(phone)
    assert verify(carlos, code)
    assert verify(carlos, code) is None
    phone.refresh_from_db()
    assert phone.failures == 1
