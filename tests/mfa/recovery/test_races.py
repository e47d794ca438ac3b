"""RST-08 in parallel: of twenty who take the same step at the same moment, one takes it."""

from collections import Counter
from datetime import timedelta

import pytest

from accounts.models import OutgoingMail, Principal
from accounts.outcomes import Success
from accounts.signin.attempt import Attempt
from mfa.base import guessing
from mfa.models import FactorRecovery, PhoneCall
from mfa.recovery import flows
from mfa.recovery.outcomes import Step
from mfa.recovery.telephone import heard_at
from portal.core import clock
from portal.core.throttle import Ladder, Window
from portal.core.tokens import digest, new_token
from portal.network.origin import Origin
from portal.trail.models import Event
from portal.world.flows import load_world
from tests.mfa.codes import app_of
from tests.mfa.recovery.steps import other_than
from tests.races import PARALLEL, racers

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

ORIGIN = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="race", host="localhost")
ROUNDS = 10


@pytest.fixture(autouse=True)
def _world(transactional_db: None) -> None:
    load_world(replace=True)


@pytest.fixture
def root(_world: None) -> Principal:
    """The root user of the management account, with an authenticator app."""
    principal = Principal.objects.select_related("account").get(kind=Principal.Kind.ROOT, account_id="111122223333")
    app_of(principal)
    return principal


def sign_in_of(principal: Principal) -> Attempt:
    """Return a sign-in that stands at the second factor."""
    return Attempt("root", principal=principal.pk, credential_epoch=principal.credential_epoch, password_proved=True, second_factor="challenge")


def begun(principal: Principal, attempt: Attempt) -> str:
    """Begin a recovery and return the token of its link."""
    token = new_token()
    assert flows.send_link(attempt, principal, origin=ORIGIN) == Success()
    row = flows.recovery_of(attempt, principal)
    assert row is not None
    FactorRecovery.objects.filter(pk=row.pk).update(link_digest=digest(token))
    flows.MAILS_AN_HOUR.forget("management@example.com")
    return token


def called(principal: Principal, attempt: Attempt) -> str:
    """Go as far as the digits, and return them."""
    assert flows.verify_email(begun(principal, attempt), origin=ORIGIN)
    assert flows.place_call(attempt, principal, origin=ORIGIN) == Success()
    flows.CALLS_AN_HOUR.forget(flows.phone_of(principal))
    return heard_at(flows.phone_of(principal))[0].digits


def events(name: str, *, succeeded: bool = True) -> int:
    """Return how many events of that name there are."""
    return Event.objects.filter(event_name=name, succeeded=succeeded).count()


def test_rst_08_a_link_verifies_one_of_twenty(root: Principal) -> None:
    with racers() as race:
        for rounds in range(1, ROUNDS + 1):
            token = begun(root, sign_in_of(root))
            won = race(lambda token=token: flows.verify_email(token, origin=ORIGIN) is not None)  # type: ignore[misc]
            assert won.count(True) == 1
            assert events("MfaRecoveryEmailVerified") == rounds


def test_rst_08_a_recovery_begins_once_however_often_its_form_is_sent(root: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = sign_in_of(root)
    monkeypatch.setattr(flows, "MAILS_AN_HOUR", Window("test", allowed=PARALLEL, seconds=60))
    with racers() as race:
        answers = race(lambda: flows.send_link(attempt, root, origin=ORIGIN))
    assert answers == [Success()] * PARALLEL
    assert FactorRecovery.objects.count() == 1
    assert OutgoingMail.objects.filter(kind="factor_recovery_link").count() == events("MfaRecoveryRequested")


def test_rst_08_twenty_calls_at_once_are_three(root: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = sign_in_of(root)
    monkeypatch.setattr(flows, "CALLS_AN_HOUR", Window("test", allowed=PARALLEL, seconds=60))
    assert flows.verify_email(begun(root, attempt), origin=ORIGIN)
    with racers() as race:
        answers = race(lambda: flows.place_call(attempt, root, origin=ORIGIN))
    assert answers.count(Success()) == flows.CALLS == PhoneCall.objects.count() == events("MfaRecoveryCalled")
    row = FactorRecovery.objects.get()
    assert row.calls == flows.CALLS
    good = [heard.digits for heard in heard_at(flows.phone_of(root)) if flows._code_digest(attempt, heard.digits) == row.code_digest]
    assert len(good) == 1, "the digits of one call count, and somebody heard them"


def test_rst_08_twenty_wrong_tries_at_once_are_five(root: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = sign_in_of(root)
    digits = called(root, attempt)
    monkeypatch.setattr(guessing, "OF_IDENTITY", Ladder("test", rungs=((10**6, 1),)))
    with racers() as race:
        race(lambda: flows.verify_digits(attempt, root, other_than(digits), origin=ORIGIN))
    row = FactorRecovery.objects.get()
    assert (row.tries, row.phone_verified_at) == (flows.TRIES, None)
    assert flows.verify_digits(attempt, root, digits, origin=ORIGIN) != Success()


def test_rst_08_a_recovery_is_spent_by_one_of_twenty(root: Principal) -> None:
    with racers() as race:
        for rounds in range(1, ROUNDS + 1):
            attempt = sign_in_of(root)
            digits = called(root, attempt)
            assert flows.verify_digits(attempt, root, digits, origin=ORIGIN) == Success()

            def finish(attempt: Attempt = attempt) -> bool:
                mine = Attempt(**{name: getattr(attempt, name) for name in Attempt.__slots__})
                return flows.complete(mine, root, origin=ORIGIN) == Success() and mine.factor_proved

            assert Counter(race(finish)) == {True: 1, False: PARALLEL - 1}
            assert events("MfaRecoveryCompleted") == rounds
            assert OutgoingMail.objects.filter(kind="factor_recovered").count() == rounds


def test_a_recovery_from_the_future_is_none(root: Principal) -> None:
    attempt = sign_in_of(root)
    clock.advance(timedelta(hours=2))
    token = begun(root, attempt)
    clock.advance(timedelta(hours=-2))
    assert flows.verify_email(token, origin=ORIGIN) is None
    assert flows.next_step(flows.recovery_of(attempt, root)) == Step.OVER
