"""People with second factors, as nouns."""

import pytest

from mfa.models import AuthenticatorApp
from portal.world.people import Person
from tests.mfa.codes import app_of, principal_of


@pytest.fixture
def iam_user_with_totp(iam_user: Person) -> Person:
    """Carlos, who has registered an authenticator app."""
    app_of(principal_of(iam_user))
    return iam_user


@pytest.fixture
def root_user_with_totp(root_user: Person) -> Person:
    """The root user of the management account, who has registered an authenticator app."""
    app_of(principal_of(root_user), name="root-phone")
    return root_user


@pytest.fixture
def operator_with_totp(operator: Person) -> Person:
    """The portal's operator, with an authenticator app."""
    principal = principal_of(operator)
    if not AuthenticatorApp.objects.filter(user=principal, confirmed=True).exists():
        app_of(principal, name="operator-phone")
    return operator


@pytest.fixture
def phone(iam_user_with_totp: Person) -> AuthenticatorApp:
    """The authenticator app of Carlos."""
    app: AuthenticatorApp = AuthenticatorApp.objects.get(user=principal_of(iam_user_with_totp), confirmed=True)
    return app
