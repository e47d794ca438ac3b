"""A workforce user at browsers of its own, for whom a device may be trusted."""

from dataclasses import dataclass, field

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts.models import Principal
from accounts.signin.attempt import Attempt
from mfa.base.authenticators import devices_of
from mfa.models import AuthenticatorApp
from mfa.trust.flows import is_trusted, remember_device
from tests.journeys.visitor import FIREFOX
from tests.mfa.codes import app_of


@dataclass
class Place:
    """One browser at one address, with the cookies that answers gave it."""

    address: str = "203.0.113.7"
    user_agent: str = FIREFOX
    cookies: dict[str, str] = field(default_factory=dict)

    def request(self) -> HttpRequest:
        """Return a request of this browser."""
        request = RequestFactory().get("/signin/mfa/", REMOTE_ADDR=self.address, HTTP_USER_AGENT=self.user_agent)
        request.COOKIES = dict(self.cookies)
        return request

    def trusts(self, principal: Principal, *, wanted: bool = True, proved: bool = True) -> HttpResponse:
        """End a sign-in here in which the visitor ticked "This is a trusted device" and showed a second factor; return the answer."""
        principal.refresh_from_db()
        attempt = Attempt("iam_user", principal=principal.pk, credential_epoch=principal.credential_epoch, trust_wanted=wanted, factor_proved=proved)
        response = HttpResponse()
        remember_device(self.request(), attempt, principal, response)
        self.cookies |= {name: morsel.value for name, morsel in response.cookies.items()}
        return response

    def is_trusted(self, principal: Principal) -> bool:
        """Tell whether the second factor of `principal` would be spared here, as the database has it now."""
        principal.refresh_from_db()
        return is_trusted(self.request(), principal, devices_of(principal.pk))

    def copy(self, **other: str) -> "Place":
        """Return a place that has stolen the cookies of this one."""
        return Place(**({"address": self.address, "user_agent": self.user_agent} | other), cookies=dict(self.cookies))


def _workforce(name: str) -> Principal:
    principal: Principal = Principal.objects.create(
        kind=Principal.Kind.WORKFORCE, name=name, email=f"{name}@example.com", unique_id=f"WORK-{name}", directory="d-1234567890"
    )
    app_of(principal)
    return principal


@pytest.fixture
def nikki(db: None) -> Principal:
    """A workforce user with an authenticator app, whose directory trusts devices."""
    return _workforce("nikki")


@pytest.fixture
def diego(db: None) -> Principal:
    """Another workforce user of the same directory."""
    return _workforce("diego")


@pytest.fixture
def app(nikki: Principal) -> AuthenticatorApp:
    """The authenticator app of Nikki."""
    found: AuthenticatorApp = AuthenticatorApp.objects.get(user=nikki)
    return found


@pytest.fixture
def home(nikki: Principal) -> Place:
    """The browser in which Nikki trusts this device."""
    place = Place()
    place.trusts(nikki)
    assert place.is_trusted(nikki)
    return place
