"""Attaching, detaching and switching, as an administrator does it and as the people of the member accounts notice it at the sign-in pages."""

import re
from typing import Any

import pytest

from accounts.models import Account, Principal
from policies.models import ConsoleAuthorization, PolicyDocument, PolicyTarget
from policies.organization.rules import policy_id
from portal.conf import conf
from portal.world.people import Person
from tests.console.organization.room import RCP, SCP, Room, address_of, box_of, last_event, perimeter
from tests.console.organization.test_writing import typed_in
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, alerts_of, text_of
from tests.policies.enforcement.guarded import DEVELOPMENT, MANAGEMENT, ORGANIZATION, ROOT, UNIT, attach, deny, deny_rcp, guard

BEFORE = "Your authentication information is incorrect. Please try again."
BEFORE_BY_RCP = "Authentication failed Invalid request"
OFFICE = {"NotIpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}}


@pytest.fixture
def at_home(world: World) -> Visitor:
    """Somebody at home."""
    return Visitor(address="198.51.100.7")


def account_in(answer: Any, account: str) -> str:
    """Return what the rehearsal says of an account; empty where it names it not."""
    found = re.search(rf'<section[^>]*data-account="{account}">(.*?)</section>', answer.content.decode(), re.DOTALL)
    return found[1] if found else ""


def test_an_scp_stops_the_sign_ins_below_its_unit_once_authorization_is_on(
    carlos_room: Room, at_home: Visitor, visitor: Visitor, other_iam_user: Person, iam_user: Person
) -> None:
    carlos_room.writes("scps/create", deny("signin:Authenticate"), name="NoConsole")
    row = PolicyDocument.objects.get()
    asked = carlos_room.get(address_of(row, "attach"), target=UNIT)
    assert "You are about to attach NoConsole to Development (ou-ab12cd34ef-33333333)" in text_of(asked)
    assert 'data-testid="unevaluated"' in asked.content.decode(), "while authorization is off nobody is locked out"
    assert carlos_room.attaches(row, UNIT).status_code == 303
    assert last_event("AttachPolicy")["requestParameters"] == {"policyId": policy_id(row.pk), "targetId": UNIT}
    assert at_home.is_in(at_home.signs_in_as_iam_user(other_iam_user)), "console authorization is off"

    asked = carlos_room.get("authorization", target=ORGANIZATION, wanted="on")
    assert 'data-testid="locked-out"' in asked.content.decode()
    assert "user/Mary_Major" in account_in(asked, DEVELOPMENT)
    assert "root" in account_in(asked, DEVELOPMENT)
    assert not account_in(asked, "777788889999"), "the other unit's account is not concerned"
    assert not account_in(asked, MANAGEMENT)
    assert carlos_room.switches(ORGANIZATION, on=True).status_code == 303
    event = last_event("PutConsoleAuthorizationConfiguration")
    assert (event["eventSource"], event["requestParameters"]) == ("signin.amazonaws.com", {"targetId": ORGANIZATION})
    assert event["responseElements"]["consoleAuthorizationEnabled"] is True

    refused = Visitor(address="203.0.113.30").gives_iam(other_iam_user)
    assert refused.status_code == 403
    assert BEFORE in alerts_of(refused)
    assert visitor.is_in(visitor.signs_in_as_iam_user(iam_user)), "the management account is untouched"

    asked = carlos_room.get(address_of(row, "detach"), target=UNIT)
    assert "Newly from" in text_of(asked)
    assert carlos_room.detaches(row, UNIT).status_code == 303
    assert last_event("DetachPolicy")["requestParameters"] == {"policyId": policy_id(row.pk), "targetId": UNIT}
    again = Visitor(address="203.0.113.31")
    assert again.is_in(again.signs_in_as_iam_user(other_iam_user))


def test_the_guides_first_example_from_the_template_to_the_door(
    carlos_room: Room, at_home: Visitor, visitor: Visitor, world: World, other_iam_user: Person
) -> None:
    carlos_room.writes("rcps/create", typed_in(carlos_room.get("rcps/create")), name="Perimeter")
    row = PolicyDocument.objects.get()
    assert carlos_room.switches(ROOT, on=True).status_code == 303
    asked = carlos_room.get(address_of(row, "attach"), target=ROOT)
    words = account_in(asked, DEVELOPMENT)
    assert "user/Mary_Major" in words
    assert "Home" in words
    assert 'data-testid="partly"' in asked.content.decode(), "from the office everybody still gets in"
    assert carlos_room.attaches(row, ROOT).status_code == 303

    refused = at_home.gives_iam(other_iam_user)
    assert refused.status_code == 403
    assert BEFORE_BY_RCP in alerts_of(refused)
    assert visitor.is_in(visitor.signs_in_as_iam_user(other_iam_user)), "the office is let in"
    carlos_at_home = Visitor(address="198.51.100.8")
    assert carlos_at_home.is_in(carlos_at_home.signs_in_as_iam_user(world[MANAGEMENT, "Carlos"])), "the management account is untouched"

    assert carlos_room.switches(ROOT, on=False).status_code == 303
    assert not ConsoleAuthorization.objects.filter(removed_at=None).exists()
    free = Visitor(address="198.51.100.9")
    assert free.is_in(free.signs_in_as_iam_user(other_iam_user))


def test_a_change_of_an_attached_policy_names_who_is_locked_out_and_takes_effect(carlos_room: Room, at_home: Visitor, other_iam_user: Person) -> None:
    row = attach(RCP, deny_rcp("signin:*", **OFFICE), UNIT)
    carlos_room.switches(ORGANIZATION, on=True)
    page = carlos_room.get(address_of(row, "edit"))
    version = re.search(r'name="read_as" value="([^"]*)"', page.content.decode())
    assert version
    fields = {"name": "Perimeter", "read_as": version[1]}
    reviewed = carlos_room.writes(address_of(row, "edit"), deny_rcp("signin:*"), step="review", **fields)
    assert 'data-testid="locked-out"' in reviewed.content.decode()
    assert "user/Mary_Major" in account_in(reviewed, DEVELOPMENT)
    assert "No excluded principal is left" in text_of(reviewed)
    assert Visitor(address="203.0.113.30").gives_iam(other_iam_user).status_code == 303
    assert carlos_room.writes(address_of(row, "edit"), deny_rcp("signin:*"), step="save", **fields).status_code == 400
    saved = carlos_room.writes(address_of(row, "edit"), deny_rcp("signin:*"), step="save", **fields, **box_of(reviewed))
    assert saved.status_code == 303
    assert Visitor(address="203.0.113.31").gives_iam(other_iam_user).status_code == 403


def test_the_management_account_is_reached_by_its_own_statements_alone(carlos_room: Room, at_home: Visitor, iam_user: Person) -> None:
    row = perimeter()
    asked = carlos_room.get(address_of(row, "attach"), target=MANAGEMENT)
    assert 'data-testid="no-effect"' in asked.content.decode()
    assert "It reaches no active member account" in text_of(asked)
    assert carlos_room.attaches(row, MANAGEMENT).status_code == 303
    guard(MANAGEMENT, on=False, source_ip="203.0.113.0/24")
    asked = carlos_room.get("authorization", target=ORGANIZATION, wanted="on")
    assert "user/Carlos" in account_in(asked, MANAGEMENT)
    assert "Home" in account_in(asked, MANAGEMENT)
    carlos_room.switches(ORGANIZATION, on=True)
    assert at_home.gives_iam(iam_user).status_code == 403


def test_what_is_attached_is_not_attached_again_nor_detached_twice(carlos_room: Room) -> None:
    row = perimeter(UNIT)
    assert carlos_room.get(address_of(row, "attach"), target=UNIT)["Location"] == carlos_room.at(address_of(row))
    again = carlos_room.send(address_of(row, "attach"), page=address_of(row), target=UNIT)
    assert again.status_code == 409
    assert last_event("AttachPolicy")["errorCode"] == "DuplicatePolicyAttachmentException"
    assert carlos_room.get(address_of(row, "detach"), target=ROOT).status_code == 409
    answer = carlos_room.send(address_of(row, "detach"), page=address_of(row), target=ROOT)
    assert answer.status_code == 409
    assert last_event("DetachPolicy")["errorCode"] == "PolicyNotAttachedException"
    assert list(PolicyTarget.objects.values_list("target", flat=True)) == [UNIT]


@pytest.mark.parametrize("kind", [RCP, SCP])
def test_a_target_has_five_of_a_kind_at_most_the_one_of_aws_among_them(carlos_room: Room, kind: PolicyDocument.Type) -> None:
    text = deny_rcp("s3:*") if kind is RCP else deny("s3:*")
    rows = [attach(kind, text, name=f"Policy{number}") for number in range(conf.policies_per_target)]
    answers = [carlos_room.attaches(row, UNIT) for row in rows]
    assert [answer.status_code for answer in answers] == [303, 303, 303, 303, 409]
    always = "RCPFullAWSAccess" if kind is RCP else "FullAWSAccess"
    assert f"`{UNIT}` has 5 policies of this kind, `{always}` among them" in text_of(answers[-1])
    assert last_event("AttachPolicy")["errorCode"] == "ConstraintViolationException"
    other = attach(SCP if kind is RCP else RCP, deny("s3:*") if kind is RCP else deny_rcp("s3:*"), name="Other")
    assert carlos_room.attaches(other, UNIT).status_code == 303, "the other kind is counted by itself"
    assert carlos_room.attaches(rows[-1], DEVELOPMENT).status_code == 303


def test_the_quota_is_a_setting(carlos_room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_POLICIES_PER_TARGET", "2")
    first, second = perimeter(name="First"), perimeter(name="Second")
    assert carlos_room.attaches(first, UNIT).status_code == 303
    assert carlos_room.attaches(second, UNIT).status_code == 409


def test_the_rehearsal_is_bounded_and_says_so(carlos_room: Room) -> None:
    made = [Account(pk=f"9000000000{number:02}", name=f"Account {number:02}", organization_id=ORGANIZATION, unit_id=UNIT) for number in range(12)]
    Account.objects.bulk_create([*made, Account(pk="900000000099", name="Closed", organization_id=ORGANIZATION, unit_id=UNIT, status="closed")])
    for account in made:
        Principal.objects.create(kind="iam_user", account=account, name="somebody")
    carlos_room.switches(ORGANIZATION, on=True)
    asked = carlos_room.get(address_of(perimeter(), "attach"), target=UNIT)
    assert "The first 10 accounts were looked at; 3 others were not." in text_of(asked), "twelve and the unit's own, but not the closed one"
    assert asked.content.decode().count("data-account=") == 10


@pytest.mark.parametrize(
    "query", [{}, {"target": ORGANIZATION}, {"wanted": "on"}, {"target": DEVELOPMENT, "wanted": "on"}, {"target": ROOT, "wanted": "x"}]
)
def test_only_organisation_and_root_are_switched_here(carlos_room: Room, query: dict[str, str]) -> None:
    assert carlos_room.get("authorization", **query).status_code == 400
    assert carlos_room.send("authorization", page="", **query).status_code == 400
    assert not ConsoleAuthorization.objects.exists()


def test_switching_twice_is_said_and_recorded(carlos_room: Room) -> None:
    assert carlos_room.switches(ROOT, on=True).status_code == 303
    assert "It is on already." in text_of(carlos_room.get("authorization", target=ROOT, wanted="on"))
    assert carlos_room.switches(ROOT, on=True).status_code == 303
    assert ConsoleAuthorization.objects.filter(removed_at=None).count() == 1
    assert carlos_room.switches(ROOT, on=False).status_code == 303
    refused = carlos_room.switches(ROOT, on=False)
    assert refused.status_code == 404
    assert last_event("DeleteConsoleAuthorizationConfiguration")["errorCode"] == "ResourceNotFoundException"


def test_the_page_tells_which_authorization_is_on(carlos_room: Room) -> None:
    carlos_room.switches(ROOT, on=True)
    page = carlos_room.get().content.decode()
    assert re.search(rf'data-testid="authorization-{ROOT}">On<', page)
    assert re.search(rf'data-testid="authorization-{ORGANIZATION}">Off<', page)


def test_a_deleted_unit_leaves_a_target_that_can_still_be_detached(carlos_room: Room) -> None:
    row = perimeter()
    PolicyTarget.objects.create(document=row, target="ou-gone-00000000")
    assert "Not shown in the tree" in text_of(carlos_room.get(address_of(row)))
    assert carlos_room.detaches(row, "ou-gone-00000000").status_code == 303
    assert not PolicyTarget.objects.exists()


def test_the_warning_counts_from_where_the_administrator_is(carlos_room: Room) -> None:
    carlos_room.switches(ORGANIZATION, on=True)
    asked = carlos_room.get(address_of(perimeter(), "attach"), target=ROOT)
    assert "203.0.113.7" in text_of(asked)


def test_behind_a_vpc_endpoint_the_administrator_is_in_its_region_whichever_the_console_shows(carlos_room: Room) -> None:
    carlos_room.switches(ORGANIZATION, on=True)
    endpoint = {"vpc": "vpc-0abc123def4567890", "vpce": "vpce-0fed987cba6543210", "vpc_source_ip": "10.9.9.9", "region": "ap-south-1"}
    moved = carlos_room.browser.send("/training/network/endpoint", page="/training/network", **endpoint)
    assert moved.status_code == 303
    row = attach(RCP, deny_rcp("signin:*", StringEquals={"aws:RequestedRegion": "us-east-1"}))
    asked = carlos_room.get(address_of(row, "attach"), target=UNIT, region="us-east-1")
    assert "10.9.9.9" in text_of(asked)
    assert "Home" in account_in(asked, DEVELOPMENT), "from the global endpoint, which is us-east-1's"
    assert "10.9.9.9" not in account_in(asked, DEVELOPMENT)
