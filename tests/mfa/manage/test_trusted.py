"""The list of trusted devices, and forgetting them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Principal, SignInSession
from accounts.sessions.flows import open_session
from mfa.base.authenticators import devices_of
from mfa.models import Authenticator, DirectoryRule, TrustedDevice
from portal.core import clock
from portal.network.origin import Origin
from portal.trail.models import Event
from portal.trail.names import EventName
from tests.console.browsing import FIREFOX, TOKEN
from tests.journeys.visitor import text_of
from tests.mfa.codes import app_of
from tests.mfa.manage.pages import some_time_passes, where
from tests.mfa.trust.conftest import Place

pytestmark = [pytest.mark.urls("tests.mfa.manage.profile"), pytest.mark.django_db]

ADDRESS = "203.0.113.7"
_ROW = re.compile(r'<tr data-trust="(\d+)">(.*?)</tr>', re.DOTALL)


class Owner:
    """A workforce user who is signed in, and its browsers."""

    def __init__(self, name: str) -> None:
        self.principal = Principal.objects.create(kind=Principal.Kind.WORKFORCE, name=name, directory="d-1234567890", email=f"{name}@example.com")
        app_of(self.principal, name=f"phone-of-{name}")
        origin = Origin(address=ADDRESS, region="us-east-1", regional=False, user_agent=FIREFOX, host="localhost")
        self.session: SignInSession = open_session(self.principal, origin=origin)[0]
        self.home = f"/profile/{self.session.name}/"

    def trusts(self, browser: Client) -> TrustedDevice:
        """Have the owner sign in with a browser that is to be trusted."""
        place = Place(address=ADDRESS, user_agent=FIREFOX)
        place.trusts(self.principal)
        for name, value in place.cookies.items():
            browser.cookies[name] = value
        return TrustedDevice.objects.filter(principal=self.principal).order_by("-id")[0]

    def is_trusted_in(self, browser: Client) -> bool:
        """Tell whether a sign-in from the browser would be spared the second factor."""
        return bool(browser.get(self.home + "trusted").content == b"yes")

    def rows(self, browser: Client) -> dict[int, str]:
        """Return the listed trusted devices by key, as HTML."""
        return {int(key): row for key, row in _ROW.findall(browser.get(self.home).content.decode())}

    def forgets(self, browser: Client, device: str) -> Any:
        """Send the list's form."""
        token = TOKEN.search(browser.get(self.home).content.decode())
        fields = {"device": device, **({"csrfmiddlewaretoken": token[1]} if token else {})}
        return browser.post(f"{self.home}mfa/trusted/forget", fields)


def browser() -> Client:
    """Return a browser of its own."""
    return Client(enforce_csrf_checks=True, HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR=ADDRESS)


@pytest.fixture
def owner(db: None) -> Owner:
    """Somebody whose directory asks for MFA by context."""
    return Owner("ana")


def test_each_trusted_device_is_listed_with_place_and_times(owner: Owner) -> None:
    laptop = browser()
    row = owner.trusts(laptop)
    listed = owner.rows(laptop)[row.pk]
    assert "Firefox" in listed
    assert "Windows" in listed
    assert ADDRESS in listed
    assert f'datetime="{row.created_at:%Y-%m-%dT%H:%M:%SZ}"' in listed
    assert f'datetime="{row.expires_at:%Y-%m-%dT%H:%M:%SZ}"' in listed


def test_dev_05_one_forgotten_device_is_asked_again_at_once(owner: Owner) -> None:
    laptop, phone = browser(), browser()
    first, second = owner.trusts(laptop), owner.trusts(phone)
    assert owner.is_trusted_in(laptop)
    answer = owner.forgets(laptop, str(first.pk))
    assert where(answer) == (303, f"{owner.home}?done=forgotten")
    assert not owner.is_trusted_in(laptop)
    assert owner.is_trusted_in(phone)
    assert list(owner.rows(laptop)) == [second.pk]
    assert Event.objects.get(event_name=EventName.TRUSTED_DEVICE_FORGOTTEN).succeeded


def test_dev_05_all_are_forgotten_together(owner: Owner) -> None:
    laptop, phone = browser(), browser()
    owner.trusts(laptop)
    owner.trusts(phone)
    assert where(owner.forgets(laptop, "all")) == (303, f"{owner.home}?done=all_forgotten")
    assert not owner.is_trusted_in(laptop)
    assert not owner.is_trusted_in(phone)
    assert "No device is trusted." in text_of(laptop.get(owner.home))


def test_pol_03_somebody_elses_trusted_device_does_not_exist_here(owner: Owner) -> None:
    laptop, theirs = browser(), browser()
    owner.trusts(laptop)
    other = Owner("bo")
    foreign = other.trusts(theirs)
    assert owner.forgets(laptop, str(foreign.pk)).status_code == 404
    assert other.is_trusted_in(theirs)
    event = Event.objects.get(event_name=EventName.TRUSTED_DEVICE_FORGOTTEN)
    assert (event.succeeded, event.principal_key) == (False, owner.principal.unique_id)


@pytest.mark.parametrize("device", ["x", "-1", "9" * 30, "ALL", "1;2"])
def test_what_is_no_number_is_bad_input(owner: Owner, device: str) -> None:
    laptop = browser()
    owner.trusts(laptop)
    assert owner.forgets(laptop, device).status_code == 400
    assert owner.is_trusted_in(laptop)


def test_nothing_chosen_is_nothing_forgotten(owner: Owner) -> None:
    laptop = browser()
    owner.trusts(laptop)
    assert where(owner.forgets(laptop, "")) == (303, f"{owner.home}?done=choose")
    assert where(laptop.get(f"{owner.home}mfa/trusted/forget?device=all")) == (303, owner.home)
    assert owner.is_trusted_in(laptop)


def test_dev_06_a_trusted_device_is_no_recent_proof(owner: Owner) -> None:
    laptop = browser()
    row = owner.trusts(laptop)
    some_time_passes()
    assert owner.is_trusted_in(laptop)
    answer = owner.forgets(laptop, str(row.pk))
    assert answer["Location"].startswith(f"{owner.home}mfa/confirm?")
    assert owner.is_trusted_in(laptop)


def test_an_expired_trust_is_not_listed(owner: Owner) -> None:
    laptop = browser()
    row = owner.trusts(laptop)
    TrustedDevice.objects.filter(pk=row.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    assert owner.rows(laptop) == {}


def test_dev_03_a_trust_dies_with_a_change_of_the_devices_and_is_not_listed(owner: Owner) -> None:
    laptop = browser()
    owner.trusts(laptop)
    app_of(owner.principal, name="tablet")
    assert owner.rows(laptop) == {}
    assert not owner.is_trusted_in(laptop)


def test_limits_by_kind_are_shown(owner: Owner) -> None:
    assert "Authenticator apps: 1 of 2. Passkeys and security keys: 0 of 6." in text_of(browser().get(owner.home))


def test_an_administrator_may_keep_the_devices_to_itself(owner: Owner) -> None:
    laptop = browser()
    DirectoryRule.objects.create(directory=owner.principal.directory, users_manage_devices=False)
    page = laptop.get(owner.home)
    assert "Your administrator manages your MFA devices." in text_of(page)
    assert 'data-testid="rename-device"' not in page.content.decode()
    [device] = devices_of(owner.principal.pk)
    assert where(laptop.get(f"{owner.home}mfa/register")) == (303, f"{owner.home}?done=not_yours")
    for room, fields in (("rename", {"name": "mine"}), ("delete", {})):
        token = TOKEN.search(laptop.get(f"{owner.home}mfa/rename?device={device.pk}").content.decode())
        assert token
        answer = laptop.post(f"{owner.home}mfa/{room}", {"csrfmiddlewaretoken": token[1], "device": device.pk, **fields})
        assert answer.status_code == 400
        assert "Ask your administrator." in text_of(answer)
    assert Authenticator.objects.get(pk=device.pk).name == device.name
