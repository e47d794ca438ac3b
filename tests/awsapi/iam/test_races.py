"""The same call from many programs at one moment: what may be once is once."""

from collections.abc import Callable

import pytest
from django.db import transaction

from accounts.access_keys.flows import add_key
from accounts.iam import login_profiles, users
from accounts.models import AccessKey, Account, Principal
from mfa.models import AuthenticatorApp
from mfa.totp import virtual
from portal.core.errors import PortalError
from portal.world.flows import load_world
from tests.awsapi.conftest import SHELL
from tests.awsapi.iam.accounts import ACCOUNT, arn
from tests.awsapi.iam.test_users import user_of
from tests.mfa.codes import two_codes
from tests.races import racers

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _world(transactional_db: None) -> None:
    load_world(replace=True)


def outcome(work: Callable[[], object]) -> str:
    """Return the name of the error that a call's part in the transaction ends with; empty for none."""
    try:
        with transaction.atomic():
            work()
    except PortalError as error:
        return type(error).__name__
    return ""


def test_race_one_user_of_a_name_with_one_password_and_two_keys() -> None:
    with racers() as race:
        assert race(lambda: outcome(lambda: users.create(ACCOUNT, "Nikki"))).count("") == 1
        user = user_of("Nikki")

        def give() -> None:
            login_profiles.create(Principal(pk=user.pk, name=user.name, password=user.password), "!made", reset_required=False)

        assert race(lambda: outcome(give)).count("") == 1
        assert race(lambda: outcome(lambda: add_key(user))).count("") == 2
        assert AccessKey.objects.filter(principal=user).count() == 2


def test_race_a_user_is_deleted_or_gets_a_key() -> None:
    with racers() as race:
        for number in range(5):
            user = users.create(ACCOUNT, f"Nikki-{number}")
            turns = ["delete", "key"] * 10

            def work(user: Principal = user, turns: list[str] = turns) -> str:
                return outcome((lambda: users.delete(user)) if turns.pop() == "delete" else (lambda: add_key(user)))

            outcomes = set(race(work))
            standing = Principal.objects.filter(pk=user.pk).exists()
            assert outcomes <= {"", "TooManyKeys", "DeleteConflictException", "NoSuchEntityException"}
            assert AccessKey.objects.filter(principal_id=user.pk).exists() is standing


def test_race_a_device_is_enabled_once() -> None:
    made = virtual.create(Account.objects.get(pk=ACCOUNT), arn("mfa", "spare"), "spare")
    first, second = two_codes(made.secret)
    names = ["Carlos", "EmergencyAdmin"] * 10

    def work() -> str:
        user = user_of(names.pop())
        return outcome(lambda: virtual.enable(user, made.serial, first, second, origin=SHELL))

    with racers() as race:
        assert race(work).count("") == 1
    assert AuthenticatorApp.objects.filter(serial=made.serial).count() == 1
