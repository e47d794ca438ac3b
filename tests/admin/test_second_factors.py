"""Second factors on the admin site: looked at by operators, taken away by them, and never used by them."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from accounts.models import Account, Principal, SignInSession
from mfa.models import Authenticator, DirectoryRule, TrustedDevice
from portal.trail.models import Event
from portal.trail.names import PORTAL_SOURCE, EventName
from portal.world.people import Person
from tests.admin.operators import OperatorBrowser, signed_in
from tests.admin.second_factors import trusted_by
from tests.console.browsing import Browser, principal_of
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor
from tests.mfa.codes import app_of


def recorded(name: EventName) -> list[dict[str, Any]]:
    """Return the records of one name, oldest first."""
    return [json.loads(event.record) for event in Event.objects.filter(event_name=name).order_by("id")]


def text_of_page(browser: OperatorBrowser, path: str) -> str:
    """Return a page's text, white space folded."""
    answer = browser.client.get(path)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_device_is_shown_with_its_owner_and_how_it_fares(operator_browser: OperatorBrowser, root_user: Person) -> None:
    device = app_of(principal_of(root_user), name="root-phone")
    Authenticator.objects.filter(pk=device.pk).update(failures=7)
    listed = text_of_page(operator_browser, "/admin/mfa/authenticator/")
    page = text_of_page(operator_browser, f"/admin/mfa/authenticator/{device.pk}/change/")
    for shown in ("root-phone", "Authenticator app", f"Root user {root_user.email}", "AnyCompany Management"):
        assert shown in listed
        assert shown in page
    assert device.serial in page
    assert re.search(r"Wrong answers in a row: 7", page)


def test_a_registration_under_way_is_not_shown(operator_browser: OperatorBrowser, iam_user: Person) -> None:
    device = app_of(principal_of(iam_user), name="not-yet")
    Authenticator.objects.filter(pk=device.pk).update(confirmed=False)
    assert "not-yet" not in text_of_page(operator_browser, "/admin/mfa/authenticator/")
    assert operator_browser.client.get(f"/admin/mfa/authenticator/{device.pk}/change/").status_code == 302
    operator_browser.act("mfa/authenticator", "deactivate", device.pk)
    assert Authenticator.objects.filter(pk=device.pk).exists()


def test_deactivating_asks_first_then_ends_records_and_mails(operator_browser: OperatorBrowser, root_user: Person) -> None:
    owner, browser, visitor = principal_of(root_user), Browser(), Visitor()
    device, session = app_of(owner, name="root-phone"), browser.opens(root_user)
    asked = operator_browser.act("mfa/authenticator", "deactivate", device.pk, confirmed=False)
    assert asked.status_code == 200
    assert "Deactivate these devices?" in asked.content.decode()
    assert "root-phone" in asked.content.decode()
    assert Authenticator.objects.filter(pk=device.pk).exists()
    assert browser.is_in(session)

    answer = operator_browser.act("mfa/authenticator", "deactivate", device.pk)

    assert answer.status_code == 302
    assert not Authenticator.objects.filter(pk=device.pk).exists()
    assert not browser.is_in(session)
    assert SignInSession.objects.get(pk=session.pk).end_reason == SignInSession.End.FACTORS_CHANGED
    (event,) = recorded(EventName.DEACTIVATE_MFA_DEVICE)
    assert event["userIdentity"] == {"type": "Operator", "userName": "operator"}
    assert event["requestParameters"] == {"userName": "AWS ROOT USER", "serialNumber": device.serial}
    assert (event["recipientAccountId"], event["sourceIPAddress"]) == (root_user.account, "203.0.113.9")
    assert not recorded(EventName.OPERATOR_ACTION)
    mail = visitor.newest_mail(root_user.email)
    assert mail["subject"] == "Your MFA devices have changed"
    assert "root-phone" in mail["text"]
    visitor.signs_in_as_root(root_user)


def test_a_devices_page_has_the_button(operator_browser: OperatorBrowser, iam_user: Person) -> None:
    device = app_of(principal_of(iam_user), name="carlos-phone")
    page = operator_browser.client.get(f"/admin/mfa/authenticator/{device.pk}/change/").content.decode()
    form = re.search(r'<form method="post" action="([^"]+)">(?:(?!</form>).)*data-testid="deactivate"', page, flags=re.DOTALL)
    assert form
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[0]))
    asked = operator_browser.client.post(form[1], fields)
    assert asked.status_code == 200
    assert "carlos-phone" in asked.content.decode()
    assert Authenticator.objects.filter(pk=device.pk).exists()
    assert operator_browser.client.post(form[1], fields | {"confirmed": "yes"}).status_code in {200, 302}


def test_adm_07_a_device_that_was_deactivated_twice_is_gone_once(operator_browser: OperatorBrowser, iam_user: Person) -> None:
    device = app_of(principal_of(iam_user))
    for _try in range(2):
        operator_browser.act("mfa/authenticator", "deactivate", device.pk)
    assert len(recorded(EventName.DEACTIVATE_MFA_DEVICE)) == 1


def test_operators_do_not_deactivate_their_own_device_here(operator_browser: OperatorBrowser) -> None:
    device = Authenticator.objects.get(user__kind=Principal.Kind.OPERATOR)
    operator_browser.act("mfa/authenticator", "deactivate", device.pk)
    assert Authenticator.objects.filter(pk=device.pk).exists()
    assert operator_browser.client.get("/admin/").status_code == 200


def test_adm_03_devices_are_taken_away_by_those_who_may_and_a_superusers_by_superusers(operator: Person, iam_user: Person) -> None:
    browser, device = signed_in(operator), app_of(principal_of(iam_user))
    boss = Principal.objects.create(kind="operator", name="boss", is_staff=True, is_superuser=True)
    of_boss, me = app_of(boss), Principal.objects.get(kind="operator", name="operator")
    Principal.objects.filter(pk=me.pk).update(is_superuser=False)
    me.user_permissions.add(Permission.objects.get(codename="view_authenticator"))
    assert "deactivate" not in browser.client.get(f"/admin/mfa/authenticator/{device.pk}/change/").content.decode()
    fields = {"_selected_action": [str(device.pk), str(of_boss.pk)], "action": "deactivate", "confirmed": "yes"}
    browser.send("/admin/mfa/authenticator/", page="/admin/", **fields)
    assert Authenticator.objects.filter(pk__in=[device.pk, of_boss.pk]).count() == 2

    me.user_permissions.add(Permission.objects.get(codename="delete_authenticator"))
    browser.send("/admin/mfa/authenticator/", page="/admin/", **fields)
    assert [left.pk for left in Authenticator.objects.filter(pk__in=[device.pk, of_boss.pk])] == [of_boss.pk]


def test_the_lists_tell_who_has_no_second_factor(operator_browser: OperatorBrowser) -> None:
    Principal.objects.create(kind="operator", name="newcomer", is_staff=True)
    rows = re.findall(r"<tr>.*?</tr>", operator_browser.client.get("/admin/accounts/operator/").content.decode(), flags=re.DOTALL)
    shown = {
        name: re.search(r'field-has_second_factor"><img [^>]*alt="(\w+)"', row)
        for row in rows
        for name in ("newcomer", "operator")
        if f">{name}<" in row
    }
    assert {name: found and found[1] for name, found in shown.items()} == {"newcomer": "False", "operator": "True"}
    missing = text_of_page(operator_browser, "/admin/accounts/operator/?second_factor=no").split("Select all")[-1]
    assert "newcomer" in missing


def test_dev_05_a_trusted_device_is_forgotten_by_an_operator(operator_browser: OperatorBrowser, iam_user: Person) -> None:
    owner = principal_of(iam_user)
    here, there = trusted_by(owner, "here"), trusted_by(owner, "there")
    assert "203.0.113.7" in text_of_page(operator_browser, f"/admin/mfa/trusteddevice/{here.pk}/change/")
    asked = operator_browser.act("mfa/trusteddevice", "forget", here.pk, confirmed=False)
    assert "Forget these trusted devices?" in asked.content.decode()
    for _try in range(2):
        operator_browser.act("mfa/trusteddevice", "forget", here.pk)
    assert list(TrustedDevice.objects.all()) == [there]
    (event,) = recorded(EventName.OPERATOR_ACTION)
    device = {"device": "Firefox · Windows", "sourceIPAddress": "203.0.113.7"}
    assert event["requestParameters"] == {"action": "ForgetTrustedDevice", "target": owner.arn, **device}
    assert (event["eventSource"], event["recipientAccountId"]) == (PORTAL_SOURCE, iam_user.account)


RULE = {"directory": "d-0123456789", "mode": "context_aware", "without_device": "register", "allow_apps": "on", "allow_passkeys": "on"}


def test_a_directorys_rule_is_made_changed_and_recorded(operator_browser: OperatorBrowser) -> None:
    assert operator_browser.send("/admin/mfa/directoryrule/add/", **RULE).status_code == 302
    path = "/admin/mfa/directoryrule/d-0123456789/change/"
    assert operator_browser.send(path, **(RULE | {"directory": "d-9999999999", "mode": "every_time", "without_device": "block"})).status_code == 302
    rule = DirectoryRule.objects.get()
    assert (rule.directory, rule.mode, rule.without_device, rule.users_manage_devices) == ("d-0123456789", "every_time", "block", False)
    acts = [event["requestParameters"] for event in recorded(EventName.OPERATOR_ACTION)]
    assert [(act["action"], act["target"]) for act in acts] == [
        ("Add", "mfa.DirectoryRule:d-0123456789"),
        ("Change", "mfa.DirectoryRule:d-0123456789"),
    ]
    assert set(acts[1]["fields"]) == {"mode", "without_device"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"directory": "d-01234"}, "Enter a directory ID"),
        ({"directory": "D-0123456789"}, "Enter a directory ID"),
        ({"mode": "sometimes"}, "Select a valid choice"),
        ({"without_device": ""}, "This field is required"),
        ({"allow_apps": "", "allow_passkeys": ""}, "or never ask for MFA"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(operator_browser: OperatorBrowser, change: dict[str, str], says: str) -> None:
    fields = {name: value for name, value in (RULE | change).items() if value or name == "without_device"}
    answer = operator_browser.send("/admin/mfa/directoryrule/add/", **fields)
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert not DirectoryRule.objects.exists()


ACCOUNT = {
    "name": "AnyCompany Management",
    "alias": "anycompany",
    "has_root_credentials": "on",
    "password_policy-TOTAL_FORMS": "0",
    "password_policy-INITIAL_FORMS": "0",
}


def test_an_accounts_phone_and_its_need_of_second_factors_are_changed(operator_browser: OperatorBrowser, iam_user: Person) -> None:
    path = f"/admin/accounts/account/{iam_user.account}/change/"
    answer = operator_browser.send(path, **ACCOUNT, contact_phone=" +1 206 555 0199 ", iam_users_need_mfa="on")
    assert answer.status_code == 302
    account = Account.objects.get(pk=iam_user.account)
    assert (account.contact_phone, account.iam_users_need_mfa) == ("+1 206 555 0199", True)
    visitor = Visitor()
    visitor.goes(visitor.gives_iam(iam_user), "/signin/mfa/register")


@pytest.mark.parametrize(
    "phone", ["206 555 0100", "+1", "+1 206 555 0100 ext 7", "+81-3-1234-5678-9999-1", "+" + "1" * 30, "＋１２０６５５５０１００"]
)
def test_a_phone_number_that_cannot_be_called_is_refused(operator_browser: OperatorBrowser, world: World, phone: str) -> None:
    before = Account.objects.get(pk="111122223333").contact_phone
    answer = operator_browser.send("/admin/accounts/account/111122223333/change/", **ACCOUNT, contact_phone=phone)
    assert answer.status_code == 200
    assert Account.objects.get(pk="111122223333").contact_phone == before


def test_an_iam_user_is_deleted_with_its_second_factors(operator_browser: OperatorBrowser, iam_user: Person) -> None:
    carlos = principal_of(iam_user)
    app_of(carlos)
    trusted_by(carlos)
    operator_browser.send(f"/admin/accounts/iamuser/{carlos.pk}/delete/", post="yes")
    assert not Principal.objects.filter(pk=carlos.pk).exists()
    assert not Authenticator.objects.filter(user_id=carlos.pk).exists()
