"""Registering a device from the security page."""

import json
import re
from html import unescape

from mfa.models import Authenticator
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.console.browsing import Browser
from tests.journeys.visitor import text_of
from tests.mfa.codes import secret_on, two_codes
from tests.mfa.fido.authenticator import SoftwareAuthenticator
from tests.mfa.manage.pages import devices, rooms, security, where

_OPTIONS = re.compile(r'data-options="([^"]+)"')


def test_an_authenticator_app_is_registered_and_other_sessions_stay(laptop: Browser, desktop: Browser, carlos: Person) -> None:
    here, there = laptop.opens(carlos), desktop.opens(carlos)
    page = rooms(here) + "register/app"
    code, code2 = two_codes(secret_on(laptop.get(page)))
    answer = laptop.send(page, page=page, name="phone", code=code, code2=code2)
    assert where(answer) == (303, f"{security(here)}?done=registered")
    assert "The MFA device is registered." in text_of(laptop.get(answer["Location"]))
    [device] = devices(carlos)
    assert (device.name, device.type) == ("phone", Authenticator.Type.TOTP)
    assert laptop.is_in(here)
    assert desktop.is_in(there)
    record = json.loads(Event.objects.get(event_name=EventName.ENABLE_MFA_DEVICE).record)
    assert record["requestParameters"] == {"userName": "Carlos", "serialNumber": device.serial}
    assert record["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"


def test_a_passkey_is_registered(laptop: Browser, carlos: Person) -> None:
    here = laptop.opens(carlos)
    page = rooms(here) + "register/passkey"
    found = _OPTIONS.search(laptop.get(page).content.decode())
    assert found
    made = SoftwareAuthenticator(synced=True).make(unescape(found[1]))
    answer = laptop.client.post(page, {"csrfmiddlewaretoken": laptop.token_of(security(here)), "name": "laptop", "credential": json.dumps(made)})
    assert where(answer) == (303, f"{security(here)}?done=registered")
    assert "Synced passkey" in text_of(laptop.get(answer["Location"]))


def test_mfa_07_the_secret_is_shown_to_the_session_that_began_alone(laptop: Browser, desktop: Browser, carlos: Person) -> None:
    here, there = laptop.opens(carlos), desktop.opens(carlos)
    first = secret_on(laptop.get(rooms(here) + "register/app"))
    assert secret_on(laptop.get(rooms(here) + "register/app")) == first
    assert secret_on(desktop.get(rooms(there) + "register/app")) != first


def test_mfa_07_the_secret_is_shown_no_more_once_registered(laptop: Browser, carlos: Person) -> None:
    here = laptop.opens(carlos)
    page = rooms(here) + "register/app"
    secret = secret_on(laptop.get(page))
    code, code2 = two_codes(secret)
    laptop.send(page, page=page, name="phone", code=code, code2=code2)
    for address in (page, security(here), rooms(here) + "register", f"{rooms(here)}rename?device={devices(carlos)[0].pk}"):
        assert secret not in laptop.get(address).content.decode().replace(" ", "")
