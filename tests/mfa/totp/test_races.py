"""RACE-06: one code of an app, twenty sign-ins at the same moment: one of them gets in."""

import pytest

from accounts.models import Principal
from mfa.models import Authenticator, AuthenticatorApp
from mfa.totp import flows
from mfa.totp.flows import begin, register, resynchronise, verify
from portal.network.origin import Origin
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.flows import load_world
from tests.mfa.codes import app_of, code_now, secret_in, step_now, two_codes
from tests.races import PARALLEL, ROUNDS, racers

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

ORIGIN = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="race", host="localhost")


@pytest.fixture(autouse=True)
def _world(transactional_db: None) -> None:
    load_world(replace=True)


def carlos() -> Principal:
    """Return an IAM user as the database has it now."""
    return Principal.objects.select_related("account").get(kind="iam_user", account_id="111122223333", name="Carlos")


def put_back(app: AuthenticatorApp) -> None:
    """Put a device back to before anything was tried with it."""
    AuthenticatorApp.objects.filter(pk=app.pk).update(last_step=0)
    Authenticator.objects.filter(pk=app.pk).update(failures=0)


def test_race_06_one_code_signs_in_once() -> None:
    app = app_of(carlos())
    with racers() as race:
        for _ in range(ROUNDS):
            put_back(app)
            principal, code = carlos(), code_now(secret_in(app))

            def work(principal: Principal = principal, code: str = code) -> Authenticator | None:
                return verify(principal, code)

            outcomes = race(work)
            assert outcomes.count(None) == PARALLEL - 1
            assert next(filter(None, outcomes)).pk == app.pk


def test_race_06_one_code_in_many_spellings_signs_in_once() -> None:
    app = app_of(carlos())
    with racers() as race:
        for _ in range(10):
            put_back(app)
            principal, code = carlos(), code_now(secret_in(app))
            spellings = [code, f"{code[:3]} {code[3:]}", f" {code}", "".join(chr(ord("０") + int(digit)) for digit in code)] * (PARALLEL // 4)

            def work(principal: Principal = principal, spellings: list[str] = spellings) -> Authenticator | None:
                return verify(principal, spellings.pop())

            assert race(work).count(None) == PARALLEL - 1


def test_race_a_pair_of_codes_resynchronises_once() -> None:
    app = app_of(carlos())
    with racers() as race:
        for number in range(1, 11):
            put_back(app)
            principal, (first, second) = carlos(), two_codes(secret_in(app), ahead=7)

            def work(principal: Principal = principal, first: str = first, second: str = second) -> Authenticator | None:
                return resynchronise(principal, first, second, origin=ORIGIN, session=None)

            assert race(work).count(None) == PARALLEL - 1
            assert Event.objects.filter(event_name=EventName.RESYNC_MFA_DEVICE).count() == number
    app.refresh_from_db()
    assert app.drift in {7, 6}
    assert app.last_step >= step_now() + 5


def test_race_a_registration_is_completed_once() -> None:
    with racers() as race:
        for number in range(1, 6):
            principal = carlos()
            Authenticator.objects.filter(user=principal).delete()
            registration = begin(principal, "browser")
            shown, name = list(two_codes(registration.secret)), f"phone-{number}"

            def work(principal: Principal = principal, shown: list[str] = shown, name: str = name) -> bool:
                return isinstance(register(principal, "browser", codes=shown, name=name, origin=ORIGIN, session=None), AuthenticatorApp)

            assert race(work).count(True) == 1
            assert Authenticator.objects.filter(user=principal, confirmed=True).count() == 1
            assert Event.objects.filter(event_name=EventName.ENABLE_MFA_DEVICE).count() == number
            assert flows.begun(principal, "browser") is None
