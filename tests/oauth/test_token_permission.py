"""Who may sign programs in: policies are asked at the code and at every refresh."""

import json

import pytest

from accounts.models import Principal, SignInSession
from accounts.oauth.clients import CROSS_DEVICE_ID
from policies.models import PolicyDocument
from portal.trail.models import Event
from portal.trail.names import EventName
from tests.fixtures.people import World
from tests.oauth.refusals import NOT_PERMITTED
from tests.oauth.tool import Tool, session_of, somebody
from tests.policies.enforcement.guarded import ORGANIZATION, ROOT, attach, document, guard

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_who_has_no_permission_is_told_which_and_keeps_the_sign_in(world: World, tool: Tool) -> None:
    refused = tool.redeems(tool.code(session_of(somebody("111122223333", "Richard_Roe"))))
    assert refused.error == NOT_PERMITTED
    assert "signin:CreateOAuth2Token" in refused.body["message"]
    assert "arn:aws:signin:us-east-1:111122223333:oauth2/public-client/localhost" in refused.body["message"]
    event = Event.objects.get(event_name=EventName.CREATE_OAUTH2_TOKEN)
    assert not event.succeeded
    assert json.loads(event.note)["decision"]["effect"] == "Deny"


def test_one_device_may_be_allowed_and_the_other_denied(developer: Principal, session: SignInSession) -> None:
    text = document(
        {"Effect": "Deny", "Action": "signin:CreateOAuth2Token", "Resource": "arn:aws:signin:*:*:oauth2/public-client/remote", "Sid": "NoRemote"}
    )
    attach(PolicyDocument.Type.IDENTITY, text, developer.arn, account="111122223333")
    here, elsewhere = Tool(), Tool(CROSS_DEVICE_ID)
    assert here.signs_in(session).status == 200
    assert elsewhere.redeems(elsewhere.code(session)).error == NOT_PERMITTED
    note = json.loads(Event.objects.filter(event_name=EventName.CREATE_OAUTH2_TOKEN, succeeded=False).get().note)
    assert note["decision"]["deciding"][0]["sid"] == "NoRemote"


def test_oa_04_a_policy_attached_since_stops_retries_and_refreshes_and_its_removal_lets_them_go_on(
    tool: Tool, session: SignInSession, developer: Principal
) -> None:
    code = tool.code(session)
    token = tool.redeems(code).refresh_token
    text = document({"Effect": "Deny", "Action": "signin:*", "Resource": "*"})
    row = attach(PolicyDocument.Type.IDENTITY, text, developer.arn, account="111122223333")
    assert tool.redeems(code).error == NOT_PERMITTED
    assert tool.refreshes(token).error == NOT_PERMITTED
    row.delete()
    assert tool.redeems(code).status == 200
    assert tool.refreshes(token).status == 200


def test_a_service_control_policy_counts_for_the_root_user_of_a_member(world: World, tool: Tool) -> None:
    root = Principal.objects.select_related("account").get(kind="root", account_id="444455556666")
    token = tool.signs_in(session_of(root)).refresh_token
    attach(PolicyDocument.Type.SCP, document({"Effect": "Deny", "Action": "signin:CreateOAuth2Token", "Resource": "*"}), ROOT)
    assert ORGANIZATION
    assert tool.refreshes(token).error == NOT_PERMITTED


def test_console_access_control_is_asked_with_the_programs_own_address(world: World) -> None:
    root = somebody("123456789012", "standalone@example.com")
    tool = Tool()
    token = tool.signs_in(session_of(root)).refresh_token
    guard("123456789012")
    refused = tool.refreshes(token)
    assert refused.error == NOT_PERMITTED
    assert "different network" in refused.body["message"]
