"""What the admin site shows, and what it never shows."""

import json
import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.mail.kinds import MailKind
from accounts.mail.outbox import post
from accounts.models import Account, OutgoingMail, PasswordPolicy, PasswordRecovery, Principal, SignInSession
from portal.inbox.models import Message
from portal.network.origin import Origin
from portal.trail.digests.sealing import seal
from portal.trail.digests.verification import verify_and_note
from portal.trail.identity import Identity
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.trail.record import record
from portal.world.people import Person
from tests.admin.operators import OperatorBrowser, signed_in
from tests.admin.second_factors import fill_tables, secrets_in_tables
from tests.console.browsing import Browser, principal_of

World = dict[tuple[str, str], Person]

ORIGIN = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="Firefox", host="localhost")
LISTS = [
    *("accounts/account", "accounts/iamuser", "accounts/rootuser", "accounts/operator", "accounts/organization", "accounts/organizationalunit"),
    *("accounts/signinsession", "accounts/outgoingmail", "portal/event", "portal/message", "portal/digest", "portal/verification"),
    *("mfa/authenticator", "mfa/directoryrule", "mfa/factorrecovery", "mfa/phonecall", "mfa/trusteddevice"),
]
READ_ONLY = [
    *("accounts/signinsession", "accounts/outgoingmail", "portal/event", "portal/message", "portal/digest", "portal/verification"),
    *("mfa/authenticator", "mfa/factorrecovery", "mfa/phonecall", "mfa/trusteddevice"),
]


@pytest.fixture
def busy(operator_browser: OperatorBrowser, iam_user: Person, root_user: Person) -> OperatorBrowser:
    """An operator's browser, and one row at least in every table."""
    Browser().opens(iam_user)
    record(EventName.CONSOLE_LOGIN, identity=Identity.root("111122223333", "anycompany"), origin=ORIGIN, succeeded=True)
    Message.objects.create(message_id="m", sender="a@example.com", recipient="b@example.com", subject="Hello", text="Your code is 482913.")
    post(MailKind.RESET_LINK, recipient=root_user.email, language="en", context={"link": "http://localhost:8000/password/reset/very-secret-token"})
    fill_tables(principal_of(root_user))
    seal()
    verify_and_note()
    return operator_browser


def _every_page(browser: OperatorBrowser) -> dict[str, str]:
    pages = {}
    for name in LISTS:
        text = browser.client.get(f"/admin/{name}/").content.decode()
        pages[name] = text
        for path in sorted(set(re.findall(rf'href="(/admin/{name}/[^"/]+/change/)', text)))[:3]:
            answer = browser.client.get(path)
            assert answer.status_code == 200, path
            pages[path] = answer.content.decode()
            pages[path + "history"] = browser.client.get(path.replace("/change/", "/history/")).content.decode()
    return pages


def test_adm_05_every_list_and_page_opens_shows_no_secret_and_takes_no_password(busy: OperatorBrowser, world: World) -> None:
    secrets = {
        *Principal.objects.values_list("password", flat=True),
        *SignInSession.objects.values_list("secret_digest", flat=True),
        *OutgoingMail.objects.values_list("sealed_context", flat=True),
        *PasswordRecovery.objects.values_list("token_digest", flat=True),
        *secrets_in_tables(),
        *(person.password for person in world.values()),
        *("very-secret-token", "482913", "argon2id"),
    } - {""}
    pages = _every_page(busy)
    for name in LISTS:
        assert any(path.startswith(f"/admin/{name}/") for path in pages), name
    for path, text in pages.items():
        assert not [secret for secret in secrets if secret in text], path
    for name in ("account", "iamuser", "rootuser", "organization"):
        pages[name] = busy.client.get(f"/admin/accounts/{name}/add/").content.decode()
    for path, text in pages.items():
        assert 'type="password"' not in text, path
        assert 'name="password"' not in text, path


@pytest.mark.parametrize("name", READ_ONLY)
def test_records_are_read_only(busy: OperatorBrowser, name: str) -> None:
    text = busy.client.get(f"/admin/{name}/").content.decode()
    path = re.findall(rf'href="(/admin/{name}/[^"/]+/)change/', text)[0]
    token = busy.token_of("/admin/")
    before = (Event.objects.count(), Message.objects.count(), OutgoingMail.objects.count(), SignInSession.objects.count())
    for action in ("add/", "delete/"):
        address = f"/admin/{name}/add/" if action == "add/" else path + "delete/"
        assert busy.client.post(address, {"csrfmiddlewaretoken": token, "post": "yes"}).status_code == 403
    assert busy.client.post(path + "change/", {"csrfmiddlewaretoken": token, "subject": "changed"}).status_code == 403
    every = {"csrfmiddlewaretoken": token, "action": "delete_selected", "_selected_action": ["1"], "post": "yes"}
    busy.client.post(f"/admin/{name}/", every)
    assert before == (Event.objects.count(), Message.objects.count(), OutgoingMail.objects.count(), SignInSession.objects.count())


@pytest.mark.parametrize("name", LISTS)
def test_no_list_counts_or_skips_rows(busy: OperatorBrowser, name: str) -> None:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = busy.client.get(f"/admin/{name}/?q=a")
    assert answer.status_code == 200
    table = admin.site._registry[
        next(model for model in admin.site._registry if f"{model._meta.app_label}/{model._meta.model_name}" == name)
    ].opts.db_table
    asked = [query["sql"] for query in captured if f'"{table}"' in query["sql"]]
    assert asked
    assert not [sql for sql in asked if "COUNT(" in sql.upper() or "OFFSET" in sql.upper()]


def test_lists_page_by_key_newest_first(operator_browser: OperatorBrowser) -> None:
    for number in range(120):
        Message.objects.create(message_id=f"m{number}", sender="a@example.com", recipient="b@example.com", subject=f"Subject {number:03d}", text="")
    seen: list[str] = []
    path = "/admin/portal/message/"
    for _ in range(3):
        text = operator_browser.client.get(path).content.decode()
        seen += re.findall(r"Subject \d{3}", text)
        older = re.search(r'rel="next" href="([^"]+)"', text)
        if older is None:
            break
        path = "/admin/portal/message/" + older[1]
    assert seen == [f"Subject {number:03d}" for number in reversed(range(120))]
    assert 'rel="next"' not in text
    assert "First page" in text


@pytest.mark.parametrize("past", ["x", "-", "1;2", "9" * 40, "%00"])
def test_a_page_that_begins_nowhere_is_no_error(operator_browser: OperatorBrowser, past: str) -> None:
    assert operator_browser.client.get(f"/admin/portal/message/?past={past}").status_code in {200, 302, 400}


@pytest.mark.parametrize(
    ("name", "query", "shown", "hidden"),
    [
        ("accounts/iamuser", "q=carlos", "Carlos", "EmergencyAdmin"),
        ("accounts/iamuser", "q=123456789012", "EmergencyAdmin", "Carlos"),
        ("accounts/iamuser", "is_active__exact=0", "Terry_Whitlock", "Carlos"),
        ("accounts/rootuser", "q=exposed", "exposed@example.com", "management@example.com"),
        ("accounts/account", "q=anycompany-dev", "AnyCompany Development", "Example Standalone"),
        ("accounts/account", "status__exact=closed", "Example Closed", "Example Standalone"),
        ("accounts/account", "iam_users_need_mfa__exact=1", "Example Guarded", "Example Standalone"),
        ("accounts/iamuser", "second_factor=yes", "Jorge_Souza", "Carlos"),
        ("accounts/iamuser", "second_factor=no", "Carlos", "Jorge_Souza"),
        ("mfa/authenticator", "q=alice", "alice-phone", "operator-phone"),
        ("mfa/authenticator", "type__exact=fido", "Jorge_Souza-passkey", "Jorge_Souza-phone"),
        ("mfa/authenticator", "owner=operator", "operator-phone", "alice-phone"),
        ("accounts/signinsession", "ended=no", "operator-", "111122223333-"),
        ("portal/event", "event_name=OperatorLogin", "203.0.113.9", "203.0.113.7"),
    ],
)
def test_search_and_filters_find(operator: Person, iam_user: Person, name: str, query: str, shown: str, hidden: str) -> None:
    operator_browser = OperatorBrowser()
    operator_browser.sign_in(operator)
    session = Browser().opens(iam_user)
    SignInSession.objects.filter(pk=session.pk).update(ended_at=session.created_at)
    record(EventName.CONSOLE_LOGIN, identity=Identity.root("111122223333"), origin=ORIGIN, succeeded=True)
    text = operator_browser.client.get(f"/admin/{name}/?{query}").content.decode()
    rows = text.split('id="result_list"')[1].split("</table>")[0]
    assert shown in rows
    assert hidden not in rows


def test_an_event_is_shown_as_pretty_json(busy: OperatorBrowser) -> None:
    event = Event.objects.filter(event_name=EventName.CONSOLE_LOGIN).latest("pk")
    text = busy.client.get(f"/admin/portal/event/{event.pk}/change/").content.decode()
    assert "&quot;eventName&quot;: &quot;ConsoleLogin&quot;" in text
    assert json.loads(event.record)["eventName"] == "ConsoleLogin"


def test_an_iam_user_is_added_without_a_password(operator_browser: OperatorBrowser) -> None:
    answer = operator_browser.send("/admin/accounts/iamuser/add/", account="111122223333", name="Ana_Silva", **_no_policies())
    assert answer.status_code == 302
    ana = Principal.objects.get(name="Ana_Silva")
    assert (ana.kind, ana.account_id, ana.has_usable_password(), ana.unique_id[:4]) == ("iam_user", "111122223333", False, "AIDA")
    event = json.loads(Event.objects.filter(event_name=EventName.OPERATOR_ACTION).latest("pk").record)
    assert event["requestParameters"] == {"action": "Add", "target": ana.arn, "fields": ["account", "name"]}


def _no_policies() -> dict[str, str]:
    return {"policy_attachments-TOTAL_FORMS": "0", "policy_attachments-INITIAL_FORMS": "0"}


def test_pol_05_forms_take_their_own_fields_alone(operator_browser: OperatorBrowser, iam_user: Person) -> None:
    greedy = {
        "is_staff": "on",
        "is_superuser": "on",
        "kind": "operator",
        "password": "chosen-by-somebody-else",
        "unique_id": "OPERADMIN",
        "credential_epoch": "77",
        "email": "x@example.com",
        "must_change_password": "on",
    }
    operator_browser.send("/admin/accounts/iamuser/add/", account="111122223333", name="Greedy", **greedy, **_no_policies())
    added = Principal.objects.get(name="Greedy")
    assert (added.kind, added.is_staff, added.is_superuser, added.credential_epoch, added.email) == ("iam_user", False, False, 0, "")
    assert not added.has_usable_password()
    assert added.unique_id.startswith("AIDA")
    carlos = principal_of(iam_user)
    path = f"/admin/accounts/iamuser/{carlos.pk}/change/"
    changed: dict[str, Any] = {"name": "Renamed", "account": "123456789012", "is_active": "", **greedy, **_no_policies()}
    operator_browser.send(path, **changed)
    after = principal_of(iam_user)
    for field in ("name", "account_id", "is_staff", "is_superuser", "password", "kind", "is_active", "unique_id", "credential_epoch", "email"):
        assert getattr(after, field) == getattr(carlos, field), field


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"account": "111122223333", "name": "CARLOS"}, "letter case does not count"),
        ({"account": "111122223333", "name": "two words"}, "Enter a valid value"),
        ({"account": "", "name": "Ana"}, "This field is required"),
        ({"account": "000000000000", "name": "Ana"}, "valid"),
    ],
)
def test_an_iam_user_that_cannot_be_is_refused(operator_browser: OperatorBrowser, fields: dict[str, str], says: str) -> None:
    answer = operator_browser.send("/admin/accounts/iamuser/add/", **fields, **_no_policies())
    assert answer.status_code == 200
    assert says in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"account": "111122223333", "email": "new@example.com"}, "This account has a root user."),
        ({"account": "999999999999", "email": "STANDALONE@example.com"}, "belongs to another account"),
        ({"account": "999999999999", "email": "someone@gmail.com"}, "reserved domain"),
        ({"account": "999999999999", "email": "nobody"}, "valid email"),
    ],
)
def test_a_root_user_that_cannot_be_is_refused(operator_browser: OperatorBrowser, fields: dict[str, str], says: str) -> None:
    Account.objects.create(id="999999999999", name="Later")
    answer = operator_browser.send("/admin/accounts/rootuser/add/", **fields)
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert not Principal.objects.filter(account="999999999999").exists()


def test_a_root_user_is_added_for_its_owner_to_set_a_password(operator_browser: OperatorBrowser) -> None:
    Account.objects.create(id="999999999999", name="Later")
    answer = operator_browser.send("/admin/accounts/rootuser/add/", account="999999999999", email="later@example.com")
    assert answer.status_code == 302
    added = Principal.objects.get(account="999999999999")
    assert (added.kind, added.unique_id, added.has_usable_password()) == ("root", "999999999999", False)


def test_an_account_is_changed_with_its_password_policy(operator_browser: OperatorBrowser) -> None:
    fields = {
        "name": "Standalone",
        "alias": "stand-alone",
        "administrator": "Saanvi",
        "has_root_credentials": "on",
        "status": "closed",
        "password_policy-TOTAL_FORMS": "1",
        "password_policy-INITIAL_FORMS": "0",
        "password_policy-0-account": "123456789012",
        "password_policy-0-minimum_length": "14",
        "password_policy-0-allow_users_to_change": "on",
    }
    answer = operator_browser.send("/admin/accounts/account/123456789012/change/", **fields)
    assert answer.status_code == 302, re.findall(r"errorlist[^<]*<li>([^<]+)", answer.content.decode())
    account = Account.objects.get(pk="123456789012")
    assert (account.name, account.alias, account.status) == ("Standalone", "stand-alone", "active")
    assert PasswordPolicy.objects.get(pk="123456789012").minimum_length == 14
    recorded = [json.loads(event.record)["requestParameters"] for event in Event.objects.filter(event_name=EventName.OPERATOR_ACTION)]
    assert {"action": "Change", "target": "accounts.Account:123456789012", "related": ["PasswordPolicy"]} in recorded


def test_a_root_user_whose_credentials_are_removed_is_signed_out(operator_browser: OperatorBrowser, root_user: Person) -> None:
    browser = Browser()
    session = browser.opens(root_user)
    fields = {
        "name": "AnyCompany Management",
        "alias": "anycompany",
        "password_policy-TOTAL_FORMS": "0",
        "password_policy-INITIAL_FORMS": "0",
    }
    answer = operator_browser.send(f"/admin/accounts/account/{root_user.account}/change/", **fields)
    assert answer.status_code == 302, re.findall(r"errorlist[^<]*<li>([^<]+)", answer.content.decode())
    assert not Account.objects.get(pk=root_user.account).has_root_credentials
    assert not browser.is_in(session)


def test_deleting_an_iam_user_is_recorded(operator_browser: OperatorBrowser, iam_user: Person) -> None:
    carlos = principal_of(iam_user)
    browser = Browser()
    session = browser.opens(iam_user)
    operator_browser.send(f"/admin/accounts/iamuser/{carlos.pk}/delete/", post="yes")
    assert not Principal.objects.filter(pk=carlos.pk).exists()
    assert not browser.is_in(session)
    event = json.loads(Event.objects.filter(event_name=EventName.OPERATOR_ACTION).latest("pk").record)
    assert event["requestParameters"] == {"action": "Delete", "target": carlos.arn}


@pytest.mark.parametrize("name", ["account", "rootuser", "operator", "organization"])
def test_what_events_name_is_never_deleted(operator_browser: OperatorBrowser, name: str) -> None:
    text = operator_browser.client.get(f"/admin/accounts/{name}/").content.decode()
    path = re.findall(rf'href="(/admin/accounts/{name}/[^"/]+/)change/', text)[0]
    token = operator_browser.token_of("/admin/")
    assert operator_browser.client.post(path + "delete/", {"csrfmiddlewaretoken": token, "post": "yes"}).status_code == 403


def test_adm_03_permissions_hold_for_every_way_to_a_row(operator: Person, iam_user: Person) -> None:
    browser = signed_in(operator)
    Principal.objects.filter(kind="operator").update(is_superuser=False)
    me, carlos = Principal.objects.get(kind="operator"), principal_of(iam_user)
    me.user_permissions.add(Permission.objects.get(codename="view_account"))
    assert browser.client.get("/admin/accounts/account/").status_code == 200
    token = browser.token_of("/admin/")
    refused = [
        ("get", f"/admin/accounts/iamuser/{carlos.pk}/change/"),
        ("get", f"/admin/accounts/iamuser/{carlos.pk}/history/"),
        ("get", f"/admin/accounts/iamuser/{carlos.pk}/delete/"),
        ("get", "/admin/accounts/iamuser/add/?_popup=1"),
        ("get", "/admin/accounts/iamuser/?_popup=1&_facets=True"),
        ("get", "/admin/accounts/operator/"),
        ("get", f"/admin/accounts/operator/{me.pk}/change/"),
        ("get", "/admin/portal/event/"),
        ("get", "/admin/auth/group/"),
        ("post", "/admin/accounts/account/add/"),
        ("post", "/admin/accounts/account/111122223333/change/"),
    ]
    for method, path in refused:
        data = {"csrfmiddlewaretoken": token, "name": "x", "_saveasnew": "1"} if method == "post" else {}
        answer = getattr(browser.client, method)(path, data) if data else browser.client.get(path)
        assert answer.status_code == 403, path
    assert browser.client.get("/admin/autocomplete/?app_label=accounts&model_name=iamuser&field_name=account").status_code == 404
    suspended = browser.client.post(
        "/admin/accounts/account/",
        {"csrfmiddlewaretoken": token, "action": "suspend", "_selected_action": ["111122223333"], "confirmed": "yes"},
    )
    assert suspended.status_code in {200, 302, 403}
    assert Account.objects.get(pk="111122223333").status == "active"


def test_adm_03_only_superusers_change_operators(operator: Person) -> None:
    browser = signed_in(operator)
    me = Principal.objects.get(kind="operator")
    me.user_permissions.add(*Permission.objects.filter(content_type__app_label="accounts"))
    Principal.objects.filter(pk=me.pk).update(is_superuser=False)
    path = f"/admin/accounts/operator/{me.pk}/change/"
    token = browser.token_of("/admin/")
    assert browser.client.post(path, {"csrfmiddlewaretoken": token, "is_staff": "on", "is_superuser": "on"}).status_code == 403
    me.refresh_from_db()
    assert not me.is_superuser
