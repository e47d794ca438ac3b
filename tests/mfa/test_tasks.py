"""What the hourly purge deletes, and what it leaves."""

from datetime import timedelta

import pytest

from accounts.models import SignInSession
from accounts.sessions.flows import open_session
from accounts.sessions.tasks import purge_over
from mfa.models import Authenticator, AuthenticatorApp, Ceremony, FactorRecovery, PhoneCall, TrustedDevice
from mfa.tasks import purge
from portal.celery import app
from portal.conf import conf
from portal.core import clock
from portal.network.origin import Origin
from portal.world.people import Person
from tests.mfa.codes import app_of, principal_of

ORIGIN = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="purge", host="localhost")
EXPIRING = (Ceremony, FactorRecovery, PhoneCall, TrustedDevice)


def _expiring(person: Person, mark: str, age: timedelta) -> None:
    """Write one row of every table whose rows expire; `mark` is its name, `age` how long ago it expired."""
    ends, owner = clock.now() - age, principal_of(person)
    Ceremony.objects.create(binding=mark, purpose="test", challenge="x", user_verification="required", expires_at=ends)
    FactorRecovery.objects.create(principal=owner, credential_epoch=0, attempt_digest=mark, link_digest=mark, expires_at=ends)
    PhoneCall.objects.create(number=mark, sealed_digits="x", expires_at=ends)
    TrustedDevice.objects.create(principal=owner, token_digest=mark, fingerprint="x", browser=mark, network="x", address="x", expires_at=ends)


def test_what_expired_a_day_ago_is_deleted(root_user: Person) -> None:
    _expiring(root_user, "old", timedelta(days=1, seconds=1))
    _expiring(root_user, "recent", timedelta(hours=23))
    _expiring(root_user, "live", timedelta(minutes=-5))
    assert purge() == len(EXPIRING)
    assert set(Ceremony.objects.values_list("binding", flat=True)) == {"recent", "live"}
    assert set(FactorRecovery.objects.values_list("link_digest", flat=True)) == {"recent", "live"}
    assert set(PhoneCall.objects.values_list("number", flat=True)) == {"recent", "live"}
    assert set(TrustedDevice.objects.values_list("browser", flat=True)) == {"recent", "live"}
    assert purge() == 0


def test_a_registration_that_nobody_completed_is_deleted_after_its_quarter_of_an_hour(root_user: Person) -> None:
    owner = principal_of(root_user)
    registered, begun = app_of(owner, name="registered"), app_of(owner, name="begun")
    AuthenticatorApp.objects.filter(pk=begun.pk).update(confirmed=False)
    clock.advance(timedelta(minutes=14))
    assert purge() == 0
    clock.advance(timedelta(minutes=2))
    assert purge() == 1
    assert not Authenticator.objects.filter(pk=begun.pk).exists()
    assert not AuthenticatorApp.objects.filter(pk=begun.pk).exists(), "nor is its secret left behind"
    assert AuthenticatorApp.objects.filter(pk=registered.pk).exists()


def test_sessions_go_with_the_events_that_speak_of_them(root_user: Person) -> None:
    owner = principal_of(root_user)
    ended, _ = open_session(owner, origin=ORIGIN)
    SignInSession.objects.filter(pk=ended.pk).update(ended_at=clock.now())
    open_session(owner, origin=ORIGIN)
    clock.advance(conf.trail_retention + timedelta(minutes=1))
    live, _ = open_session(owner, origin=ORIGIN)
    assert purge_over(batch=1) == 1
    clock.advance(conf.console_session_lifetime)
    assert purge_over(batch=1) == 1, "one that expired without being ended"
    assert list(SignInSession.objects.all()) == [live]


@pytest.mark.parametrize("task", [purge, purge_over])
def test_the_purges_run_every_hour(task: object) -> None:
    name = task.name  # type: ignore[attr-defined]  # of Celery's task
    line = next(line for line in app.conf.beat_schedule.values() if line["task"] == name)
    assert line["schedule"] == pytest.approx(3600)
    app.loader.import_default_modules()
    assert name in app.tasks
