"""Whose a key is, and why somebody was refused."""

import json
from datetime import timedelta

import pytest

from accounts.models import AccessKey
from policies.models import PolicyDocument
from portal.core import clock
from portal.core.tokens import seal_packed
from portal.trail.models import Event
from tests.awsapi.program import Program
from tests.policies.enforcement.guarded import attach, deny

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_the_account_of_a_key_is_told_whatever_its_state(administrator: Program, member_administrator: Program) -> None:
    AccessKey.objects.filter(pk=member_administrator.key_id).update(is_active=False)
    assert administrator.answered("sts", "GetAccessKeyInfo", AccessKeyId=member_administrator.key_id)["Account"] == "444455556666"
    unknown = administrator.refused("sts", "GetAccessKeyInfo", AccessKeyId="SKIAAAAAAAAAAAAAAAAA")
    assert unknown.code == "ValidationError"
    assert administrator.refused("sts", "GetAccessKeyInfo", AccessKeyId="short").code == "ValidationError"


def test_a_sessions_own_key_is_known_to_itself(administrator: Program) -> None:
    role = administrator.answered(
        "sts", "AssumeRole", RoleArn="arn:aws:iam::444455556666:role/OrganizationAccountAccessRole", RoleSessionName="drill"
    )
    session = administrator.within(role["Credentials"])
    assert session.answered("sts", "GetAccessKeyInfo", AccessKeyId=session.key_id)["Account"] == "444455556666"
    assert administrator.refused("sts", "GetAccessKeyInfo", AccessKeyId=session.key_id).code == "ValidationError"


def denied_message(reader: Program) -> str:
    return reader.refused("signin", "PutResourcePermissionStatement", sourceIp="203.0.113.1").encoded


def test_a_denial_carries_its_reasons_for_those_who_may_decode_them(administrator: Program, reader: Program) -> None:
    encoded = denied_message(reader)
    assert 0 < len(encoded) <= 10240
    assert "Encoded" not in json.loads(Event.objects.latest("id").record)["errorMessage"]
    assert reader.refused("sts", "DecodeAuthorizationMessage", EncodedMessage=encoded).code == "AccessDenied"
    decoded = json.loads(administrator.answered("sts", "DecodeAuthorizationMessage", EncodedMessage=encoded)["DecodedMessage"])
    assert (decoded["allowed"], decoded["explicitDeny"]) == (False, False)
    assert decoded["matchedStatements"] == {"items": []}
    assert decoded["failures"]["items"] == [{"reason": "no policy allows this"}]
    context = decoded["context"]
    assert context["principal"]["arn"] == "arn:aws:iam::111122223333:user/Richard_Roe"
    assert (context["action"], context["resource"]) == ("signin:PutResourcePermissionStatement", "*")
    conditions = {item["key"]: [value["value"] for value in item["values"]["items"]] for item in context["conditions"]["items"]}
    assert conditions["aws:username"] == ["Richard_Roe"]
    assert conditions["aws:SourceIp"] == ["127.0.0.1"]


def test_an_explicit_denial_names_its_statement(member_administrator: Program) -> None:
    attach(PolicyDocument.Type.SCP, deny("signin:Put*"), "444455556666")
    failed = member_administrator.refused("signin", "PutResourcePermissionStatement", sourceIp="203.0.113.1")
    decoded = json.loads(member_administrator.answered("sts", "DecodeAuthorizationMessage", EncodedMessage=failed.encoded)["DecodedMessage"])
    assert decoded["explicitDeny"] is True
    (statement,) = decoded["matchedStatements"]["items"]
    assert statement["effect"] == "DENY"
    assert statement["actions"]["items"] == [{"value": "signin:Put*"}]


def test_a_message_is_of_one_account_and_expires(administrator: Program, member_administrator: Program, reader: Program) -> None:
    encoded = denied_message(reader)
    for program, message in (
        (member_administrator, encoded),
        (administrator, encoded[:-4] + "AAAA"),
        (administrator, "nonsense"),
        (administrator, seal_packed('{"for":"something else"}')),
        (administrator, seal_packed("[]")),
    ):
        assert program.refused("sts", "DecodeAuthorizationMessage", EncodedMessage=message).code == "InvalidAuthorizationMessageException"
    clock.advance(timedelta(hours=13))
    assert administrator.refused("sts", "DecodeAuthorizationMessage", EncodedMessage=encoded).code == "InvalidAuthorizationMessageException"


def test_a_role_that_may_not_be_there_carries_nothing(reader: Program) -> None:
    for role in ("Admin", "Nobody"):
        failed = reader.refused("sts", "AssumeRole", RoleArn=f"arn:aws:iam::111122223333:role/{role}", RoleSessionName="drill")
        assert (failed.code, failed.encoded) == ("AccessDenied", "")
