"""The organisation's pages: what is attached where, the policies of each kind, and who may see them."""

import re
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Account, Organization, OrganizationalUnit
from policies.models import ConsoleAuthorization, PolicyDocument, PolicyTarget
from policies.organization.rules import policy_id
from portal.conf import conf
from portal.console.organization.policies import PAGE
from portal.core import clock
from portal.world.people import Person
from tests.console.browsing import Browser
from tests.console.organization.room import SCP, Room, address_of, last_event, perimeter, permitted
from tests.fixtures.people import World
from tests.journeys.visitor import text_of
from tests.policies.enforcement.guarded import DEVELOPMENT, MANAGEMENT, ORGANIZATION, ROOT, UNIT, WORKLOADS, attach, deny, deny_rcp

NODE = re.compile(r'<tr data-node="([^"]+)">(.*?)</tr>', re.DOTALL)
POLICY = re.compile(r'<tr data-policy="([^"]+)">')
EVERY = ("", "rcps", "scps", "rcps/create", "scps/create", "rcps/RCPFullAWSAccess", "scps/FullAWSAccess")
OF_ONE = ("", "edit", "delete", f"attach?target={UNIT}", f"detach?target={UNIT}")
NEEDS = {
    "": ("ListPolicies", "ListTargetsForPolicy"),
    "rcps": ("ListPolicies",),
    "scps": ("ListPolicies",),
    "rcps/create": ("CreatePolicy",),
    "scps/create": ("CreatePolicy",),
    "rcps/RCPFullAWSAccess": ("DescribePolicy",),
    "scps/FullAWSAccess": ("DescribePolicy",),
    "policies/{}": ("DescribePolicy", "ListTargetsForPolicy"),
    "policies/{}/edit": ("DescribePolicy", "ListTargetsForPolicy", "UpdatePolicy"),
    "policies/{}/delete": ("DescribePolicy", "ListTargetsForPolicy", "DeletePolicy"),
    f"policies/{{}}/attach?target={UNIT}": ("DescribePolicy", "ListTargetsForPolicy", "AttachPolicy"),
    f"policies/{{}}/detach?target={UNIT}": ("DescribePolicy", "ListTargetsForPolicy", "DetachPolicy"),
}


def rows_of(answer: Any) -> dict[str, str]:
    """Return the rows of the tree by the id of what they are about."""
    return dict(NODE.findall(answer.content.decode()))


def test_the_tree_shows_root_units_and_accounts_with_what_is_attached(carlos_room: Room) -> None:
    rcp = perimeter(ROOT, DEVELOPMENT)
    attach(SCP, deny("signin:Authenticate"), UNIT, MANAGEMENT, name="NoConsole")
    rows = rows_of(carlos_room.get())
    order = [ROOT, MANAGEMENT, "ou-ab12cd34ef-44444444", WORKLOADS, UNIT, DEVELOPMENT, "ou-ab12cd34ef-22222222", "777788889999"]
    assert list(rows) == order
    assert "Perimeter" in rows[ROOT]
    assert f"/organization/policies/{policy_id(rcp.pk)}" in rows[DEVELOPMENT]
    assert "NoConsole" in rows[UNIT]
    assert "Perimeter" not in rows[UNIT]
    assert "tree__name--3" in rows[DEVELOPMENT]
    assert "No effect here" in rows[MANAGEMENT]
    page = text_of(carlos_room.get())
    assert "Neither kind of policy has an effect on the management account" in page
    assert "RCPFullAWSAccess" in page


def test_units_in_a_circle_and_their_accounts_are_shown_all_the_same(carlos_room: Room) -> None:
    OrganizationalUnit.objects.filter(pk=WORKLOADS).update(parent=UNIT)
    assert {WORKLOADS, UNIT, DEVELOPMENT, "777788889999"} <= set(rows_of(carlos_room.get()))


def test_the_cost_of_the_tree_does_not_grow_with_it(carlos_room: Room, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        unit = OrganizationalUnit.objects.create(pk=f"ou-ab12-{number:08}", organization_id=ORGANIZATION, name=f"Unit {number}")
        account = Account.objects.create(name=f"Account {number}", organization_id=ORGANIZATION, unit=unit)
        perimeter(unit.pk, account.pk, name=f"Perimeter{number}")
    with django_assert_max_num_queries(20):
        assert carlos_room.get().status_code == 200


def test_a_list_without_policies_says_what_to_do(carlos_room: Room) -> None:
    answer = carlos_room.get("rcps")
    assert "No policy of your own yet" in text_of(answer)
    assert POLICY.findall(answer.content.decode()) == ["p-RCPFullAWSAccess"]
    assert POLICY.findall(carlos_room.get("scps").content.decode()) == ["p-FullAWSAccess"]


def test_policies_page_by_key_each_kind_by_itself(carlos_room: Room) -> None:
    made = [perimeter(name=f"Perimeter{number:02}") for number in range(2 * PAGE + 3)]
    attach(SCP, deny("signin:*"), name="Other")
    seen: list[str] = []
    query: dict[str, str] = {}
    while True:
        page = carlos_room.get("rcps", **query).content.decode()
        seen += POLICY.findall(page)
        following = re.search(r'rel="next"', page) and re.search(r'href="[^"]*rcps\?before=(p-[0-9]+)"', page)
        if not following:
            break
        query = {"before": following[1]}
    seen.remove("p-RCPFullAWSAccess")
    assert seen == [policy_id(row.pk) for row in reversed(made)]
    for wrong in ("12", "p-1", "p-00000000000000000000000"):
        assert carlos_room.get("rcps", before=wrong).status_code == 400


def test_the_policies_that_are_always_attached_are_shown_as_what_they_are(carlos_room: Room) -> None:
    for address in ("rcps/RCPFullAWSAccess", "scps/FullAWSAccess"):
        answer = carlos_room.get(address)
        assert "AWS managed" in text_of(answer)
        assert "&quot;Effect&quot;: &quot;Allow&quot;" in answer.content.decode()
        assert "<form" not in answer.content.decode().partition("<main")[2].partition("</main>")[0]


def test_a_policy_shows_document_targets_and_acts(carlos_room: Room) -> None:
    row = perimeter(UNIT)
    answer = carlos_room.get(address_of(row))
    words, page = text_of(answer), answer.content.decode()
    assert f"arn:aws:organizations::{MANAGEMENT}:policy/{ORGANIZATION}/resource_control_policy/{policy_id(row.pk)}" in words
    assert "signin:*" in words
    assert f'data-target="{UNIT}"' in page
    assert f'<option value="{UNIT}"' not in page, "where it is attached already it is not offered"
    assert f'<option value="{DEVELOPMENT}"' in page
    assert 'data-testid="delete"' not in page
    PolicyTarget.objects.all().delete()
    assert 'data-testid="delete"' in carlos_room.get(address_of(row)).content.decode()


@pytest.mark.parametrize("needed", NEEDS.items(), ids=lambda needed: needed[0] or "tree")
def test_pol_03_each_page_needs_exactly_its_permissions(carlos_room: Room, needed: tuple[str, tuple[str, ...]]) -> None:
    address, operations = needed
    row = perimeter(UNIT) if "detach" in address or address == "policies/{}" else perimeter()
    path = address.format(policy_id(row.pk))
    actions = [f"organizations:{operation}" for operation in operations]
    permitted(carlos_room.session, *actions)
    assert carlos_room.get(path).status_code == 200, text_of(carlos_room.get(path))
    granted = PolicyDocument.objects.get(name="Granted")
    for action in actions:
        granted.text = deny(action).replace('"Statement": [', '"Statement": [{"Effect": "Allow", "Action": "organizations:*", "Resource": "*"}, ')
        granted.save()
        answer = carlos_room.get(path)
        assert answer.status_code == 403, action
        assert action in text_of(answer)
        assert "Perimeter" not in text_of(answer)
        assert last_event(action.partition(":")[2])["errorCode"] == "AccessDeniedException"


def test_pol_03_who_may_only_read_is_offered_nothing_else(laptop: Browser, world: World) -> None:
    room = Room(laptop, laptop.opens(world[MANAGEMENT, "zhang@example.com"]))
    row = perimeter(UNIT)
    page = room.get(address_of(row)).content.decode()
    for act in ("edit", "delete", "attach", f"detach-{UNIT}"):
        assert f'data-testid="{act}"' not in page
    assert 'data-testid="create"' not in room.get("rcps").content.decode()
    overview = room.get().content.decode()
    assert f'data-testid="authorization-{ROOT}"' in overview
    assert f'data-testid="switch-{ROOT}"' not in overview
    for act in ("edit", "delete", f"attach?target={DEVELOPMENT}", f"detach?target={UNIT}"):
        assert room.get(address_of(row, act)).status_code == 403
    assert room.get("rcps/create").status_code == 403


def test_pol_03_the_forms_of_others_are_refused_and_change_nothing(laptop: Browser, world: World) -> None:
    room = Room(laptop, laptop.opens(world[MANAGEMENT, "zhang@example.com"]))
    row = perimeter(UNIT)
    for address, fields in {
        "rcps/create": {"name": "Mine", "policy-text": deny_rcp("signin:*")},
        address_of(row, "edit"): {"name": "Mine", "policy-text": deny_rcp("signin:*"), "step": "save"},
        address_of(row, "delete"): {},
        address_of(row, "attach"): {"target": DEVELOPMENT},
        address_of(row, "detach"): {"target": UNIT},
        "authorization": {"target": ORGANIZATION, "wanted": "on"},
    }.items():
        assert room.send(address, page="", **fields).status_code == 403, address
    assert list(PolicyDocument.objects.values_list("name", flat=True)) == ["Perimeter"]
    assert list(PolicyTarget.objects.values_list("target", flat=True)) == [UNIT]
    assert not ConsoleAuthorization.objects.exists()


@pytest.mark.parametrize(
    ("account", "name"), [(DEVELOPMENT, "Mary_Major"), (DEVELOPMENT, "development@example.com"), ("123456789012", "EmergencyAdmin")]
)
def test_pol_03_another_account_sees_one_page_that_tells_nothing(laptop: Browser, world: World, account: str, name: str) -> None:
    room = Room(laptop, laptop.opens(world[account, name]))
    row = perimeter(UNIT)
    addresses = [*EVERY, f"authorization?target={ORGANIZATION}&wanted=on", *(address_of(row, act) for act in OF_ONE), "policies/p-99999999"]
    answers = [room.get(address) for address in addresses]
    assert {answer.status_code for answer in answers} == {404}
    words = {text_of(answer) for answer in answers}
    assert len(words) == 1
    assert "There is nothing here for this account." in words.pop()
    for answer in answers:
        for secret in ("Perimeter", ROOT, "AnyCompany Management", MANAGEMENT):
            assert secret not in answer.content.decode()
    home = f"/console/{room.session.name}/home"
    assert room.browser.send(room.at(address_of(row, "attach")), page=home, target=DEVELOPMENT).status_code == 404
    assert room.browser.send(room.at("authorization"), page=home, target=ORGANIZATION, wanted="on").status_code == 404
    assert PolicyTarget.objects.count() == 1
    assert not ConsoleAuthorization.objects.exists()


@pytest.mark.parametrize("act", OF_ONE)
def test_pol_03_a_policy_of_another_organisation_or_of_an_account_is_not_found(carlos_room: Room, act: str) -> None:
    other = Organization.objects.create(pk="o-otherorg00", name="Other", root_id="r-zz99", management_account_id="123456789012")
    foreign = PolicyDocument.objects.create(type="rcp", name="Foreign", organization=other, text=deny_rcp("signin:*"))
    identity = attach(PolicyDocument.Type.IDENTITY, deny("signin:*"), name="Own", account=MANAGEMENT)
    for row in (foreign, identity):
        answer = carlos_room.get(address_of(row, act))
        assert answer.status_code == 404
        assert row.name not in text_of(answer)
    assert carlos_room.get("policies/p-99999999").status_code == 404
    assert carlos_room.get(f"policies/p-0{foreign.pk:08d}").status_code == 404, "an ID has one spelling"


def test_pol_03_a_target_of_another_organisation_is_refused(carlos_room: Room) -> None:
    row = perimeter()
    for target in ("123456789012", "r-zz99", "ou-none-00000000", "", "x" * 200, "arn:aws:iam::111122223333:user/Carlos"):
        assert carlos_room.get(address_of(row, "attach"), target=target).status_code == 404
        assert carlos_room.send(address_of(row, "attach"), page=address_of(row), target=target).status_code == 404
    assert not PolicyTarget.objects.exists()


def test_brw_01_each_form_needs_its_pages_token(carlos_room: Room) -> None:
    row = perimeter()
    client = carlos_room.browser.client
    for address in ("rcps/create", "authorization", *(address_of(row, act) for act in ("edit", "delete", "attach", "detach"))):
        assert client.post(carlos_room.at(address), {"target": UNIT, "name": "x", "wanted": "on"}).status_code == 403
    assert PolicyDocument.objects.count() == 1


@pytest.mark.parametrize("act", ["delete", f"attach?target={DEVELOPMENT}", f"detach?target={UNIT}", "authorization"])
def test_ses_09_what_changes_who_may_sign_in_needs_a_recent_proof(carlos_room: Room, iam_user: Person, act: str) -> None:
    row = perimeter(UNIT) if "detach" in act else perimeter()
    path = f"authorization?target={ORGANIZATION}&wanted=on" if act == "authorization" else address_of(row, act)
    clock.advance(conf.reauthentication_lifetime + timedelta(seconds=1))
    answer = carlos_room.get(path)
    assert (answer.status_code, "mfa/confirm?next=" in answer["Location"]) == (303, True)
    fields = {"target": ORGANIZATION, "wanted": "on"} if act == "authorization" else {"target": path.partition("target=")[2]}
    refused = carlos_room.send(path.partition("?")[0], page="", **fields)
    assert (refused.status_code, "mfa/confirm?next=" in refused["Location"]) == (303, True)
    assert PolicyDocument.objects.count() == 1
    assert not ConsoleAuthorization.objects.exists()
    back = carlos_room.browser.send(
        f"/console/{carlos_room.session.name}/mfa/confirm",
        page=answer["Location"],
        next=carlos_room.at(path),
        type="password",
        password=iam_user.password,
    )
    assert (back.status_code, back["Location"]) == (303, carlos_room.at(path))
    assert carlos_room.get(path).status_code == 200
