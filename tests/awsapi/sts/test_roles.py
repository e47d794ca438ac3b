"""Security Token Service: whose credentials these are, and sessions of roles by their trust policies."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.access_keys import temporary
from accounts.models import Account, Principal, Role, RolePolicy
from mfa.models import AuthenticatorApp
from portal.core import clock
from portal.core.tokens import seal
from portal.trail.models import Event
from tests.awsapi.conftest import key_of
from tests.awsapi.program import Program
from tests.fixtures.people import World
from tests.mfa.codes import unused_code, wrong_code

MEMBER_ROLE = "arn:aws:iam::444455556666:role/OrganizationAccountAccessRole"
OWN_ROLE = "arn:aws:iam::111122223333:role/Admin"
NOT_AUTHORIZED = "User: {} is not authorized to perform: sts:AssumeRole on resource: {}"


def assume(program: Program, role: str = MEMBER_ROLE, **parameters: Any) -> tuple[Program, dict[str, Any]]:
    answer = program.answered("sts", "AssumeRole", RoleArn=role, **{"RoleSessionName": "drill", **parameters})
    return program.within(answer["Credentials"]), answer


def trust(role: str, **statement: Any) -> None:
    """Let a role trust what the statement says."""
    whole = {"Effect": "Allow", "Action": "sts:AssumeRole", **statement}
    account, name = role.split(":")[4], role.rpartition("/")[2]
    Role.objects.filter(account=account, name=name).update(trust=json.dumps({"Version": "2012-10-17", "Statement": whole}))


def test_an_iam_user_is_told_who_it_is(administrator: Program) -> None:
    carlos = Principal.objects.get(name="Carlos")
    assert administrator.answered("sts", "GetCallerIdentity") == {
        "UserId": carlos.unique_id,
        "Account": "111122223333",
        "Arn": "arn:aws:iam::111122223333:user/Carlos",
    }


def test_a_root_user_is_told_who_it_is(root_program: Program) -> None:
    assert root_program.answered("sts", "GetCallerIdentity") == {
        "UserId": "123456789012",
        "Account": "123456789012",
        "Arn": "arn:aws:iam::123456789012:root",
    }


def test_the_organisations_role_is_assumed_and_acts_in_the_member_account(administrator: Program) -> None:
    session, answer = assume(administrator)
    role = Role.objects.get(account="444455556666")
    arn = "arn:aws:sts::444455556666:assumed-role/OrganizationAccountAccessRole/drill"
    assert answer["AssumedRoleUser"] == {"AssumedRoleId": f"{role.unique_id}:drill", "Arn": arn}
    assert re.fullmatch(r"SSIA[A-Z2-7]{16}", answer["Credentials"]["AccessKeyId"])
    assert abs(answer["Credentials"]["Expiration"] - clock.now() - timedelta(hours=1)) < timedelta(minutes=1)
    assert session.answered("sts", "GetCallerIdentity") == {"UserId": f"{role.unique_id}:drill", "Account": "444455556666", "Arn": arn}
    sid = session.answered("signin", "PutResourcePermissionStatement", sourceIp="203.0.113.1")["statementId"]
    record = json.loads(Event.objects.latest("id").record)
    assert record["recipientAccountId"] == "444455556666"
    assert record["userIdentity"]["type"] == "AssumedRole"
    assert record["userIdentity"]["accessKeyId"] == session.key_id
    assert record["userIdentity"]["sessionContext"]["sessionIssuer"] == {
        "type": "Role",
        "principalId": role.unique_id,
        "arn": MEMBER_ROLE,
        "accountId": "444455556666",
        "userName": "OrganizationAccountAccessRole",
    }
    assert record["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"
    assert sid


def test_both_accounts_are_told_of_a_role_assumed_across_them_and_no_secret_is_told(administrator: Program) -> None:
    session, _answer = assume(administrator)
    events = [event for event in Event.objects.order_by("id") if event.event_name == "AssumeRole"]
    records = [json.loads(event.record) for event in events]
    assert [record["recipientAccountId"] for record in records] == ["111122223333", "444455556666"]
    assert len({record["sharedEventID"] for record in records}) == 1
    assert records[0]["resources"] == [{"accountId": "444455556666", "type": "AWS::IAM::Role", "ARN": MEMBER_ROLE}]
    assert records[0]["responseElements"]["credentials"]["accessKeyId"] == session.key_id
    assert all(session.secret not in event.record and session.token not in event.record for event in events)


def test_within_an_account_the_trust_of_the_account_needs_a_permission_too(administrator: Program, reader: Program) -> None:
    assume(administrator, OWN_ROLE)
    failed = reader.refused("sts", "AssumeRole", RoleArn=OWN_ROLE, RoleSessionName="drill")
    assert (failed.code, failed.status) == ("AccessDenied", 403)
    assert failed.message == NOT_AUTHORIZED.format("arn:aws:iam::111122223333:user/Richard_Roe", OWN_ROLE)


def test_within_an_account_the_trust_of_one_user_is_enough_for_that_user(reader: Program) -> None:
    trust(OWN_ROLE, Principal={"AWS": "arn:aws:iam::111122223333:user/Richard_Roe"})
    assume(reader, OWN_ROLE)


def test_a_permission_without_trust_is_never_enough(administrator: Program) -> None:
    trust(OWN_ROLE, Principal={"AWS": "arn:aws:iam::111122223333:user/alice"})
    assert administrator.refused("sts", "AssumeRole", RoleArn=OWN_ROLE, RoleSessionName="drill").code == "AccessDenied"


def test_a_denial_in_the_trust_stands(administrator: Program) -> None:
    document = [
        {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
        {"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:user/Carlos"}, "Action": "sts:AssumeRole"},
    ]
    Role.objects.filter(name="Admin").update(trust=json.dumps({"Version": "2012-10-17", "Statement": document}))
    assert administrator.refused("sts", "AssumeRole", RoleArn=OWN_ROLE, RoleSessionName="drill").code == "AccessDenied"


def test_across_accounts_both_sides_must_allow(member_administrator: Program, reader: Program) -> None:
    assert member_administrator.refused("sts", "AssumeRole", RoleArn=OWN_ROLE, RoleSessionName="drill").code == "AccessDenied"
    trust(MEMBER_ROLE, Principal={"AWS": "arn:aws:iam::111122223333:user/Richard_Roe"})
    assert reader.refused("sts", "AssumeRole", RoleArn=MEMBER_ROLE, RoleSessionName="drill").code == "AccessDenied"


@pytest.mark.parametrize("resource", ["444455556666:role/Nobody", "999999999999:role/X", "444455556666:user/Mary_Major"])
def test_a_role_that_is_not_there_is_refused_alike(administrator: Program, resource: str) -> None:
    arn = f"arn:aws:iam::{resource}"
    failed = administrator.refused("sts", "AssumeRole", RoleArn=arn, RoleSessionName="drill")
    assert (failed.code, failed.message) == ("AccessDenied", NOT_AUTHORIZED.format("arn:aws:iam::111122223333:user/Carlos", arn))


def test_an_external_id_that_the_trust_asks_for_must_be_given(administrator: Program) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "contract-7"}}
    trust(MEMBER_ROLE, Principal={"AWS": "arn:aws:iam::111122223333:root"}, Condition=condition)
    assert administrator.refused("sts", "AssumeRole", RoleArn=MEMBER_ROLE, RoleSessionName="drill").code == "AccessDenied"
    assert administrator.refused("sts", "AssumeRole", RoleArn=MEMBER_ROLE, RoleSessionName="drill", ExternalId="other").code == "AccessDenied"
    assume(administrator, ExternalId="contract-7")


def test_a_role_that_wants_a_second_factor_gets_it_with_the_call_once(world: World) -> None:
    trust(OWN_ROLE, Principal={"AWS": "arn:aws:iam::111122223333:user/alice"}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    alice = Program.of(key_of("111122223333", "alice"))
    assert alice.refused("sts", "AssumeRole", RoleArn=OWN_ROLE, RoleSessionName="drill").code == "AccessDenied"
    app = AuthenticatorApp.objects.get(user__account="111122223333", user__name="alice")
    serial = app.serial
    wrong = alice.refused("sts", "AssumeRole", RoleArn=OWN_ROLE, RoleSessionName="drill", SerialNumber=serial, TokenCode=wrong_code(app))
    assert wrong.message == "MultiFactorAuthentication failed with invalid MFA one time pass code."
    code = unused_code(world["111122223333", "alice"])
    session, _answer = assume(alice, OWN_ROLE, SerialNumber=serial, TokenCode=code)
    session.answered("signin", "ListResourcePermissionStatements")
    again = alice.refused("sts", "AssumeRole", RoleArn=OWN_ROLE, RoleSessionName="drill", SerialNumber=serial, TokenCode=code)
    assert again.code == "AccessDenied"


def test_a_root_user_assumes_no_role(root_program: Program) -> None:
    failed = root_program.refused("sts", "AssumeRole", RoleArn="arn:aws:iam::123456789012:role/Admin", RoleSessionName="drill")
    assert (failed.code, failed.message) == ("AccessDenied", "Roles may not be assumed by root accounts.")


def test_a_session_lasts_as_long_as_was_asked_for_and_no_longer(administrator: Program) -> None:
    session, answer = assume(administrator, DurationSeconds=900)
    assert abs(answer["Credentials"]["Expiration"] - clock.now() - timedelta(minutes=15)) < timedelta(minutes=1)
    clock.advance(timedelta(minutes=14))
    session.answered("sts", "GetCallerIdentity")
    clock.advance(timedelta(minutes=2))
    failed = session.refused("sts", "GetCallerIdentity")
    assert (failed.code, failed.status, failed.message) == ("ExpiredToken", 403, "The security token included in the request is expired")
    assert session.refused("signin", "GetResourcePolicy").code == "ExpiredTokenException"


def test_a_session_no_longer_than_the_role_allows(administrator: Program) -> None:
    failed = administrator.refused("sts", "AssumeRole", RoleArn=MEMBER_ROLE, RoleSessionName="drill", DurationSeconds=3601)
    assert (failed.code, failed.message) == ("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    Role.objects.update(max_session_seconds=43200)
    session, _answer = assume(administrator, OWN_ROLE, DurationSeconds=43200)
    chained = session.refused("sts", "AssumeRole", RoleArn=MEMBER_ROLE, RoleSessionName="drill", DurationSeconds=3601)
    assert "role chaining" in chained.message
    assume(session, DurationSeconds=3600)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"RoleSessionName": "a b"}, "ValidationError"),
        ({"RoleSessionName": "x"}, "ValidationError"),
        ({"DurationSeconds": 899}, "ValidationError"),
        ({"Tags": [{"Key": "a", "Value": "b"}]}, "ValidationError"),
        ({"SerialNumber": "arn:aws:iam::111122223333:mfa/x"}, "ValidationError"),
        ({"Policy": "{"}, "MalformedPolicyDocument"),
        ({"Policy": "x" * 2049}, "PackedPolicyTooLarge"),
        ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/Nothing"}]}, "MalformedPolicyDocument"),
    ],
)
def test_what_is_wrong_with_a_call_is_told(administrator: Program, parameters: dict[str, Any], code: str) -> None:
    failed = administrator.refused("sts", "AssumeRole", **{"RoleArn": MEMBER_ROLE, "RoleSessionName": "drill", **parameters})
    assert (failed.code, failed.status) == (code, 400)


def test_a_session_policy_limits_a_session(administrator: Program) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "signin:List*", "Resource": "*"}})
    session, answer = assume(administrator, Policy=policy)
    assert 0 < answer["PackedPolicySize"] <= 100
    session.answered("signin", "ListResourcePermissionStatements")
    assert session.refused("signin", "PutResourcePermissionStatement", sourceIp="203.0.113.1").code == "AccessDeniedException"
    session.answered("sts", "GetCallerIdentity")
    read_only, _answer = assume(administrator, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}])
    assert read_only.refused("signin", "PutResourcePermissionStatement", sourceIp="203.0.113.1").code == "AccessDeniedException"


def test_a_session_may_do_what_its_role_may(administrator: Program) -> None:
    session, _answer = assume(administrator)
    RolePolicy.objects.update(policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    failed = session.refused("signin", "PutResourcePermissionStatement", sourceIp="203.0.113.1")
    assert "assumed-role/OrganizationAccountAccessRole/drill is not authorized" in failed.message


def test_the_name_of_who_began_it_stays_with_a_session(administrator: Program) -> None:
    failed = administrator.refused("sts", "AssumeRole", RoleArn=MEMBER_ROLE, RoleSessionName="drill", SourceIdentity="Carlos")
    assert "sts:SetSourceIdentity" in failed.message
    trust(MEMBER_ROLE, Principal={"AWS": "arn:aws:iam::111122223333:root"}, Action=["sts:AssumeRole", "sts:SetSourceIdentity"])
    _session, answer = assume(administrator, SourceIdentity="Carlos")
    assert answer["SourceIdentity"] == "Carlos"


def test_role_chaining_keeps_the_name_of_who_began_it(administrator: Program) -> None:
    both = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    trust(MEMBER_ROLE, Principal={"AWS": "arn:aws:iam::111122223333:root"}, Action=both)
    first, _answer = assume(administrator, SourceIdentity="Carlos")
    trust(MEMBER_ROLE, Principal={"AWS": MEMBER_ROLE})
    assert "sts:SetSourceIdentity" in first.refused("sts", "AssumeRole", RoleArn=MEMBER_ROLE, RoleSessionName="next").message
    trust(MEMBER_ROLE, Principal={"AWS": MEMBER_ROLE}, Action=both)
    second, answer = assume(first, RoleSessionName="next")
    assert answer["SourceIdentity"] == "Carlos"
    failed = second.refused("sts", "AssumeRole", RoleArn=MEMBER_ROLE, RoleSessionName="last", SourceIdentity="Somebody")
    assert (failed.code, "sts:SetSourceIdentity" in failed.message) == ("AccessDenied", True)
    _third, answer = assume(second, SourceIdentity="Carlos")
    assert answer["SourceIdentity"] == "Carlos"


def test_ak_a_session_dies_with_its_role_and_its_account(administrator: Program) -> None:
    session, _answer = assume(administrator)
    session.answered("sts", "GetCallerIdentity")
    account = Account.objects.get(pk="444455556666")
    account.status = "suspended"
    account.save()
    assert session.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    account.status = "active"
    account.save()
    session.answered("sts", "GetCallerIdentity")
    Role.objects.filter(account="444455556666").delete()
    assert session.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"


def test_ak_a_token_belongs_to_its_key_and_is_part_of_what_is_signed(administrator: Program) -> None:
    first, _answer = assume(administrator)
    second, _answer = assume(administrator, OWN_ROLE)
    for forged in (
        replace(first, token=second.token),
        replace(first, token=""),
        replace(first, token=first.token[:-4] + "AAAA"),
        replace(first, token="nonsense"),
        replace(first, token=seal("[]")),
        replace(first, token=seal(json.dumps({"key": first.key_id, "secret": first.secret}))),
    ):
        assert forged.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    assert replace(first, secret=second.secret).refused("sts", "GetCallerIdentity").code == "SignatureDoesNotMatch"


def test_ak_a_token_is_read_by_the_portal_alone() -> None:
    began = datetime(2026, 11, 23, tzinfo=UTC)
    session = temporary.RoleSession("AROAEXAMPLE", "drill", began, began + timedelta(hours=1), policies=("{}",), source_identity="Carlos")
    issued = temporary.issue(session)
    assert issued.secret not in issued.token
    assert issued.secret not in repr(issued)
    opened = temporary.open_token(issued.token, key_id=issued.key_id)
    assert opened is not None
    assert (opened.session, opened.secret) == (session, issued.secret)
    assert temporary.open_token(issued.token, key_id="SSIAEXAMPLEEXAMPLE22") is None
