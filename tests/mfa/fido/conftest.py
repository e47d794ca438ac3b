"""People with passkeys, as nouns."""

import json
from dataclasses import dataclass

import pytest

from accounts.models import Principal
from accounts.sessions.flows import open_session
from mfa.base.authenticators import devices_of
from mfa.fido import flows
from mfa.models import Passkey
from portal.network.origin import Origin
from portal.world.people import Person
from tests.mfa.codes import principal_of
from tests.mfa.fido.authenticator import SoftwareAuthenticator

ORIGIN = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="Mozilla/5.0", host="localhost:8000")
BINDING = "b" * 64
"""Stands for one browser."""


@dataclass
class Holder:
    """Somebody with a registered passkey, and the authenticator that holds it."""

    person: Person
    principal: Principal
    authenticator: SoftwareAuthenticator
    passkey: Passkey

    def reloaded(self) -> Passkey:
        """Return the passkey as the database has it now."""
        self.passkey.refresh_from_db()
        return self.passkey


def register(principal: Principal, authenticator: SoftwareAuthenticator, *, name: str = "passkey", binding: str = BINDING) -> Passkey:
    """Register an authenticator's new passkey for a principal: within a sign-in, or in a session where there is a device already."""
    session = open_session(principal, origin=ORIGIN)[0] if devices_of(principal.pk) else None
    posted = json.dumps(authenticator.make(flows.registration_options(principal, binding)))
    passkey = flows.register(principal, binding, posted, name=name, origin=ORIGIN, session=session)
    assert isinstance(passkey, Passkey), passkey
    return passkey


def holder_of(person: Person, authenticator: SoftwareAuthenticator | None = None, *, name: str = "passkey") -> Holder:
    """Give a person of the demo world a passkey."""
    principal, authenticator = principal_of(person), authenticator or SoftwareAuthenticator()
    return Holder(person, principal, authenticator, register(principal, authenticator, name=name))


@pytest.fixture
def iam_user_with_passkey(iam_user: Person) -> Holder:
    """Carlos, who has registered a security key."""
    return holder_of(iam_user)


@pytest.fixture
def other_iam_user_with_passkey(other_iam_user: Person) -> Holder:
    """Mary, who has registered a security key."""
    return holder_of(other_iam_user)


@pytest.fixture
def root_user_with_passkey(root_user: Person) -> Holder:
    """The root user of the management account, with a passkey that is synced between devices."""
    return holder_of(root_user, SoftwareAuthenticator(synced=True, counts=False), name="root-passkey")


@pytest.fixture
def operator_with_passkey(operator: Person) -> Holder:
    """The portal's operator, with a passkey."""
    return holder_of(operator, name="operator-passkey")


@pytest.fixture
def passkey() -> SoftwareAuthenticator:
    """A security key with a counter."""
    return SoftwareAuthenticator()
