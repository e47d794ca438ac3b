"""Access keys on the admin site: made with the secret shown once, switched off and on, deleted; each an event, and the API follows at once."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from accounts.access_keys.flows import make_key
from accounts.models import AccessKey, Principal
from portal.core import clock
from portal.network.origin import Origin
from portal.trail.models import Event
from portal.world.people import Person
from tests.admin.operators import OperatorBrowser
from tests.awsapi.program import Program
from tests.console.browsing import principal_of
from tests.journeys.visitor import text_of

ADD = "/admin/accounts/accesskey/add/"
SHOWN = re.compile(r'data-testid="(access-key-id|secret)">([^<]+)<')
HERE = Origin(address="203.0.113.10", region="us-east-1", regional=True, user_agent="tests/1.0", host="localhost")


@pytest.fixture
def carlos(iam_user: Person) -> Principal:
    """The administrator of the management account."""
    return principal_of(iam_user)


def page_of(key: AccessKey | str) -> str:
    """Return the address of a key's page."""
    return f"/admin/accounts/accesskey/{key if isinstance(key, str) else key.pk}/change/"


def events(name: str) -> list[dict[str, Any]]:
    """Return the events of an operation."""
    return [json.loads(event.record) for event in Event.objects.filter(event_name=name).order_by("id")]


def test_a_key_is_made_and_its_secret_shown_once(operator_browser: OperatorBrowser, carlos: Principal) -> None:
    answer = operator_browser.send(ADD, principal=str(carlos.pk))
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    shown = dict(SHOWN.findall(answer.content.decode()))
    program = Program(shown["access-key-id"], shown["secret"])
    assert program.answered("sts", "GetCallerIdentity")["Arn"] == carlos.arn
    for address in (page_of(shown["access-key-id"]), "/admin/accounts/accesskey/", f"/admin/accounts/iamuser/{carlos.pk}/change/", "/admin/"):
        page = operator_browser.client.get(address).content.decode()
        assert shown["secret"] not in page
    assert shown["access-key-id"] in operator_browser.client.get(f"/admin/accounts/iamuser/{carlos.pk}/change/").content.decode()
    (record,) = events("CreateAccessKey")
    assert record["userIdentity"] == {"type": "Operator", "userName": "operator"}
    assert (record["recipientAccountId"], record["eventSource"]) == ("111122223333", "iam.amazonaws.com")
    assert record["requestParameters"] == {"userName": "Carlos"}
    assert record["responseElements"] == {"accessKey": {"accessKeyId": shown["access-key-id"], "status": "Active"}}
    assert shown["secret"] not in json.dumps(list(Event.objects.values()), default=str)


def test_a_root_user_has_keys_too_and_nobody_more_than_two(operator_browser: OperatorBrowser, root_user: Person, operator: Person) -> None:
    root = principal_of(root_user)
    for _ in range(2):
        assert 'data-testid="secret"' in operator_browser.send(ADD, principal=str(root.pk)).content.decode()
    answer = operator_browser.send(ADD, principal=str(root.pk))
    assert "as many as anybody may have" in text_of(answer)
    assert AccessKey.objects.filter(principal=root).count() == 2
    themselves = Principal.objects.get(kind="operator")
    assert "Only root users and IAM users have access keys." in text_of(operator_browser.send(ADD, principal=str(themselves.pk)))
    for wrong in ("", "0", "999999999", "x"):
        assert operator_browser.send(ADD, principal=wrong).status_code == 200
    assert AccessKey.objects.count() == 2


def test_a_key_is_switched_off_on_and_deleted(operator_browser: OperatorBrowser, carlos: Principal) -> None:
    made = make_key(carlos, origin=HERE)
    program = Program.of(made)
    asked = operator_browser.act("accesskey", "deactivate", made.id, confirmed=False)
    assert "Deactivate these access keys?" in text_of(asked)
    assert made.id in text_of(asked)
    program.answered("sts", "GetCallerIdentity")

    assert operator_browser.act("accesskey", "deactivate", made.id).status_code == 302
    failed = program.refused("sts", "GetCallerIdentity")
    assert (failed.code, failed.status) == ("InvalidClientTokenId", 403)
    assert program.refused("signin", "GetConsoleAuthorizationConfiguration").code == "UnrecognizedClientException"
    assert "Inactive" in text_of(operator_browser.client.get(page_of(made.id)))

    assert operator_browser.act("accesskey", "activate", made.id).status_code == 302
    program.answered("sts", "GetCallerIdentity")
    page = text_of(operator_browser.client.get(page_of(made.id)))
    assert f"{clock.now():%Y}" in page, "when it was last used"

    assert operator_browser.act("accesskey", "remove", made.id).status_code == 302
    assert not AccessKey.objects.exists()
    assert program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    parameters = {"userName": "Carlos", "accessKeyId": made.id}
    assert [event["requestParameters"] for event in events("UpdateAccessKey")] == [
        parameters | {"status": "Inactive"},
        parameters | {"status": "Active"},
    ]
    (deleted,) = events("DeleteAccessKey")
    assert (deleted["requestParameters"], deleted["recipientAccountId"]) == (parameters, "111122223333")
    assert deleted["userIdentity"]["type"] == "Operator"


def test_what_is_so_already_is_no_event(operator_browser: OperatorBrowser, carlos: Principal) -> None:
    made = make_key(carlos, origin=HERE)
    operator_browser.act("accesskey", "activate", made.id)
    assert not events("UpdateAccessKey")
    operator_browser.act("accesskey", "remove", made.id)
    operator_browser.act("accesskey", "remove", made.id)
    assert len(events("DeleteAccessKey")) == 1


def test_the_page_of_a_key_offers_its_acts_and_shows_no_secret(operator_browser: OperatorBrowser, carlos: Principal) -> None:
    made = make_key(carlos, origin=HERE)
    page = operator_browser.client.get(page_of(made.id)).content.decode()
    for act in ("deactivate", "activate", "remove"):
        assert f'data-testid="{act}"' in page
    assert made.secret not in page
    assert AccessKey.objects.get().sealed_secret not in page
    assert operator_browser.client.post(page_of(made.id), {"principal": "1"}).status_code == 403
    assert operator_browser.client.get(f"/admin/accounts/accesskey/{made.id}/delete/").status_code == 403


@pytest.mark.parametrize(
    ("codename", "may"),
    [
        ("view_accesskey", set()),
        ("add_accesskey", {"add"}),
        ("change_accesskey", {"deactivate", "activate"}),
        ("delete_accesskey", {"remove"}),
    ],
)
def test_pol_03_each_act_needs_its_permission(operator_browser: OperatorBrowser, carlos: Principal, codename: str, may: set[str]) -> None:
    operator = Principal.objects.get(kind="operator")
    Principal.objects.filter(pk=operator.pk).update(is_superuser=False)
    operator.user_permissions.set(Permission.objects.filter(codename__in=[codename, "view_accesskey"]))
    made = make_key(carlos, origin=HERE)
    page = operator_browser.client.get(page_of(made.id)).content.decode()
    assert {act for act in ("deactivate", "activate", "remove") if f'data-testid="{act}"' in page} == may - {"add"}
    assert (operator_browser.client.get(ADD).status_code == 200) is ("add" in may)
    if "remove" not in may:
        operator_browser.act("accesskey", "remove", made.id)
        assert AccessKey.objects.filter(pk=made.id).exists()
    if "deactivate" not in may:
        operator_browser.act("accesskey", "deactivate", made.id)
        assert not AccessKey.objects.filter(pk=made.id, is_active=False).exists()
    if "add" not in may:
        token = operator_browser.token_of("/admin/accounts/accesskey/")
        assert operator_browser.client.post(ADD, {"csrfmiddlewaretoken": token, "principal": str(carlos.pk)}).status_code == 403


def test_no_filter_tells_a_secret_and_the_list_finds_by_account(operator_browser: OperatorBrowser, carlos: Principal) -> None:
    made = make_key(carlos, origin=HERE)
    found = operator_browser.client.get("/admin/accounts/accesskey/?q=111122223333").content.decode()
    assert made.id in found
    refused = operator_browser.client.get("/admin/accounts/accesskey/?sealed_secret__startswith=g")
    assert refused.status_code in {302, 400}
