"""Renaming a device."""

import json

import pytest
from django.db import connection

from accounts.outcomes import Failure
from mfa.base.authenticators import DeviceFailure, rename
from mfa.models import Authenticator
from portal.network.origin import Origin
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.console.browsing import Browser, principal_of
from tests.journeys.visitor import text_of
from tests.mfa.manage.pages import devices, rooms, security, sends, where
from tests.races import racers


def test_the_dialog_shows_the_present_name(laptop: Browser, alice: Person) -> None:
    here, [device] = laptop.opens(alice), devices(alice)
    page = laptop.get(f"{rooms(here)}rename?device={device.pk}")
    assert "MFA device name" in text_of(page)
    assert f'value="{device.name}"' in page.content.decode()


def test_pk_12_a_device_gets_another_name_and_keeps_its_serial_number(laptop: Browser, desktop: Browser, alice: Person) -> None:
    here, there, [device] = laptop.opens(alice), desktop.opens(alice), devices(alice)
    answer = sends(laptop, here, "rename", device=str(device.pk), name=" work-phone ")
    assert where(answer) == (303, f"{security(here)}?done=renamed")
    [renamed] = devices(alice)
    assert (renamed.name, renamed.serial) == ("work-phone", device.serial)
    event = Event.objects.get(event_name=EventName.MFA_DEVICE_RENAMED)
    assert json.loads(event.record)["requestParameters"]["formerName"] == device.name
    assert laptop.is_in(here)
    assert desktop.is_in(there), "a name ends no session"


def test_the_same_name_again_is_no_change(laptop: Browser, alice: Person) -> None:
    here, [device] = laptop.opens(alice), devices(alice)
    assert sends(laptop, here, "rename", device=str(device.pk), name=device.name).status_code == 303
    assert not Event.objects.filter(event_name=EventName.MFA_DEVICE_RENAMED).exists()


def test_without_a_choice_the_page_asks_for_one(laptop: Browser, alice: Person) -> None:
    here = laptop.opens(alice)
    chosen_by_get, chosen_by_post = laptop.get(rooms(here) + "rename"), sends(laptop, here, "rename", name="x")
    assert where(chosen_by_get) == where(chosen_by_post) == (303, f"{security(here)}?done=choose")
    assert "Choose a device first" in text_of(laptop.get(chosen_by_get["Location"]))


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "two words", "<b>", "a/b", "téléphone", "１２３", "a\x00b", "\ufffd"])
def test_a_name_that_will_not_do_is_refused(laptop: Browser, alice: Person, name: str) -> None:
    here, [device] = laptop.opens(alice), devices(alice)
    answer = sends(laptop, here, "rename", device=str(device.pk), name=name)
    assert answer.status_code == 400
    assert devices(alice)[0].name == device.name


def test_a_name_is_taken_by_any_device_of_the_account(laptop: Browser, alice: Person, jorge: Person) -> None:
    here, [device] = laptop.opens(alice), devices(alice)
    Authenticator.objects.filter(user=principal_of(jorge), type=Authenticator.Type.TOTP).update(name="taken")
    answer = sends(laptop, here, "rename", device=str(device.pk), name="taken")
    assert answer.status_code == 400
    assert "There is a device of this name already." in text_of(answer)
    assert 'value="taken"' in answer.content.decode()


def test_pol_03_somebody_elses_device_does_not_exist_here(laptop: Browser, alice: Person, jorge: Person) -> None:
    here, foreign = laptop.opens(alice), devices(jorge)[0]
    for answer in (laptop.get(f"{rooms(here)}rename?device={foreign.pk}"), sends(laptop, here, "rename", device=str(foreign.pk), name="mine")):
        assert answer.status_code == 404
        assert foreign.name not in text_of(answer)
    assert devices(jorge)[0].name == foreign.name
    for event in Event.objects.filter(event_name=EventName.MFA_DEVICE_RENAMED):
        assert not event.succeeded
        assert event.principal_key == principal_of(alice).unique_id
        assert foreign.serial not in event.record
    assert Event.objects.filter(event_name=EventName.MFA_DEVICE_RENAMED).count() == 2


def test_a_device_whose_registration_is_not_complete_cannot_be_renamed(laptop: Browser, carlos: Person) -> None:
    here = laptop.opens(carlos)
    laptop.get(rooms(here) + "register/app")
    begun = Authenticator.objects.get(user=principal_of(carlos))
    assert sends(laptop, here, "rename", device=str(begun.pk), name="mine").status_code == 404


@pytest.mark.parametrize("room", ["rename", "delete"])
@pytest.mark.parametrize("device", ["x", "-1", "1.5", "9" * 30, "٣", "1 OR 1=1", "0x1", "null", "[]"])
def test_what_is_no_number_is_bad_input(laptop: Browser, alice: Person, room: str, device: str) -> None:
    here = laptop.opens(alice)
    assert laptop.client.get(rooms(here) + room, {"device": device}).status_code == 400
    assert sends(laptop, here, room, device=device, name="x").status_code == 400
    assert len(devices(alice)) == 1


@pytest.mark.parametrize("room", ["rename", "delete"])
def test_a_device_named_twice_is_bad_input(laptop: Browser, jorge: Person, room: str) -> None:
    here, (app, passkey) = laptop.opens(jorge), devices(jorge)
    token = laptop.token_of(security(here))
    body = f"csrfmiddlewaretoken={token}&device={app.pk}&device={passkey.pk}&name=x"
    answer = laptop.client.post(rooms(here) + room, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert len(devices(jorge)) == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_devices_renamed_to_one_name_at_once_one_gets_it(jorge: Person) -> None:
    principal, keys = principal_of(jorge), [device.pk for device in devices(jorge)]
    origin = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="", host="localhost")
    connection.close()
    for number in range(10):
        turns = iter(keys)
        with racers(2) as race:
            outcomes = race(lambda: rename(principal, next(turns), name=f"one-{number}", origin=origin, session=None))  # noqa: B023
        assert [outcome.reason for outcome in outcomes if isinstance(outcome, Failure)] == [DeviceFailure.NAME_TAKEN]
        assert Authenticator.objects.filter(name=f"one-{number}").count() == 1
