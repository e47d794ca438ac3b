"""The list of devices on the security page."""

from datetime import UTC, datetime

import pytest

from mfa.models import Authenticator, Passkey
from portal.world.people import Person
from tests.console.browsing import Browser, principal_of
from tests.journeys.visitor import text_of
from tests.mfa.manage.pages import devices, rooms, rows, security


def test_each_device_is_listed_with_kind_name_times_and_serial(laptop: Browser, jorge: Person) -> None:
    here = laptop.opens(jorge)
    app, passkey = devices(jorge)
    Authenticator.objects.filter(pk=app.pk).update(last_used_at=datetime(2026, 5, 4, 3, 2, tzinfo=UTC))
    listed = rows(laptop, here)
    assert list(listed) == [app.pk, passkey.pk]
    assert f"{app.name}</label>" in listed[app.pk]
    assert "Authenticator app" in listed[app.pk]
    assert 'datetime="2026-05-04T03:02:00Z">2026-05-04 03:02 UTC<' in listed[app.pk]
    assert app.serial in listed[app.pk]
    assert "Passkey or security key" in listed[passkey.pk]
    assert "Never" in listed[passkey.pk]
    assert f'datetime="{passkey.created_at:%Y-%m-%dT%H:%M:%SZ}"' in listed[passkey.pk]


@pytest.mark.parametrize(
    ("synced", "backed_up", "words"),
    [
        (False, False, "Stays on one device"),
        (True, False, 'Synced passkey</span> <span class="muted">not backed up yet'),
        (True, True, "Synced passkey"),
    ],
)
def test_a_passkey_tells_whether_it_is_synced(laptop: Browser, jorge: Person, synced: bool, backed_up: bool, words: str) -> None:
    Passkey.objects.filter(user=principal_of(jorge)).update(synced=synced, backed_up=backed_up)
    app, passkey = rows(laptop, laptop.opens(jorge)).values()
    assert words in passkey
    assert ("not backed up yet" in passkey) == (synced and not backed_up)
    assert "synced" not in app.lower()


def test_nobody_elses_devices_are_listed(laptop: Browser, alice: Person, jorge: Person) -> None:
    page = laptop.get(security(laptop.opens(alice))).content.decode()
    assert not [device for device in devices(jorge) if device.serial in page]


def test_a_registration_that_is_not_complete_is_not_listed(laptop: Browser, alice: Person) -> None:
    here = laptop.opens(alice)
    laptop.get(rooms(here) + "register/app")
    assert Authenticator.objects.filter(user=principal_of(alice), confirmed=False).count() == 1
    assert len(rows(laptop, here)) == 1


def test_without_devices_the_page_says_what_to_do(laptop: Browser, carlos: Person) -> None:
    here = laptop.opens(carlos)
    page = laptop.get(security(here))
    assert "No MFA device is registered." in text_of(page)
    assert "Register a second one" not in text_of(page)
    assert f'href="{rooms(here)}register"' in page.content.decode()
    assert 'data-testid="rename-device"' not in page.content.decode()


def test_who_has_exactly_one_is_advised_to_register_a_second(laptop: Browser, alice: Person, jorge: Person) -> None:
    assert "Register a second one." in text_of(laptop.get(security(laptop.opens(alice))))
    assert "Register a second one." not in text_of(laptop.get(security(laptop.opens(jorge))))


def test_limits_are_shown(laptop: Browser, alice: Person, efua: Person) -> None:
    page = text_of(laptop.get(security(laptop.opens(alice))))
    assert "1 of 8 devices, of any kind." in page
    assert "must have at least one" not in page
    assert "This identity must have at least one, so the last one cannot be deleted." in text_of(laptop.get(security(laptop.opens(efua))))


def test_without_javascript_the_buttons_are_live(laptop: Browser, alice: Person) -> None:
    page = laptop.get(security(laptop.opens(alice))).content.decode()
    assert page.count("data-needs-choice") == 2
    assert "disabled" not in page.partition("data-choice")[2].partition("</form>")[0]


def test_trusted_devices_are_not_offered_to_those_who_may_not_trust_any(laptop: Browser, alice: Person) -> None:
    assert "Trusted devices" not in text_of(laptop.get(security(laptop.opens(alice))))


@pytest.mark.parametrize("done", ["registered", "renamed", "deleted", "resynchronised", "choose"])
def test_what_was_done_is_told(laptop: Browser, alice: Person, done: str) -> None:
    page = laptop.get(f"{security(laptop.opens(alice))}?done={done}").content.decode()
    assert f"alert--{'warning' if done == 'choose' else 'success'}" in page


def test_a_new_device_cannot_be_chosen_where_there_is_no_room(laptop: Browser, alice: Person) -> None:
    here = laptop.opens(alice)
    principal = principal_of(alice)
    for number in range(7):
        Authenticator.objects.create(user=principal, type=Authenticator.Type.FIDO, name=f"key-{number}", serial=f"serial-{number}", confirmed=True)
    page = laptop.get(security(here))
    assert "8 of 8 devices" in text_of(page)
    assert 'data-testid="register-device"' not in page.content.decode()
    chooser = laptop.get(rooms(here) + "register")
    assert "No more devices can be registered." in text_of(chooser)
    assert "register/app" not in chooser.content.decode()


def test_the_kinds_are_chosen_on_a_page_of_their_own(laptop: Browser, alice: Person) -> None:
    here = laptop.opens(alice)
    page = laptop.get(rooms(here) + "register").content.decode()
    assert f'href="{rooms(here)}register/app"' in page
    assert f'href="{rooms(here)}register/passkey"' in page
