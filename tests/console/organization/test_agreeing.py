"""What locks people out goes through with its box ticked alone, and ticked for exactly those whom it locks out; and looking at it costs little."""

import json
import re

from accounts.models import Account, Principal
from policies.models import ConsoleAuthorization, PolicyDocument, PolicyTarget
from policies.organization.rules import version_of
from policies.simulator.bounding import MOST_WORK, weight_of
from policies.statements.flows import put_authorization
from portal.console.organization.impact import MOST_ACCOUNTS, ROOM
from portal.world.networks import networks
from tests.console.browsing import Browser
from tests.console.organization.room import RCP, Room, address_of, box_of, perimeter, permitted
from tests.fixtures.people import World
from tests.journeys.visitor import text_of
from tests.policies.enforcement.guarded import DEVELOPMENT, MANAGEMENT, ORGANIZATION, ROOT, UNIT, attach, deny_rcp, document, guard

STALE = "Who would be locked out is not the same any more as when you looked at it."
MYSELF = "I understand that I lock myself out of the console from where I am now."


def new_user(name: str) -> Principal:
    """Make a user of the member account."""
    return Principal.objects.create(kind="iam_user", account_id=DEVELOPMENT, name=name)


def test_attaching_what_locks_people_out_needs_the_box_for_exactly_those(carlos_room: Room) -> None:
    put_authorization(ORGANIZATION)
    row = perimeter()
    address = address_of(row, "attach")
    asked = carlos_room.get(address, target=UNIT)
    ticked = box_of(asked)
    assert ticked
    assert MYSELF not in text_of(asked), "no RCP reaches the management account, which Carlos is in"
    refused = carlos_room.send(address, page=f"{address}?target={UNIT}", target=UNIT)
    assert refused.status_code == 400
    assert "Tick this box if you mean it, or cancel." in text_of(refused)
    assert not PolicyTarget.objects.exists()
    new_user("newcomer")
    stale = carlos_room.send(address, page=f"{address}?target={UNIT}", target=UNIT, **ticked)
    assert stale.status_code == 400
    assert STALE in text_of(stale)
    assert "user/newcomer" in text_of(stale)
    assert not PolicyTarget.objects.exists()
    assert carlos_room.send(address, page=f"{address}?target={UNIT}", target=UNIT, **box_of(stale)).status_code == 303
    assert PolicyTarget.objects.get().target == UNIT


def test_saving_what_locks_people_out_needs_the_box_for_exactly_those(carlos_room: Room) -> None:
    put_authorization(ORGANIZATION)
    row = attach(RCP, deny_rcp("s3:*"), UNIT)
    fields = {"name": row.name, "read_as": version_of(row.name, row.text)}
    address, new = address_of(row, "edit"), deny_rcp("signin:*")
    ticked = box_of(carlos_room.writes(address, new, step="review", **fields))
    assert ticked
    assert carlos_room.writes(address, new, step="save", **fields).status_code == 400
    new_user("newcomer")
    stale = carlos_room.writes(address, new, step="save", **fields, **ticked)
    assert stale.status_code == 400
    assert STALE in text_of(stale)
    row.refresh_from_db()
    assert row.text == deny_rcp("s3:*")
    assert carlos_room.writes(address, new, step="save", **fields, **box_of(stale)).status_code == 303


def test_switching_on_asks_whether_one_locks_oneself_out(carlos_room: Room) -> None:
    guard(MANAGEMENT, on=False, source_ip="192.0.2.0/24")
    page = f"authorization?target={ROOT}&wanted=on"
    asked = carlos_room.get(page)
    assert 'data-testid="yourself"' in asked.content.decode()
    assert MYSELF in text_of(asked)
    refused = carlos_room.send("authorization", page=page, target=ROOT, wanted="on")
    assert refused.status_code == 400
    assert not ConsoleAuthorization.objects.exists()
    assert carlos_room.send("authorization", page=page, target=ROOT, wanted="on", **box_of(asked)).status_code == 303


def test_nobody_locked_out_asks_for_no_box(carlos_room: Room) -> None:
    page = f"authorization?target={ROOT}&wanted=on"
    assert not box_of(carlos_room.get(page))
    assert carlos_room.send("authorization", page=page, target=ROOT, wanted="on").status_code == 303


def test_pol_03_the_question_about_switching_needs_the_permission_to_switch(laptop: Browser, world: World) -> None:
    room = Room(laptop, laptop.opens(world[MANAGEMENT, "Carlos"]))
    permitted(room.session, "signin:GetConsoleAuthorizationConfiguration")
    for wanted, action in {"on": "signin:PutConsoleAuthorizationConfiguration", "off": "signin:DeleteConsoleAuthorizationConfiguration"}.items():
        answer = room.get("authorization", target=ROOT, wanted=wanted)
        assert answer.status_code == 403
        assert action in text_of(answer)
        assert DEVELOPMENT not in text_of(answer)
    PolicyDocument.objects.all().delete()
    permitted(room.session, "signin:GetConsoleAuthorizationConfiguration", "signin:DeleteConsoleAuthorizationConfiguration")
    assert room.get("authorization", target=ROOT, wanted="off").status_code == 200
    assert room.get("authorization", target=ROOT, wanted="on").status_code == 403


def test_a_policy_full_of_variables_costs_no_more_than_others_and_what_is_left_out_is_said(carlos_room: Room) -> None:
    made = [Account(pk=f"9000000000{number:02}", name=f"A{number:02}", organization_id=ORGANIZATION, unit_id=UNIT) for number in range(MOST_ACCOUNTS)]
    Account.objects.bulk_create(made)
    Principal.objects.bulk_create(
        Principal(kind="iam_user", account=account, name=f"u{number}", name_key=f"u{number}", unique_id=f"AIDA{account.pk}{number:05}")
        for account in made
        for number in range(60)
    )
    put_authorization(ORGANIZATION)
    condition = {"StringNotLike": {"aws:PrincipalArn": [f"*${{aws:username}}*{number}" for number in range(150)]}}
    text = document({"Effect": "Deny", "Principal": "*", "Action": "signin:*", "Resource": "*", "Condition": condition})
    row = attach(RCP, json.dumps(json.loads(text), separators=(",", ":")))
    for number in range(4):
        attach(RCP, row.text, UNIT, name=f"Other{number}")
    asked = text_of(carlos_room.get(address_of(row, "attach"), target=UNIT))
    looked_at = [int(number) for number in re.findall(r"Of A[0-9]{2}, the first ([0-9]+) identities were looked at; it has more", asked)]
    assert len(looked_at) >= MOST_ACCOUNTS - 1, asked
    places = len(networks()) + 1
    assert places * sum(looked_at) * weight_of(row.text) * 5 <= ROOM * MOST_WORK, "five such documents have a say in each decision"
