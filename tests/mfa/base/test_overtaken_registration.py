"""A registration that something overtook between the look at its sign-in and its last write."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from accounts.models import Principal, SignInSession
from accounts.outcomes import Failure, Success
from accounts.sessions.flows import end_all, open_session
from mfa.base.authenticators import DeviceFailure, confirm, remove, rename
from mfa.models import Authenticator, AuthenticatorApp
from mfa.totp.flows import TotpFailure, begin, register
from portal.network.origin import Origin
from portal.world.flows import load_world
from tests.mfa.codes import app_of, two_codes

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

ORIGIN = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="race", host="localhost")


@pytest.fixture(autouse=True)
def _world(transactional_db: None) -> None:
    load_world(replace=True)
    Authenticator.objects.filter(user=carlos()).delete()


@pytest.fixture
def begins_meanwhile() -> Iterator[threading.Thread]:
    """Another browser of Carlos's, at the moment when it begins a registration of its own."""

    def work() -> None:
        begin(carlos(), "another browser")
        connection.close()

    thread = threading.Thread(target=work)
    yield thread
    thread.join(timeout=30)


def carlos() -> Principal:
    """Return an IAM user as the database has it now."""
    return Principal.objects.select_related("account").get(kind="iam_user", account_id="111122223333", name="Carlos")


def test_race_a_registration_that_is_just_completed_outlives_one_begun_elsewhere(begins_meanwhile: threading.Thread) -> None:
    principal = carlos()
    app = begin(principal, "browser").app
    with transaction.atomic():
        assert confirm(app, name="phone", origin=ORIGIN, session=None) == Success()
        begins_meanwhile.start()
        begins_meanwhile.join(timeout=1)
        assert begins_meanwhile.is_alive(), "it waits for what is being written"
    begins_meanwhile.join(timeout=30)
    assert AuthenticatorApp.objects.filter(user=principal, confirmed=True).count() == 1


def test_race_10_no_device_is_registered_by_a_password_that_was_changed_meanwhile() -> None:
    principal = carlos()
    session, _secret = open_session(principal, origin=ORIGIN)
    for known in (None, session):
        codes = list(two_codes(begin(principal, "browser").secret))
        with transaction.atomic():
            end_all(carlos(), SignInSession.End.PASSWORD_CHANGED)
        assert register(principal, "browser", codes=codes, name="phone", origin=ORIGIN, session=known) == Failure(TotpFailure.EXPIRED)
    assert not Authenticator.objects.filter(user=principal, confirmed=True).exists()


def test_race_10_no_device_is_registered_for_somebody_who_was_disabled_meanwhile() -> None:
    principal = carlos()
    codes = list(two_codes(begin(principal, "browser").secret))
    Principal.objects.filter(pk=principal.pk).update(is_active=False)
    assert register(principal, "browser", codes=codes, name="phone", origin=ORIGIN, session=None) == Failure(TotpFailure.EXPIRED)


def test_race_10_no_device_is_renamed_or_removed_by_a_session_that_was_ended_meanwhile() -> None:
    principal = carlos()
    session, _secret = open_session(principal, origin=ORIGIN)
    app = app_of(principal)
    with transaction.atomic():
        end_all(carlos(), SignInSession.End.PASSWORD_CHANGED)
    assert rename(principal, app.pk, name="mine", origin=ORIGIN, session=session) == Failure(DeviceFailure.GONE)
    assert remove(principal, app.pk, origin=ORIGIN, session=session) == Failure(DeviceFailure.GONE)
    assert Authenticator.objects.get(pk=app.pk).name == "phone"


def test_mfa_01_a_sign_in_registers_no_device_beside_one_that_was_registered_meanwhile() -> None:
    principal = carlos()
    codes = list(two_codes(begin(principal, "browser").secret))
    app_of(principal, name="registered-elsewhere")
    assert register(principal, "browser", codes=codes, name="phone", origin=ORIGIN, session=None) == Failure(TotpFailure.EXPIRED)
    assert list(Authenticator.objects.filter(user=principal, confirmed=True).values_list("name", flat=True)) == ["registered-elsewhere"]
