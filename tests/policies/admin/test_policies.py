"""Policies on the operators' admin site: written with every problem told in its place, put and removed by the flows of the API."""

import json
import re
from typing import Any

import pytest

from accounts.models import PolicyAttachment, Principal, Role
from policies.models import ConsoleAuthorization, PermissionStatement, PolicyDocument, PolicyTarget
from portal.trail.models import Event
from portal.trail.names import EventName
from tests.admin.operators import OperatorBrowser
from tests.journeys.visitor import text_of
from tests.policies.enforcement.guarded import DEVELOPMENT, ORGANIZATION, ROOT, STANDALONE, UNIT, attach, deny, deny_rcp, guard

ADD = "/admin/policies/policydocument/add/"
TARGETS = {"targets-TOTAL_FORMS": "1", "targets-INITIAL_FORMS": "0", "targets-MIN_NUM_FORMS": "0", "targets-MAX_NUM_FORMS": "1000"}
LISTS = ["policies/policydocument", "policies/permissionstatement", "policies/consoleauthorization", "accounts/role", "accounts/accesskey"]


def sends(browser: OperatorBrowser, *, target: str = "", **fields: str) -> Any:
    """Send the form of a new document."""
    return browser.send(
        ADD, **TARGETS, **{"targets-0-target": target}, **{"type": "rcp", "name": "Perimeter", "organization": ORGANIZATION, "account": ""} | fields
    )


def acts() -> list[dict[str, Any]]:
    """Return what was recorded of the operator's acts."""
    rows = Event.objects.filter(event_name=EventName.OPERATOR_ACTION).order_by("id")
    return [json.loads(event.record)["requestParameters"] for event in rows]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_and_page_opens(operator_browser: OperatorBrowser, name: str) -> None:
    guard()
    attach(PolicyDocument.Type.RCP, deny_rcp("signin:*"), ROOT)
    page = operator_browser.client.get(f"/admin/{name}/")
    assert page.status_code == 200
    for path in set(re.findall(rf'href="(/admin/{name}/[^"/]+/change/)', page.content.decode())):
        assert operator_browser.client.get(path).status_code == 200, path
    if name != "accounts/accesskey":
        assert operator_browser.client.get(f"/admin/{name}/add/").status_code == 200


def test_a_document_is_stored_and_attached_and_recorded(operator_browser: OperatorBrowser) -> None:
    answer = sends(operator_browser, text=deny_rcp("signin:*"), target=UNIT)
    assert answer.status_code == 302, text_of(answer)
    document = PolicyDocument.objects.get()
    assert (document.type, document.organization_id, document.account_id) == ("rcp", ORGANIZATION, None)
    assert PolicyTarget.objects.get().target == UNIT
    assert [act["action"] for act in acts()] == ["Add", "Change"]
    assert "signin:*" not in json.dumps(acts()), "the event names the fields, not their values"


def test_every_problem_of_a_document_is_told_in_its_place(operator_browser: OperatorBrowser) -> None:
    text = '{\n "Version": "2012-10-17",\n "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resorce": "*"}]\n}'
    answer = sends(operator_browser, text=text)
    assert answer.status_code == 200
    words = text_of(answer)
    assert "line 3, column 27 ($.Statement[0].Effect)" in words
    assert "$.Statement[0].Action" in words
    assert "There is no element `Resorce`. Expected `Resource`." in words
    assert "Resorce" in answer.content.decode().partition("<textarea")[2], "what was typed stands in the form still"
    assert not PolicyDocument.objects.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"a":' * 500, "x" * 19_000])
def test_what_is_no_document_at_all(operator_browser: OperatorBrowser, text: str) -> None:
    assert sends(operator_browser, text=text).status_code == 200
    assert not PolicyDocument.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"type": ""},
        {"type": "trust"},
        {"organization": ""},
        {"organization": "", "account": STANDALONE},
        {"account": STANDALONE},
        {"type": "identity"},
        {"name": "with space"},
        {"name": ""},
    ],
    ids=str,
)
def test_a_document_has_a_type_a_name_and_the_owner_of_its_type(operator_browser: OperatorBrowser, fields: dict[str, str]) -> None:
    answer = sends(operator_browser, text=deny_rcp("signin:*"), **fields)
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not PolicyDocument.objects.exists()


def test_a_policy_of_an_organisation_has_5120_characters_at_most(operator_browser: OperatorBrowser) -> None:
    text = deny_rcp("signin:*")
    at_most = text.replace('"Resource"', " " * (5120 - len(text)) + '"Resource"')
    assert sends(operator_browser, text=at_most).status_code == 302
    assert len(PolicyDocument.objects.get().text) == 5120
    assert "5120" in text_of(sends(operator_browser, name="Longer", text=at_most.replace('"Resource"', ' "Resource"')))


def test_a_browsers_line_ends_count_once(operator_browser: OperatorBrowser) -> None:
    lines = deny_rcp("signin:*").replace(", ", ",\n")
    text = lines + "\n" * (5120 - len(lines))
    assert sends(operator_browser, text=text.replace("\n", "\r\n")).status_code == 302
    assert "\r" not in PolicyDocument.objects.get().text


@pytest.mark.parametrize(("kind", "name"), [("rcp", "RCPFullAWSAccess"), ("scp", "FullAWSAccess")])
def test_nothing_is_called_like_the_policy_that_is_always_attached(operator_browser: OperatorBrowser, kind: str, name: str) -> None:
    answer = sends(operator_browser, text=deny_rcp("s3:*") if kind == "rcp" else deny("s3:*"), type=kind, name=name)
    assert "cannot be changed. Choose another name." in text_of(answer)
    assert not PolicyDocument.objects.exists()


def test_a_target_has_as_many_policies_of_a_kind_as_it_may(operator_browser: OperatorBrowser) -> None:
    for number in range(4):
        attach(PolicyDocument.Type.RCP, deny_rcp("signin:*"), UNIT, name=f"Policy{number}")
    answer = sends(operator_browser, text=deny_rcp("signin:*"), target=UNIT)
    assert f"`{UNIT}` has 5 policies of this kind, as many as it may." in text_of(answer)
    assert sends(operator_browser, text=deny_rcp("signin:*"), target=ROOT).status_code == 302
    assert sends(operator_browser, text=deny("signin:*"), target=UNIT, type="scp", name="Other").status_code == 302
    assert sends(operator_browser, text=deny("signin:*"), target=UNIT, type="", name="None").status_code == 200


@pytest.mark.parametrize("target", [ROOT, UNIT, DEVELOPMENT])
def test_what_a_policy_of_the_organisation_is_attached_to(operator_browser: OperatorBrowser, target: str) -> None:
    assert sends(operator_browser, text=deny_rcp("signin:*"), target=target).status_code == 302


@pytest.mark.parametrize("target", ["r-other", "ou-ab12cd34ef-99999999", STANDALONE, "arn:aws:iam::444455556666:user/Mary_Major", ORGANIZATION])
def test_what_it_cannot_be_attached_to(operator_browser: OperatorBrowser, target: str) -> None:
    answer = sends(operator_browser, text=deny_rcp("signin:*"), target=target)
    assert answer.status_code == 200
    assert "The organization has no such target." in text_of(answer)
    assert not PolicyDocument.objects.exists()


@pytest.mark.parametrize(
    ("target", "fits"),
    [
        *((f"arn:aws:iam::{STANDALONE}:user/alice", True), (f"arn:aws:iam::{STANDALONE}:role/BreakGlassRole", True)),
        *((f"arn:aws:iam::{STANDALONE}:user/Nobody", False), ("arn:aws:iam::111122223333:user/alice", False), (STANDALONE, False)),
    ],
)
def test_an_identity_policy_is_attached_to_users_and_roles_of_its_account(operator_browser: OperatorBrowser, target: str, fits: bool) -> None:
    answer = sends(operator_browser, text=deny("signin:*"), target=target, type="identity", organization="", account=STANDALONE)
    assert (answer.status_code == 302) is fits, text_of(answer)


def test_a_stored_document_is_edited_and_a_broken_one_repaired(operator_browser: OperatorBrowser) -> None:
    row = attach(PolicyDocument.Type.RCP, "{", ROOT)
    target = row.targets.get()
    page = f"/admin/policies/policydocument/{row.pk}/change/"
    held = {"targets-TOTAL_FORMS": "1", "targets-INITIAL_FORMS": "1", "targets-MIN_NUM_FORMS": "0", "targets-MAX_NUM_FORMS": "1000"}
    held |= {"targets-0-id": str(target.pk), "targets-0-document": str(row.pk), "targets-0-target": ROOT}
    assert operator_browser.send(page, **held, name="Perimeter", text="{{").status_code == 200
    answer = operator_browser.send(page, **held, name="Perimeter", text=deny_rcp("signin:*"))
    assert answer.status_code == 302, text_of(answer)
    row.refresh_from_db()
    assert row.text == deny_rcp("signin:*")
    assert acts()[-1]["fields"] == ["text"]


def test_a_statement_is_put_with_the_rules_of_the_api_beside_their_fields(operator_browser: OperatorBrowser) -> None:
    page = "/admin/policies/permissionstatement/add/"
    answer = operator_browser.send(page, account=STANDALONE, source_vpc="notavpc", source_ip="office")
    words = text_of(answer)
    assert answer.status_code == 200
    assert "`notavpc` is not valid" in words
    assert "`office` is not valid" in words
    assert "requestedRegion is required" in words
    assert "The statement has no condition." in text_of(operator_browser.send(page, account=STANDALONE))
    assert not PermissionStatement.objects.exists()
    answer = operator_browser.send(page, account=STANDALONE, source_ip=" 203.0.113.0/24 ", excluded_principal=f"arn:aws:iam::{STANDALONE}:root")
    assert answer.status_code == 302
    row = PermissionStatement.objects.get()
    assert (row.source_ip, row.account_id, len(row.sid)) == ("203.0.113.0/24", STANDALONE, 64)
    assert acts()[-1]["target"] == f"policies.PermissionStatement:{row.sid}"


def test_statements_and_authorization_are_removed_and_never_changed(operator_browser: OperatorBrowser) -> None:
    guard()
    statement, authorization = PermissionStatement.objects.get(), ConsoleAuthorization.objects.get()
    for name, row in (("permissionstatement", statement), ("consoleauthorization", authorization)):
        assert operator_browser.client.get(f"/admin/policies/{name}/{row.pk}/delete/").status_code == 403
        asked = operator_browser.act(f"policies/{name}", "remove", row.pk, confirmed=False)
        assert asked.status_code == 200
        row.refresh_from_db()
        assert row.removed_at is None
        assert operator_browser.act(f"policies/{name}", "remove", row.pk).status_code == 302
        row.refresh_from_db()
        assert row.removed_at is not None
    assert [act["action"] for act in acts()] == ["Delete", "Delete"]


def test_authorization_is_switched_on_for_a_target_that_is_there(operator_browser: OperatorBrowser) -> None:
    page = "/admin/policies/consoleauthorization/add/"
    for wrong in ("", "12345", "999999999999"):
        assert operator_browser.send(page, target=wrong).status_code == 200
    assert operator_browser.send(page, target=STANDALONE).status_code == 302
    assert ConsoleAuthorization.objects.get().target == STANDALONE
    assert "Console authorization is on for this target." in text_of(operator_browser.send(page, target=STANDALONE))


def test_a_role_is_made_with_a_trust_policy_that_is_valid(operator_browser: OperatorBrowser) -> None:
    page = "/admin/accounts/role/add/"
    attached = {
        f"policy_attachments-{name}": value
        for name, value in (("TOTAL_FORMS", "1"), ("INITIAL_FORMS", "0"), ("MIN_NUM_FORMS", "0"), ("MAX_NUM_FORMS", "1000"))
    }
    fields = {
        "account": STANDALONE,
        "name": "Auditor",
        "path": "/team/",
        "max_session_seconds": "3600",
        "policy_attachments-0-policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
    }
    trust = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}]}'

    def sent(**typed: str) -> Any:
        # One of the fields is called as the browser's own argument is.
        return operator_browser.client.post(
            page, {"csrfmiddlewaretoken": operator_browser.token_of(page), **attached, **fields, "trust": trust, **typed}
        )

    broken = sent(trust=trust.replace("Principal", "Principle"))
    assert "There is no element `Principle`. Expected `Principal`." in text_of(broken)
    for name, value in (
        ("name", "a b"),
        ("path", "team"),
        ("max_session_seconds", "60"),
        ("policy_attachments-0-policy_arn", "arn:aws:iam::aws:policy/Nothing"),
    ):
        assert sent(**{name: value}).status_code == 200, name
    assert sent().status_code == 302
    role = Role.objects.get(name="Auditor")
    assert role.arn == f"arn:aws:iam::{STANDALONE}:role/team/Auditor"
    assert role.unique_id.startswith("AROA")


def test_only_a_policy_that_is_there_can_be_attached_to_a_user(operator_browser: OperatorBrowser) -> None:
    attach(PolicyDocument.Type.IDENTITY, deny("signin:*"), name="Mine", account=STANDALONE)
    alice = Principal.objects.get(account=STANDALONE, name="alice")
    first = alice.policy_attachments.get()
    held = {
        "policy_attachments-TOTAL_FORMS": "2",
        "policy_attachments-INITIAL_FORMS": "1",
        "policy_attachments-MIN_NUM_FORMS": "0",
        "policy_attachments-MAX_NUM_FORMS": "1000",
    }
    held |= {
        "policy_attachments-0-id": str(first.pk),
        "policy_attachments-0-principal": str(alice.pk),
        "policy_attachments-0-policy_arn": first.policy_arn,
    }
    page = f"/admin/accounts/iamuser/{alice.pk}/change/"

    def attaching(arn: str) -> Any:
        return operator_browser.send(page, **held, **{"policy_attachments-1-principal": str(alice.pk), "policy_attachments-1-policy_arn": arn})

    assert "There is no policy with this ARN." in text_of(attaching("arn:aws:iam::aws:policy/Nothing"))
    assert attaching(f"arn:aws:iam::{STANDALONE}:policy/Mine").status_code == 302
    assert PolicyAttachment.objects.filter(principal=alice).count() == 2
