"""The guide's two examples, rehearsed: who passes from where, and in which phase the others are denied."""

import pytest

from policies.evaluation.decision import DeniedBy, Effect
from policies.simulator.flows import explain_cell, rehearse
from policies.simulator.scenario import PHASES, Change, DocumentChange
from tests.policies.enforcement.guarded import DEVELOPMENT, MANAGEMENT, ROOT, STANDALONE
from tests.policies.simulator.rehearsals import (
    AUTHENTICATE,
    AUTHORIZE,
    EXAMPLE_1,
    HOME,
    IN_VPC,
    OFFICE,
    PRODUCTION,
    example_2,
    passing,
    rehearsed,
    statement,
    text,
    who,
)

pytestmark = pytest.mark.usefixtures("world")

FIRST = Change(rcps=(DocumentChange("Perimeter", ROOT, EXAMPLE_1),), authorization=True)
SECOND = Change(resource=example_2(), authorization=True)


def test_the_first_example_lets_the_corporate_network_and_the_vpc_of_the_right_region_in() -> None:
    rehearsal = rehearsed(FIRST, PRODUCTION)
    expected = {"office": "", "home": AUTHENTICATE, "ipv6": AUTHENTICATE, "vpc": "", "vpc-elsewhere": AUTHENTICATE}
    assert passing(rehearsal, who("user/Nikki_Wolf", PRODUCTION)) == expected
    assert passing(rehearsal, who("role/OrganizationAccountAccessRole", PRODUCTION)) == expected


def test_the_first_example_exempts_the_excluded_role_from_all_but_the_region_of_the_vpc() -> None:
    rehearsal = rehearsed(FIRST, PRODUCTION)
    break_glass = passing(rehearsal, who("role/OrgBreakGlassRole", PRODUCTION))
    assert break_glass == {"office": "", "home": "", "ipv6": "", "vpc": "", "vpc-elsewhere": AUTHENTICATE}
    assert rehearsal.locked_out == ()
    assert not rehearsal.warnings


def test_the_first_example_as_a_person_sees_it() -> None:
    rehearsal = rehearsed(FIRST, PRODUCTION)
    before, *_rest = rehearsal.row(who("user/Nikki_Wolf", PRODUCTION), HOME)
    assert before.after.denied_by is DeniedBy.RESOURCE_CONTROL_POLICY
    assert before.sentence_after == "Authentication failed Invalid request"
    assert before.sentence_before == ""
    assert [cell.reached for cell in rehearsal.row(before.who, HOME)] == [True, False, False]
    assert [cell.reached_before for cell in rehearsal.row(before.who, HOME)] == [True, True, True]
    was, will_be = explain_cell(before)
    assert was.layers == ()
    results = [result for layer in will_be.layers for result in layer.statements if result.sid.startswith("Enforce")]
    assert [(result.sid, result.applies) for result in results] == [
        ("EnforceNetworkPerimeterPreAuth", True),
        ("EnforceNetworkPerimeterPostAuth", False),
        ("EnforceSourceVPCRegion", False),
    ]


@pytest.mark.parametrize("account", [MANAGEMENT, STANDALONE])
def test_the_first_example_has_no_effect_on_a_management_account_or_one_outside_the_organisation_and_says_so(account: str) -> None:
    rehearsal = rehearsed(FIRST, account)
    assert not rehearsal.losing
    assert [advice.code for advice in rehearsal.warnings] == ["no_effect"]


def test_the_first_example_reaches_no_account_of_another_unit() -> None:
    change = Change(rcps=(DocumentChange("Perimeter", "ou-ab12cd34ef-33333333", EXAMPLE_1),), authorization=True)
    assert rehearsed(change, DEVELOPMENT).losing
    rehearsal = rehearsed(change, PRODUCTION)
    assert not rehearsal.losing
    assert [advice.code for advice in rehearsal.warnings] == ["no_effect"]


def test_the_second_example_denies_every_vpc_for_it_has_no_public_address() -> None:
    rehearsal = rehearsed(SECOND)
    expected = {"office": "", "home": AUTHENTICATE, "ipv6": AUTHENTICATE, "vpc": AUTHENTICATE, "vpc-elsewhere": AUTHENTICATE}
    for name in ("root", "user/alice", "role/Admin", "role/BreakGlassRole"):
        assert passing(rehearsal, who(name)) == expected
    assert set(passing(rehearsal, who("user/EmergencyAdmin")).values()) == {""}
    assert not rehearsal.warnings


def test_the_second_example_locks_out_who_only_comes_from_elsewhere() -> None:
    rehearsal = rehearsed(SECOND, STANDALONE, HOME, IN_VPC)
    assert [somebody.label for somebody in rehearsal.locked_out] == ["root", "user/alice", "role/Admin", "role/BreakGlassRole"]
    assert len(rehearsal.losing) == 8
    assert rehearsal.gaining == ()


def test_an_ipv6_block_lets_its_network_in() -> None:
    rehearsal = rehearsed(Change(resource=example_2(block="2001:db8:85a3::/48"), authorization=True))
    assert passing(rehearsal, who("user/alice")) == {
        "office": AUTHENTICATE,
        "home": AUTHENTICATE,
        "ipv6": "",
        "vpc": AUTHENTICATE,
        "vpc-elsewhere": AUTHENTICATE,
    }


def test_who_is_excluded_before_authentication_alone_is_denied_after_it() -> None:
    arn = f"arn:aws:iam::{STANDALONE}:user/EmergencyAdmin"
    networks = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    half = text(
        statement([AUTHENTICATE], ArnNotEquals={"signin:PrincipalArn": arn}, **networks),
        statement([phase.value for phase in PHASES[1:]], **networks),
    )
    rehearsal = rehearsed(Change(resource=half, authorization=True))
    assert passing(rehearsal, who("user/EmergencyAdmin"))["home"] == AUTHORIZE
    cell = rehearsal.row(who("user/EmergencyAdmin"), HOME)[1]
    assert cell.sentence_after.startswith("Authentication failed: To access this account, sign in from a different network")


def test_nothing_is_evaluated_while_authorization_stays_off() -> None:
    rehearsal = rehearsed(Change(resource=example_2()))
    assert rehearsal.evaluated == (False, False)
    assert not rehearsal.losing
    assert {cell.after.effect for cell in rehearsal.cells} == {Effect.ALLOW}


def test_an_account_that_is_not_there_is_restricted_by_the_document_alone() -> None:
    account = "999999999999"
    people = (who("root", account), who("user/EmergencyAdmin", account))
    rehearsal = rehearse(account, Change(resource=example_2(account), authorization=True), people, (OFFICE, HOME))
    assert not rehearsal.known
    assert [(somebody.label, place.name) for somebody, place in rehearsal.losing] == [("root", "home")]
