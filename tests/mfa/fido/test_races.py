"""One challenge, twenty answers at the same moment: one of them is looked at (security catalogue PK-01)."""

import json

import pytest

from accounts.outcomes import Failure
from accounts.sessions.flows import open_session
from mfa.fido import flows
from mfa.models import Authenticator, Passkey
from portal.world.flows import load_world
from tests.mfa.fido.authenticator import SoftwareAuthenticator
from tests.mfa.fido.conftest import BINDING, ORIGIN, register
from tests.mfa.totp.test_races import carlos
from tests.races import PARALLEL, racers

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

ROUNDS = 20


@pytest.fixture(autouse=True)
def _world(transactional_db: None) -> None:
    load_world(replace=True)


def test_race_pk_01_one_answer_signs_in_once() -> None:
    principal, authenticator = carlos(), SoftwareAuthenticator(counts=False)
    register(principal, authenticator)
    with racers() as race:
        for _round in range(ROUNDS):
            posted = json.dumps(authenticator.show(flows.options_for_sign_in(principal, BINDING)))

            def work(posted: str = posted) -> Authenticator | None:
                return flows.verify(carlos(), BINDING, posted, origin=ORIGIN)

            assert race(work).count(None) == PARALLEL - 1


def test_race_pk_01_different_answers_to_one_challenge_sign_in_once() -> None:
    principal, authenticator = carlos(), SoftwareAuthenticator()
    register(principal, authenticator)
    with racers() as race:
        for _round in range(ROUNDS):
            options = flows.options_for_sign_in(principal, BINDING)
            posted = [json.dumps(authenticator.show(options)) for _answer in range(PARALLEL)]

            def work(posted: list[str] = posted) -> Authenticator | None:
                return flows.verify(carlos(), BINDING, posted.pop(), origin=ORIGIN)

            assert race(work).count(None) == PARALLEL - 1


def test_race_pk_11_one_registration_makes_one_passkey() -> None:
    principal = carlos()
    session, _secret = open_session(principal, origin=ORIGIN)
    with racers() as race:
        for _round in range(5):
            posted = json.dumps(SoftwareAuthenticator().make(flows.registration_options(principal, BINDING)))

            def work(posted: str = posted) -> Passkey | Failure:
                return flows.register(carlos(), BINDING, posted, name="passkey", origin=ORIGIN, session=session)

            assert sum(isinstance(outcome, Passkey) for outcome in race(work)) == 1
            assert Passkey.objects.filter(user=principal).count() == 1
            Authenticator.objects.filter(user=principal, type="fido").delete()


def test_race_pk_08_one_credential_registered_by_many_browsers_at_once_is_one_passkey() -> None:
    principal, authenticator = carlos(), SoftwareAuthenticator()
    session, _secret = open_session(principal, origin=ORIGIN)
    browsers = [f"{number:064d}" for number in range(PARALLEL)]
    posted = [(browser, json.dumps(authenticator.make(flows.registration_options(principal, browser)))) for browser in browsers]
    with racers() as race:

        def work() -> Passkey | Failure:
            browser, credential = posted.pop()
            return flows.register(carlos(), browser, credential, name=f"key-{int(browser)}", origin=ORIGIN, session=session)

        outcomes = race(work)
    assert sum(isinstance(outcome, Passkey) for outcome in outcomes) == 1
    assert Passkey.objects.count() == 1 + Passkey.objects.exclude(user=principal).count()
