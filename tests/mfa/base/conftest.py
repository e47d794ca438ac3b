"""People with second factors of several kinds, for the stories of the challenge."""

import pytest

from accounts.models import Principal
from mfa.models import AuthenticatorApp
from portal.world.people import Person
from tests.fixtures.people import World
from tests.mfa.codes import app_of, principal_of
from tests.mfa.fido.conftest import Holder, holder_of


@pytest.fixture
def iam_user_with_passkey(iam_user: Person) -> Holder:
    """Carlos, who has registered a security key."""
    return holder_of(iam_user)


@pytest.fixture
def iam_user_with_both(iam_user: Person) -> Holder:
    """Carlos, with a security key and two authenticator apps."""
    holder = holder_of(iam_user)
    app_of(holder.principal)
    app_of(holder.principal, name="tablet")
    return holder


@pytest.fixture
def root_phone(root_user_with_totp: Person) -> AuthenticatorApp:
    """The authenticator app of the root user."""
    app: AuthenticatorApp = AuthenticatorApp.objects.get(user=principal_of(root_user_with_totp), confirmed=True)
    return app


@pytest.fixture
def iam_user_who_needs_mfa(iam_user: Person) -> Person:
    """Carlos, without a device, in an account whose IAM users must have one."""
    account = principal_of(iam_user).account
    assert account
    account.iam_users_need_mfa = True
    account.save()
    return iam_user


@pytest.fixture
def operator_without_device(operator: Person) -> Person:
    """The portal's operator, whose devices were all deactivated."""
    AuthenticatorApp.objects.filter(user=principal_of(operator)).delete()
    return operator


@pytest.fixture
def workforce_user(db: None) -> Principal:
    """A workforce user without a device."""
    found: Principal = Principal.objects.create(
        kind=Principal.Kind.WORKFORCE, name="nikki", email="nikki@example.com", unique_id="WORK-nikki", directory="d-1234567890"
    )
    return found


@pytest.fixture
def builder(db: None) -> Principal:
    """Somebody with a Builder ID and no device."""
    found: Principal = Principal.objects.create(kind=Principal.Kind.BUILDER, name="sofia", email="sofia@example.com", unique_id="BUILD-sofia")
    return found


@pytest.fixture
def alice(world: World) -> Person:
    """Alice, who has an authenticator app in the demo world already."""
    return world["111122223333", "alice"]
