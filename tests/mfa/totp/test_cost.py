"""What a code costs the server."""

from time import thread_time

import pytest

from accounts.models import Principal
from mfa.models import AuthenticatorApp
from mfa.totp.flows import verify
from portal.world.people import Person
from tests.mfa.codes import code_now, principal_of, secret_in

TRIES = 20
LIMIT_MS = 2.0


@pytest.fixture
def carlos(iam_user: Person) -> Principal:
    """Carlos as the database has him."""
    return principal_of(iam_user)


def test_checking_a_code_costs_less_than_two_milliseconds(carlos: Principal, phone: AuthenticatorApp) -> None:
    code = code_now(secret_in(phone))
    spent = []
    for _ in range(5):
        total = 0.0
        for _ in range(TRIES):
            AuthenticatorApp.objects.filter(pk=phone.pk).update(last_step=0)
            begun = thread_time()
            assert verify(carlos, code)
            total += thread_time() - begun
        spent.append(total / TRIES * 1000)
    assert min(spent) < LIMIT_MS, f"{min(spent):.2f} ms of CPU"
