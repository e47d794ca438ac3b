"""What a program gets is never more, nor surer, than what its owner proved and allowed, whichever way it asks again."""

import json
from datetime import timedelta

import pytest

from accounts.models import Grant, Principal, SignInSession
from accounts.reauthentication.flows import PASSWORD, confirmed
from policies.models import PolicyDocument
from portal.core import clock
from portal.core.tokens import new_token
from portal.world.people import Person
from tests.awsapi.iam.accounts import newcomer
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor
from tests.oauth import agent
from tests.oauth.agent import SERVICE, registered
from tests.oauth.asking import address, asks
from tests.oauth.refusals import OVER
from tests.oauth.test_approval import approve
from tests.oauth.test_with_iam import exchange
from tests.oauth.tool import BROWSER, Tool, session_of, somebody
from tests.policies.enforcement.guarded import attach, document

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_oa_13_an_agents_id_token_is_exchanged_for_the_service_that_was_allowed_and_no_other(world: World) -> None:
    own = registered()
    answer = own.redeems(own.code(session_of(somebody("123456789012", "standalone@example.com")), scope="openid"))
    token = answer.body["id_token"]
    for form in (False, True):
        refused = exchange(token, form=form)
        assert (refused.status, refused.body["error"]) == (400, "invalid_target")
    assert exchange(token, resource=SERVICE).status == 200
    assert exchange(token, resource=agent.MCP).status == 200


def test_oa_17_a_password_confirmed_later_makes_no_second_factor_younger(tool: Tool, developer: Principal) -> None:
    session = session_of(developer, factor="arn:aws:iam::111122223333:mfa/phone")
    text = document(
        {"Effect": "Deny", "Action": "iam:ListUsers", "Resource": "*", "Condition": {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "600"}}}
    )
    attach(PolicyDocument.Type.IDENTITY, text, developer.arn, account="111122223333")
    assert "explicit deny" not in str(tool.signs_in(session).program().calls("iam", "ListUsers"))
    clock.advance(timedelta(minutes=11))
    confirmed(session, way=PASSWORD, origin=BROWSER)
    assert "explicit deny" in tool.signs_in(session).program().refused("iam", "ListUsers").message


def test_race_02_a_token_of_a_world_that_is_gone_ends_nobody_elses_sign_in(tool: Tool, session: SignInSession) -> None:
    token = tool.signs_in(session).refresh_token
    # What a reset leaves: the row's number belongs to another sign-in now.
    Grant.objects.update(name=new_token()[:22], generation=2)
    assert tool.refreshes(token).error == OVER
    assert Grant.objects.get().end_reason == ""


@pytest.mark.parametrize(
    "scope", ["arn:aws:iam::123456789012:policy/\x00", "arn:aws:iam::111122223333:policy/Agents", "\x00", "arn:aws:iam::aws:policy/Nothing"]
)
def test_oa_13_a_scope_that_is_no_policy_of_the_account_is_refused(world: World, scope: str) -> None:
    token = Tool().signs_in(session_of(somebody("123456789012", "standalone@example.com"))).body["idToken"]
    assert exchange(token, scope=scope).body["error"] == "invalid_scope"


def test_oa_15_through_a_vpc_endpoint_no_other_region_is_asked(visitor: Visitor, iam_user: Person, tool: Tool) -> None:
    endpoint = {"vpc": "vpc-12345678", "vpce": "vpce-0a1b2c3d", "vpc_source_ip": "10.1.2.3", "region": "ap-northeast-1"}
    moved = visitor.client.post("/training/api/network", json.dumps(endpoint), "application/json", headers={"X-Training": "1"})
    assert moved.status_code == 200
    assert "region=ap-northeast-1" in asks(visitor, tool, region="eu-west-1").headers["Location"]


def test_oa_18_who_has_no_password_is_not_approved_either(world: World, tool: Tool) -> None:
    newcomer("Nikki")
    person = {"url": f"http://localhost:8000{address(tool)}", "account": "111122223333", "username": "Nikki"}
    assert approve(person).status_code == 403
