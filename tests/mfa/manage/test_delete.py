"""Deleting a device."""

import json

import pytest
from django.db import connection

from accounts.models import OutgoingMail, SignInSession
from mfa.base.authenticators import Removed, remove
from mfa.models import Authenticator
from portal.network.origin import Origin
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.console.browsing import Browser, principal_of
from tests.journeys.visitor import alerts_of, text_of
from tests.mfa.codes import app_of
from tests.mfa.manage.pages import devices, rooms, security, sends, where
from tests.races import racers


def test_the_dialog_names_the_thing(laptop: Browser, jorge: Person) -> None:
    here, (app, _) = laptop.opens(jorge), devices(jorge)
    page = laptop.get(f"{rooms(here)}delete?device={app.pk}")
    assert "Delete MFA device?" in text_of(page)
    assert f"<strong>{app.name}</strong> (Authenticator app)" in page.content.decode()
    assert app.serial in page.content.decode()
    assert "We recommend that you keep two or more active MFA devices." in text_of(page)
    assert len(devices(jorge)) == 2, "a question deletes nothing"


def test_who_may_be_without_is_told_what_that_means(laptop: Browser, alice: Person) -> None:
    here, [device] = laptop.opens(alice), devices(alice)
    assert "MFA is disabled and only your password protects you" in text_of(laptop.get(f"{rooms(here)}delete?device={device.pk}"))


def test_pk_12_a_deleted_device_is_gone_recorded_and_mailed(laptop: Browser, root_user: Person) -> None:
    principal = principal_of(root_user)
    first, second = app_of(principal, name="phone"), app_of(principal, name="tablet")
    here = laptop.opens(root_user)
    answer = sends(laptop, here, "delete", device=str(second.pk))
    assert where(answer) == (303, f"{security(here)}?done=deleted")
    assert "The MFA device was deleted." in text_of(laptop.get(answer["Location"]))
    assert [device.pk for device in devices(root_user)] == [first.pk]
    record = json.loads(Event.objects.get(event_name=EventName.DEACTIVATE_MFA_DEVICE).record)
    assert record["eventSource"] == "iam.amazonaws.com"
    assert record["requestParameters"] == {"userName": "AWS ROOT USER", "serialNumber": second.serial}
    mail = OutgoingMail.objects.get(kind="factor_changed")
    assert mail.recipient == root_user.email


def test_ses_05_deleting_a_device_ends_every_other_session_and_renews_this_one(laptop: Browser, desktop: Browser, alice: Person) -> None:
    here, there, second, [device] = laptop.opens(alice), desktop.opens(alice), laptop.opens(alice), devices(alice)
    before = laptop.secret_of(here)
    sends(laptop, here, "delete", device=str(device.pk))
    assert laptop.secret_of(here) != before
    assert laptop.is_in(here)
    assert not desktop.is_in(there)
    assert not laptop.is_in(second)
    assert SignInSession.objects.get(pk=there.pk).end_reason == SignInSession.End.FACTORS_CHANGED
    laptop.client.cookies[f"s-{here.name[-8:]}"] = before
    assert not laptop.is_in(here), "the secret from before must be dead"


def test_mfa_07_the_last_device_of_someone_who_must_have_one_stays(laptop: Browser, efua: Person) -> None:
    here, [device] = laptop.opens(efua), devices(efua)
    page = laptop.get(f"{rooms(here)}delete?device={device.pk}")
    assert 'data-testid="submit"' not in page.content.decode()
    answer = sends(laptop, here, "delete", device=str(device.pk))
    assert answer.status_code == 400
    assert "This identity must have a second factor." in alerts_of(answer)
    assert devices(efua) == [device]
    assert laptop.is_in(here)
    assert not Event.objects.filter(event_name=EventName.DEACTIVATE_MFA_DEVICE).exists()


def test_mfa_07_a_root_user_keeps_one_of_two(laptop: Browser, root_user: Person) -> None:
    principal = principal_of(root_user)
    first, second = app_of(principal, name="phone"), app_of(principal, name="tablet")
    here = laptop.opens(root_user)
    assert sends(laptop, here, "delete", device=str(first.pk)).status_code == 303
    assert sends(laptop, here, "delete", device=str(second.pk)).status_code == 400
    assert [device.pk for device in devices(root_user)] == [second.pk]


def test_pol_03_somebody_elses_device_does_not_exist_here(laptop: Browser, desktop: Browser, alice: Person, jorge: Person) -> None:
    here, there, foreign = laptop.opens(alice), desktop.opens(jorge), devices(jorge)[0]
    for answer in (laptop.get(f"{rooms(here)}delete?device={foreign.pk}"), sends(laptop, here, "delete", device=str(foreign.pk))):
        assert answer.status_code == 404
        assert foreign.name not in text_of(answer)
    assert len(devices(jorge)) == 2
    assert desktop.is_in(there)
    failures = Event.objects.filter(event_name=EventName.DEACTIVATE_MFA_DEVICE)
    assert [(event.succeeded, event.principal_key) for event in failures] == [(False, principal_of(alice).unique_id)] * 2
    assert not [event for event in failures if foreign.serial in event.record]


def test_a_number_that_no_device_has_is_answered_like_somebody_elses(laptop: Browser, alice: Person, jorge: Person) -> None:
    here, foreign = laptop.opens(alice), devices(jorge)[0]
    unknown = laptop.get(f"{rooms(here)}delete?device=999999999999999999")
    known = laptop.get(f"{rooms(here)}delete?device={foreign.pk}")
    assert text_of(unknown) == text_of(known)


def test_deleting_twice_tells_that_it_is_gone(laptop: Browser, jorge: Person) -> None:
    here, (app, passkey) = laptop.opens(jorge), devices(jorge)
    assert sends(laptop, here, "delete", device=str(app.pk)).status_code == 303
    assert sends(laptop, here, "delete", device=str(app.pk)).status_code == 404
    assert devices(jorge) == [passkey]


def test_without_a_choice_the_page_asks_for_one(laptop: Browser, alice: Person) -> None:
    here = laptop.opens(alice)
    assert where(laptop.get(rooms(here) + "delete")) == where(sends(laptop, here, "delete")) == (303, f"{security(here)}?done=choose")


def test_the_page_of_one_identity_deletes_no_device_of_the_other_in_the_same_browser(laptop: Browser, alice: Person, jorge: Person) -> None:
    here, other, [device] = laptop.opens(alice), laptop.opens(jorge), devices(alice)
    answer = laptop.client.post(rooms(here) + "delete", {"csrfmiddlewaretoken": laptop.token_of(security(other)), "device": str(device.pk)})
    assert answer.status_code == 403
    assert devices(alice) == [device]


@pytest.mark.django_db(transaction=True)
def test_mfa_07_of_the_last_two_devices_deleted_at_once_one_stays(efua: Person) -> None:
    principal = principal_of(efua)
    origin = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="", host="localhost")
    for number in range(10):
        app_of(principal, name=f"second-{number}")
        keys = [device.pk for device in devices(efua)]
        connection.close()
        turns = iter(keys)
        with racers(2) as race:
            outcomes = race(lambda: remove(principal_of(efua), next(turns), origin=origin, session=None))  # noqa: B023
        assert sum(isinstance(outcome, Removed) for outcome in outcomes) == 1
        assert Authenticator.objects.filter(user=principal, confirmed=True).count() == 1
