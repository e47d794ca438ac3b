"""Writing policies: the template, every problem in its place, the count of characters, the two steps of a change, deleting."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from policies.language import PolicyType, read
from policies.models import PolicyDocument, PolicyTarget
from policies.organization.rules import policy_id, version_of
from policies.organization.template import Perimeter, example
from portal.conf import conf
from portal.core import clock
from portal.trail.models import Event
from tests.console.organization.room import RCP, SCP, Room, address_of, last_event, perimeter
from tests.journeys.visitor import text_of
from tests.policies.enforcement.guarded import DEVELOPMENT, ORGANIZATION, ROOT, UNIT, attach, deny, deny_rcp

TYPED = re.compile(r'<textarea[^>]*name="policy-text"[^>]*>\n(.*?)</textarea>', re.DOTALL)
READ_AS = re.compile(r'name="read_as" value="([^"]*)"')
BROKEN = '{\n "Version": "2012-10-17",\n "Statement": [\n  {"Effect": "Allow", "Principal": "*",\n   "Action": "*", "Resorce": "*"}]\n}'


def typed_in(answer: Any) -> str:
    """Return what the form holds."""
    found = TYPED.search(answer.content.decode())
    assert found
    return unescape(found[1])


def read_as(answer: Any) -> str:
    """Return the version that the form was made from."""
    found = READ_AS.search(answer.content.decode())
    assert found
    return found[1]


def long(length: int) -> str:
    """Return a valid RCP of so many characters."""
    text = deny_rcp("signin:*")
    return text.replace('"Resource"', " " * (length - len(text)) + '"Resource"')


@pytest.mark.parametrize(("room_of", "kind"), [("rcps", PolicyType.RCP), ("scps", PolicyType.SCP)])
def test_the_template_is_the_guides_first_example_with_the_worlds_values(carlos_room: Room, room_of: str, kind: PolicyType) -> None:
    text = typed_in(carlos_room.get(f"{room_of}/create"))
    document = read(text, kind)
    assert [statement.sid for statement in document.statements] == [
        "EnforceNetworkPerimeterPreAuth",
        "EnforceNetworkPerimeterPostAuth",
        "EnforceSourceVPCRegion",
    ]
    for value in ("203.0.113.0/24", "vpc-0abc123def456789a", "us-west-2", "arn:aws:iam::777788889999:role/OrgBreakGlassRole"):
        assert value in text
    assert ('"Principal": "*"' in text) is (kind is PolicyType.RCP)
    assert typed_in(carlos_room.get(f"{room_of}/create?template=none")) == ""
    answer = carlos_room.writes(f"{room_of}/create", text, name="Perimeter")
    row = PolicyDocument.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, carlos_room.at(f"{address_of(row)}?done=created"))
    assert (row.type, row.name, row.text, row.organization_id) == (kind.value, "Perimeter", text, ORGANIZATION)
    assert not row.targets.exists()


def test_a_template_without_anybody_to_exempt_is_valid_too() -> None:
    for kind in (PolicyType.RCP, PolicyType.SCP):
        read(example(kind, Perimeter("192.0.2.0/24", "vpc-12345678", "eu-west-1", ())), kind)


def test_creating_is_an_event_as_cloudtrail_has_it(carlos_room: Room) -> None:
    text = deny_rcp("signin:*")
    carlos_room.writes("rcps/create", text, name="Perimeter")
    row, record = PolicyDocument.objects.get(), last_event("CreatePolicy")
    assert (record["eventSource"], record["awsRegion"], record["eventType"]) == ("organizations.amazonaws.com", "us-east-1", "AwsApiCall")
    assert record["requestParameters"] == {"name": "Perimeter", "type": "RESOURCE_CONTROL_POLICY", "content": text, "description": ""}
    summary = record["responseElements"]["policy"]["policySummary"]
    assert (summary["id"], summary["awsManaged"]) == (policy_id(row.pk), False)
    assert record["userIdentity"]["userName"] == "Carlos"
    assert not record["readOnly"]


def test_every_problem_is_told_with_its_place_and_the_lines_are_marked(carlos_room: Room) -> None:
    answer = carlos_room.writes("rcps/create", BROKEN, name="Perimeter")
    words, page = text_of(answer), answer.content.decode()
    assert answer.status_code == 400
    assert "Line 4, column 14 $.Statement[0].Effect" in words
    assert "Line 5, column 14 $.Statement[0].Action" in words
    assert "There is no element `Resorce`. Expected `Resource`." in words
    assert "4 things are wrong with the document." in words
    assert typed_in(answer) == BROKEN
    assert 'name="name" value="Perimeter"' in page
    assert re.findall(r'<li id="line-(\d+)" class="lines__wrong"', page) == ["4", "5"]
    assert 'role="alert"' in page
    assert not PolicyDocument.objects.exists()
    assert last_event("CreatePolicy")["errorCode"] == "MalformedPolicyDocumentException"


@pytest.mark.parametrize("text", ["", " ", "{", "[]", "null", '{"a":' * 500, "<script>alert(1)</script>", '{"Statement": "</textarea>"}'])
def test_what_is_no_document_at_all_is_kept_and_refused(carlos_room: Room, text: str) -> None:
    answer = carlos_room.writes("rcps/create", text, name="Perimeter")
    assert answer.status_code == 400
    assert typed_in(answer) == text
    assert "<script>alert" not in answer.content.decode()
    assert not PolicyDocument.objects.exists()


def test_a_document_has_5120_characters_at_most_white_space_included(carlos_room: Room) -> None:
    assert carlos_room.writes("rcps/create", long(5120), name="AtMost").status_code == 303
    answer = carlos_room.writes("rcps/create", long(5121), name="Longer")
    assert answer.status_code == 400
    assert "The document has 5121 characters. A policy of an organization has at most 5120, white space included." in text_of(answer)
    assert "<span data-count>5121</span>" in answer.content.decode(), "the server counts without scripts"
    assert typed_in(answer) == long(5121)
    assert carlos_room.writes("rcps/create", "x" * 70_000, name="Longest").status_code == 400


def test_a_browsers_line_ends_count_once(carlos_room: Room) -> None:
    text = long(5000).replace("{", "{\n" * 1, 1)
    assert carlos_room.writes("rcps/create", text.replace("\n", "\r\n"), name="Perimeter").status_code == 303
    assert PolicyDocument.objects.get().text == text


@pytest.mark.parametrize("name", ["", "a b", "ü", "x" * 129, "a/b", "RCPFullAWSAccess", "Taken"])
def test_a_name_is_right_and_unique(carlos_room: Room, name: str) -> None:
    perimeter(name="Taken")
    answer = carlos_room.writes("rcps/create", deny_rcp("signin:*"), name=name)
    assert answer.status_code in {400, 409}
    assert 'class="field__error" role="alert"' in answer.content.decode()
    assert typed_in(answer) == deny_rcp("signin:*")
    assert PolicyDocument.objects.count() == 1


def test_another_kind_may_have_the_same_name(carlos_room: Room) -> None:
    perimeter(name="Perimeter")
    assert carlos_room.writes("scps/create", deny("signin:*"), name="Perimeter").status_code == 303
    assert set(PolicyDocument.objects.values_list("type", flat=True)) == {RCP.value, SCP.value}


def test_an_scp_with_a_principal_and_an_rcp_without_one_are_refused(carlos_room: Room) -> None:
    assert "`Principal` is not allowed in" in text_of(carlos_room.writes("scps/create", deny_rcp("signin:*"), name="One"))
    assert "The element `Principal` is missing." in text_of(carlos_room.writes("rcps/create", deny("signin:*"), name="One"))


def test_an_organisation_has_a_thousand_rcps_at_most(carlos_room: Room) -> None:
    text = deny_rcp("signin:*")
    rows = [PolicyDocument(type=RCP, name=f"P{number}", organization_id=ORGANIZATION, text=text) for number in range(999)]
    PolicyDocument.objects.bulk_create(rows)
    assert carlos_room.writes("rcps/create", deny_rcp("signin:*"), name="First").status_code == 303
    answer = carlos_room.writes("rcps/create", deny_rcp("signin:*"), name="Second")
    assert answer.status_code == 409
    assert last_event("CreatePolicy")["errorCode"] == "ConstraintViolationException"


def test_a_change_is_reviewed_and_then_saved(carlos_room: Room) -> None:
    row = perimeter(UNIT)
    page = carlos_room.get(address_of(row, "edit"))
    assert typed_in(page) == row.text
    new = deny_rcp("signin:Authenticate", NotIpAddressIfExists={"aws:SourceIp": "203.0.113.0/24"})
    reviewed = carlos_room.writes(address_of(row, "edit"), new, name="Renamed", step="review", read_as=read_as(page))
    assert reviewed.status_code == 200
    assert "You are about to change Perimeter" in text_of(reviewed)
    assert "It is called Renamed from then on." in text_of(reviewed)
    assert typed_in(reviewed) == new
    row.refresh_from_db()
    assert row.name == "Perimeter", "a review changes nothing"
    back = carlos_room.writes(address_of(row, "edit"), new, name="Renamed", step="edit", read_as=read_as(reviewed))
    assert (back.status_code, typed_in(back), read_as(back)) == (200, new, read_as(page))
    saved = carlos_room.writes(address_of(row, "edit"), new, name="Renamed", step="save", read_as=read_as(reviewed))
    assert (saved.status_code, saved["Location"]) == (303, carlos_room.at(f"{address_of(row)}?done=updated"))
    row.refresh_from_db()
    assert (row.name, row.text) == ("Renamed", new)
    assert last_event("UpdatePolicy")["requestParameters"] == {"policyId": policy_id(row.pk), "name": "Renamed", "content": new}


def test_a_change_that_is_wrong_is_told_at_both_steps(carlos_room: Room) -> None:
    row = perimeter(UNIT)
    for step in ("review", "save"):
        answer = carlos_room.writes(address_of(row, "edit"), BROKEN, name="Perimeter", step=step, read_as=version_of(row.name, row.text))
        assert answer.status_code == 400
        assert "$.Statement[0].Action" in text_of(answer)
        assert typed_in(answer) == BROKEN
    row.refresh_from_db()
    assert row.text == deny_rcp("signin:*")


def test_nobody_overwrites_what_they_have_not_read(carlos_room: Room) -> None:
    row = perimeter()
    stale = version_of(row.name, row.text)
    row.text = deny_rcp("signin:Authenticate")
    row.save()
    for old in (stale, "", "x"):
        answer = carlos_room.writes(address_of(row, "edit"), deny_rcp("s3:*"), name="Perimeter", step="save", read_as=old)
        assert answer.status_code == 409
        assert "Somebody has changed this policy since you opened it." in text_of(answer)
    row.refresh_from_db()
    assert row.text == deny_rcp("signin:Authenticate")


def test_a_proof_that_has_grown_old_costs_nothing_of_what_was_typed(carlos_room: Room) -> None:
    row = perimeter(UNIT)
    new = deny_rcp("signin:Authenticate")
    page = carlos_room.get(address_of(row, "edit"))
    clock.advance(conf.reauthentication_lifetime + timedelta(seconds=1))
    answer = carlos_room.writes(address_of(row, "edit"), new, name="Perimeter", step="save", read_as=read_as(page))
    assert answer.status_code == 403
    assert 'data-testid="unproved"' in answer.content.decode()
    assert "mfa/confirm?next=" in answer.content.decode()
    assert typed_in(answer) == new
    row.refresh_from_db()
    assert row.text == deny_rcp("signin:*")


def test_a_stored_document_that_is_broken_can_be_repaired(carlos_room: Room) -> None:
    row = attach(RCP, "{", ROOT)
    page = carlos_room.get(address_of(row, "edit"))
    assert typed_in(page) == "{"
    fields = {"name": "Perimeter", "read_as": read_as(page)}
    assert carlos_room.writes(address_of(row, "edit"), deny_rcp("s3:*"), step="review", **fields).status_code == 200
    assert carlos_room.writes(address_of(row, "edit"), deny_rcp("s3:*"), step="save", **fields).status_code == 303


def test_a_policy_is_deleted_only_when_it_is_attached_nowhere(carlos_room: Room) -> None:
    row = perimeter(UNIT, DEVELOPMENT)
    assert carlos_room.get(address_of(row, "delete")).status_code == 409
    answer = carlos_room.send(address_of(row, "delete"), page=address_of(row))
    assert answer.status_code == 409
    assert "`Perimeter` is attached. Detach it from everything first." in text_of(answer)
    assert last_event("DeletePolicy")["errorCode"] == "PolicyInUseException"
    PolicyTarget.objects.all().delete()
    asked = carlos_room.get(address_of(row, "delete"))
    assert "You are about to delete Perimeter" in text_of(asked)
    answer = carlos_room.send(address_of(row, "delete"))
    assert (answer.status_code, answer["Location"]) == (303, carlos_room.at("rcps?done=deleted"))
    assert not PolicyDocument.objects.exists()
    assert last_event("DeletePolicy")["requestParameters"] == {"policyId": policy_id(row.pk)}
    assert carlos_room.get(address_of(row)).status_code == 404
    assert carlos_room.send(address_of(row, "delete"), page="rcps").status_code == 404


def test_no_form_leaves_an_event_of_a_change_that_was_not_made(carlos_room: Room) -> None:
    carlos_room.writes("rcps/create", BROKEN, name="Perimeter")
    rows = [json.loads(event.record) for event in Event.objects.filter(event_name="CreatePolicy")]
    assert [row["responseElements"] for row in rows] == [None]
