"""The account administrator's page: IAM users, their devices, and the requirement of MFA."""

import json
import re
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account, PolicyAttachment, Principal, SignInSession
from mfa.models import Authenticator
from portal.conf import conf
from portal.console.account_users import PAGE
from portal.core import clock
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.console.browsing import Browser, principal_of
from tests.fixtures.people import World
from tests.journeys.visitor import text_of
from tests.mfa.codes import app_of

ROW = re.compile(r'<tr data-user="([^"]+)">(.*?)</tr>', re.DOTALL)


@pytest.fixture
def alice(world: World) -> Person:
    """An IAM user of Carlos's account, with an authenticator app."""
    return world["111122223333", "alice"]


def users(session: SignInSession) -> str:
    """Return the address of the page."""
    return f"/console/{session.name}/users"


def rows(browser: Browser, session: SignInSession, query: str = "") -> dict[str, str]:
    """Return the listed users by name, as HTML."""
    return dict(ROW.findall(browser.get(users(session) + query).content.decode()))


def device_of(person: Person) -> Authenticator:
    """Return the first device of a person."""
    found: Authenticator = Authenticator.objects.filter(user=principal_of(person), confirmed=True).order_by("id")[0]
    return found


def some_time_passes() -> None:
    """Let so much time pass that the sign-in is no recent proof any more."""
    clock.advance(conf.reauthentication_lifetime + timedelta(seconds=1))


@pytest.mark.parametrize("policy", ["AdministratorAccess", "IAMFullAccess"])
def test_administrators_by_policy_and_the_root_user_see_the_page(laptop: Browser, iam_user: Person, root_user: Person, policy: str) -> None:
    PolicyAttachment.objects.filter(principal=principal_of(iam_user)).update(policy_arn=f"arn:aws:iam::aws:policy/{policy}")
    for person in (iam_user, root_user):
        here = laptop.opens(person)
        assert laptop.get(users(here)).status_code == 200
        assert f'href="{users(here)}"' in laptop.get(f"/console/{here.name}/security").content.decode()


@pytest.mark.parametrize("room", ["users", "users/deactivate", "users/requirement"])
def test_pol_03_others_are_told_who_may(laptop: Browser, alice: Person, iam_user: Person, room: str) -> None:
    here = laptop.opens(alice)
    app_of(principal_of(iam_user))
    address = f"/console/{here.name}/{room}"
    page = laptop.get(address)
    assert page.status_code == 403
    assert "root user and for IAM users with the policy AdministratorAccess or IAMFullAccess" in text_of(page)
    if room != "users":
        answer = laptop.send(address, page=f"/console/{here.name}/security", device=str(device_of(iam_user).pk), needed="yes")
        assert answer.status_code == 403
    assert Authenticator.objects.filter(user=principal_of(iam_user)).count() == 1
    assert not Account.objects.get(pk="111122223333").iam_users_need_mfa


def test_a_policy_of_ones_own_with_such_a_name_gives_no_right(laptop: Browser, alice: Person) -> None:
    PolicyAttachment.objects.create(principal=principal_of(alice), policy_arn="arn:aws:iam::111122223333:policy/AdministratorAccess")
    assert laptop.get(users(laptop.opens(alice))).status_code == 403


def test_each_user_of_the_account_is_listed_with_last_sign_in_and_devices(laptop: Browser, desktop: Browser, iam_user: Person, alice: Person) -> None:
    signed_in = desktop.opens(alice)
    here = laptop.opens(iam_user)
    listed = rows(laptop, here)
    names = Principal.objects.filter(kind="iam_user", account_id="111122223333").order_by("name_key").values_list("name", flat=True)
    assert list(listed) == list(names)
    assert f'datetime="{signed_in.created_at:%Y-%m-%dT%H:%M:%SZ}"' in listed["alice"]
    assert f">{device_of(alice).name}</label>" in listed["alice"]
    assert "You" in listed["Carlos"]
    assert "Never" in listed["Martha_Rivera"]
    assert "May not sign in" in listed["Terry_Whitlock"]
    assert "management@example.com" not in "".join(listed.values()), "the root user is no IAM user"


def test_users_page_by_key(laptop: Browser, iam_user: Person) -> None:
    for number in range(2 * PAGE):
        Principal.objects.create(kind="iam_user", account_id="111122223333", name=f"user+{number:02}@x.example")
    here = laptop.opens(iam_user)
    seen: list[str] = []
    query = ""
    while True:
        page = laptop.get(users(here) + query).content.decode()
        seen += [name for name, _ in ROW.findall(page)]
        following = re.search(r'href="users(\?after=[^"]+)"', page)
        if not following:
            break
        query = following[1]
    names = Principal.objects.filter(kind="iam_user", account_id="111122223333").order_by("name_key").values_list("name", flat=True)
    assert seen == list(names)
    assert len(seen) > 2 * PAGE


def test_the_pages_cost_does_not_grow_with_its_users(
    laptop: Browser, iam_user: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    here = laptop.opens(iam_user)
    for number in range(PAGE):
        app_of(Principal.objects.create(kind="iam_user", account_id="111122223333", name=f"user{number}"), name=f"app{number}")
    with django_assert_max_num_queries(6):
        laptop.get(users(here))


@pytest.mark.parametrize("after", ["x" * 65, "x" * 3000, "%00", "%ED%A0%80"])
def test_an_unreadable_key_is_bad_input(laptop: Browser, iam_user: Person, after: str) -> None:
    assert laptop.get(f"{users(laptop.opens(iam_user))}?after={after}").status_code == 400


def test_a_lost_device_is_deactivated(laptop: Browser, desktop: Browser, iam_user: Person, alice: Person) -> None:
    here, there, device = laptop.opens(iam_user), desktop.opens(alice), device_of(alice)
    dialog = laptop.get(f"{users(here)}/deactivate?device={device.pk}")
    assert f"<strong>{device.name}</strong> (Authenticator app) of the user <strong>alice</strong>" in dialog.content.decode()
    answer = laptop.send(f"{users(here)}/deactivate", page=users(here), device=str(device.pk))
    assert (answer.status_code, answer["Location"]) == (303, f"{users(here)}?done=deactivated")
    assert "The MFA device was deactivated." in text_of(laptop.get(answer["Location"]))
    assert not Authenticator.objects.filter(pk=device.pk).exists()
    assert laptop.is_in(here)
    assert not desktop.is_in(there)
    event = Event.objects.get(event_name=EventName.DEACTIVATE_MFA_DEVICE)
    record = json.loads(event.record)
    assert record["userIdentity"]["userName"] == "Carlos"
    assert record["requestParameters"] == {"userName": "alice", "serialNumber": device.serial}
    assert event.principal_key == principal_of(alice).unique_id


@pytest.mark.parametrize("act", ["deactivate", "requirement"])
def test_ses_09_an_administrator_proves_it_again(laptop: Browser, iam_user: Person, alice: Person, act: str) -> None:
    here, device = laptop.opens(iam_user), device_of(alice)
    some_time_passes()
    answer = laptop.send(f"{users(here)}/{act}", page=users(here), device=str(device.pk), needed="yes")
    assert answer["Location"].startswith(f"/console/{here.name}/mfa/confirm?next=%2Fconsole%2F{here.name}%2Fusers")
    assert device_of(alice) == device
    assert not Account.objects.get(pk="111122223333").iam_users_need_mfa
    assert laptop.get(users(here)).status_code == 200, "looking needs no proof"


def test_pol_03_devices_of_other_accounts_and_of_the_root_user_do_not_exist_here(
    laptop: Browser, iam_user: Person, root_user: Person, other_iam_user: Person, operator: Person
) -> None:
    here = laptop.opens(iam_user)
    owners = [principal_of(root_user), principal_of(other_iam_user), Principal.objects.get(kind="operator", name=operator.username)]
    foreign = [app_of(owner, name=f"foreign-{owner.pk}") for owner in owners]
    for device in foreign:
        for answer in (
            laptop.get(f"{users(here)}/deactivate?device={device.pk}"),
            laptop.send(f"{users(here)}/deactivate", page=users(here), device=str(device.pk)),
        ):
            assert answer.status_code == 404
            assert device.name not in text_of(answer)
        assert Authenticator.objects.filter(pk=device.pk).exists()
    failures = Event.objects.filter(event_name=EventName.DEACTIVATE_MFA_DEVICE)
    assert [(event.succeeded, event.principal_key) for event in failures] == [(False, principal_of(iam_user).unique_id)] * 6


def test_an_administrators_own_device_is_left_to_the_security_page(laptop: Browser, iam_user: Person) -> None:
    here, device = laptop.opens(iam_user), app_of(principal_of(iam_user))
    assert f'value="{device.pk}"' not in laptop.get(users(here)).content.decode()
    answer = laptop.send(f"{users(here)}/deactivate", page=users(here), device=str(device.pk))
    assert answer.status_code == 400
    assert "is your own device" in text_of(answer)
    assert device_of(iam_user).pk == device.pk
    assert laptop.is_in(here)


@pytest.mark.parametrize("device", ["x", "-1", "9" * 30, "٣"])
def test_what_is_no_number_is_bad_input(laptop: Browser, iam_user: Person, device: str) -> None:
    here = laptop.opens(iam_user)
    assert laptop.send(f"{users(here)}/deactivate", page=users(here), device=device).status_code == 400


def test_without_a_choice_the_page_asks_for_one(laptop: Browser, iam_user: Person) -> None:
    here = laptop.opens(iam_user)
    answer = laptop.get(f"{users(here)}/deactivate")
    assert answer["Location"] == f"{users(here)}?done=choose"
    assert "Choose a device first" in text_of(laptop.get(answer["Location"]))


def test_the_requirement_is_turned_on_and_off_each_with_its_event(laptop: Browser, desktop: Browser, iam_user: Person, alice: Person) -> None:
    here, there = laptop.opens(iam_user), desktop.opens(alice)
    for needed, done in (("yes", "required"), ("yes", "required"), ("no", "not_required")):
        answer = laptop.send(f"{users(here)}/requirement", page=users(here), needed=needed)
        assert (answer.status_code, answer["Location"]) == (303, f"{users(here)}?done={done}")
        assert Account.objects.get(pk="111122223333").iam_users_need_mfa is (needed == "yes")
    assert desktop.is_in(there), "it holds from the next sign-in on"
    changes = Event.objects.filter(event_name=EventName.ACCOUNT_MFA_REQUIREMENT_CHANGED).order_by("id")
    assert [json.loads(event.record)["requestParameters"] for event in changes] == [{"iamUsersNeedMfa": True}, {"iamUsersNeedMfa": False}]
    assert json.loads(changes[0].record)["userIdentity"]["userName"] == "Carlos"


@pytest.mark.parametrize("needed", ["", "maybe", "1", "yes" * 2000])
def test_the_requirement_is_on_or_off(laptop: Browser, iam_user: Person, needed: str) -> None:
    here = laptop.opens(iam_user)
    assert laptop.send(f"{users(here)}/requirement", page=users(here), needed=needed).status_code == 400


def test_only_a_post_changes_the_requirement(laptop: Browser, iam_user: Person) -> None:
    here = laptop.opens(iam_user)
    assert laptop.get(f"{users(here)}/requirement?needed=yes")["Location"] == users(here)
    assert not Account.objects.get(pk="111122223333").iam_users_need_mfa
