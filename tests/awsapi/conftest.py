"""Programs that call the portal in process, by requests that botocore signed."""

import pytest

from accounts.access_keys.flows import NewKey, make_key
from accounts.models import Principal
from portal.network.origin import Origin
from tests.awsapi.program import Program
from tests.fixtures.people import World

SHELL = Origin(address="127.0.0.1", region="us-east-1", regional=True, user_agent="tests", host="localhost")


def key_of(account: str, name: str) -> NewKey:
    """Make an access key of somebody of the demo world."""
    if "@example.com" in name and name != "zhang@example.com":
        return make_key(Principal.objects.get(kind="root", email=name), origin=SHELL)
    return make_key(Principal.objects.get(account_id=account, kind="iam_user", name=name), origin=SHELL)


@pytest.fixture
def administrator(world: World) -> Program:
    """A program with the key of Carlos, administrator of the management account."""
    return Program.of(key_of("111122223333", "Carlos"))


@pytest.fixture
def member_administrator(world: World) -> Program:
    """A program with the key of Mary, administrator of a member account."""
    return Program.of(key_of("444455556666", "Mary_Major"))


@pytest.fixture
def reader(world: World) -> Program:
    """A program with the key of somebody who may only read."""
    return Program.of(key_of("111122223333", "Richard_Roe"))


@pytest.fixture
def root_program(world: World) -> Program:
    """A program with the key of a root user."""
    return Program.of(key_of("123456789012", "standalone@example.com"))
