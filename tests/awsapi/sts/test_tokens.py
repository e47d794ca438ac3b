"""GetSessionToken and GetFederationToken: how long, with which factor, what the credentials may call, and when they die."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from accounts.access_keys.flows import delete_key
from accounts.administration.acts import Actor
from accounts.administration.flows import disable, suspend
from accounts.credentials.flows import replace_password
from accounts.models import AccessKey, Account, Principal, Role
from mfa.models import AuthenticatorApp
from portal.core import clock
from portal.trail.models import Event
from portal.trail.names import EventName
from tests.awsapi.conftest import SHELL, key_of
from tests.awsapi.program import Program
from tests.fixtures.people import World
from tests.mfa.codes import unused_code, wrong_code
from tests.oauth.tool import Tool, session_of, somebody

pytestmark = [pytest.mark.database, pytest.mark.django_db]

OWN_ROLE = "arn:aws:iam::111122223333:role/Admin"
CARLOS = "arn:aws:iam::111122223333:user/Carlos"
INVALID = "The security token included in the request is invalid."


def session(program: Program, **parameters: Any) -> Program:
    return program.within(program.answered("sts", "GetSessionToken", **parameters)["Credentials"])


def lasts(program: Program, operation: str, **parameters: Any) -> timedelta:
    ends: timedelta = program.answered("sts", operation, **parameters)["Credentials"]["Expiration"] - clock.now()
    return timedelta(seconds=round(ends.total_seconds(), -1))


def federated(program: Program, *actions: str, name: str = "guest", **parameters: Any) -> Program:
    if actions:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        parameters["Policy"] = json.dumps({"Version": "2012-10-17", "Statement": statement})
    return program.within(program.answered("sts", "GetFederationToken", Name=name, **parameters)["Credentials"])


def last_record() -> dict[str, Any]:
    record: dict[str, Any] = json.loads(Event.objects.latest("id").record)
    return record


def operator() -> Actor:
    return Actor(Principal.objects.get(kind="operator"), SHELL)


def test_a_session_token_is_the_users_own(administrator: Program) -> None:
    program = session(administrator)
    assert re.fullmatch(r"SSIA[A-Z2-7]{16}", program.key_id)
    assert program.answered("sts", "GetCallerIdentity")["Arn"] == CARLOS
    program.answered("signin", "ListResourcePermissionStatements")
    identity = last_record()["userIdentity"]
    assert (identity["type"], identity["accessKeyId"]) == ("IAMUser", program.key_id)
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"


def test_the_event_holds_no_secret(administrator: Program) -> None:
    program = session(administrator)
    event = Event.objects.latest("id")
    assert event.event_name == "GetSessionToken"
    assert json.loads(event.record)["responseElements"]["credentials"]["accessKeyId"] == program.key_id
    assert program.secret not in event.record
    assert program.token not in event.record


def test_how_long_a_session_lasts(administrator: Program, root_program: Program) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    for operation, more in (("GetSessionToken", {}), ("GetFederationToken", {"Name": "guest", "Policy": policy})):
        assert lasts(administrator, operation, **more) == timedelta(hours=12)
        assert lasts(administrator, operation, DurationSeconds=129600, **more) == timedelta(hours=36)
        assert lasts(administrator, operation, DurationSeconds=900, **more) == timedelta(minutes=15)
        assert lasts(root_program, operation, **more) == timedelta(hours=1)
        assert lasts(root_program, operation, DurationSeconds=43200, **more) == timedelta(hours=1)
        assert lasts(root_program, operation, DurationSeconds=900, **more) == timedelta(minutes=15)
        for seconds in (899, 129601):
            assert administrator.refused("sts", operation, DurationSeconds=seconds, **more).code == "ValidationError"


def test_a_session_token_expires(administrator: Program) -> None:
    program = session(administrator, DurationSeconds=900)
    clock.advance(timedelta(minutes=14))
    program.answered("sts", "GetCallerIdentity")
    clock.advance(timedelta(minutes=2))
    assert program.refused("sts", "GetCallerIdentity").code == "ExpiredToken"


def test_mfa_05_a_code_makes_a_session_with_a_second_factor_and_counts_once(world: World) -> None:
    alice = Program.of(key_of("111122223333", "alice"))
    app = AuthenticatorApp.objects.get(user__account="111122223333", user__name="alice")
    wrong = alice.refused("sts", "GetSessionToken", SerialNumber=app.serial, TokenCode=wrong_code(app))
    assert (wrong.code, wrong.message) == ("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.")
    code = unused_code(world["111122223333", "alice"])
    other = alice.refused("sts", "GetSessionToken", SerialNumber="arn:aws:iam::111122223333:mfa/other", TokenCode=wrong_code(app))
    assert other.code == "AccessDenied"
    program = session(alice, SerialNumber=app.serial, TokenCode=code)
    assert alice.refused("sts", "GetSessionToken", SerialNumber=app.serial, TokenCode=code).code == "AccessDenied"
    program.calls("signin", "ListResourcePermissionStatements")
    assert last_record()["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::111122223333:user/alice"}}
    trust["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    Role.objects.filter(name="Admin").update(trust=json.dumps({"Version": "2012-10-17", "Statement": trust}))
    program.answered("sts", "AssumeRole", RoleArn=OWN_ROLE, RoleSessionName="drill")
    assert session(alice).refused("sts", "AssumeRole", RoleArn=OWN_ROLE, RoleSessionName="drill").code == "AccessDenied"


def test_thr_07_codes_cannot_be_guessed_here(world: World) -> None:
    alice = Program.of(key_of("111122223333", "alice"))
    app = AuthenticatorApp.objects.get(user__account="111122223333", user__name="alice")
    for _try in range(5):
        alice.refused("sts", "GetSessionToken", SerialNumber=app.serial, TokenCode=wrong_code(app))
    code = unused_code(world["111122223333", "alice"])
    assert alice.refused("sts", "GetSessionToken", SerialNumber=app.serial, TokenCode=code).code == "AccessDenied"


def test_no_policy_denies_a_session_token(reader: Program) -> None:
    session(reader).answered("sts", "GetCallerIdentity")


def test_session_credentials_call_little_of_sts_and_no_iam(administrator: Program) -> None:
    program = session(administrator)
    program.answered("sts", "AssumeRole", RoleArn=OWN_ROLE, RoleSessionName="drill")
    for operation, parameters in (
        ("GetSessionToken", {}),
        ("GetFederationToken", {"Name": "guest"}),
        ("GetAccessKeyInfo", {"AccessKeyId": administrator.key_id}),
        ("DecodeAuthorizationMessage", {"EncodedMessage": "x"}),
    ):
        failed = program.refused("sts", operation, **parameters)
        assert (failed.code, failed.message) == ("AccessDenied", f"Cannot call {operation} with session credentials")
    failed = program.refused("iam", "ListUsers")
    assert (failed.code, failed.message) == ("InvalidClientTokenId", INVALID)


def test_with_a_second_factor_they_call_iam(world: World) -> None:
    app = AuthenticatorApp.objects.get(user__account="111122223333", user__name="alice")
    alice = Program.of(key_of("111122223333", "alice"))
    assert session(alice).refused("iam", "ListUsers").code == "InvalidClientTokenId"
    program = session(alice, SerialNumber=app.serial, TokenCode=unused_code(world["111122223333", "alice"]))
    found = program.calls("iam", "ListUsers")
    assert getattr(found, "code", "") != "InvalidClientTokenId"


def test_roles_and_programs_get_no_session_token(administrator: Program, world: World) -> None:
    role = administrator.within(administrator.answered("sts", "AssumeRole", RoleArn=OWN_ROLE, RoleSessionName="drill")["Credentials"])
    login = Tool().signs_in(session_of(somebody("123456789012", "standalone@example.com"))).program()
    for program in (role, login):
        assert program.refused("sts", "GetSessionToken").message == "Cannot call GetSessionToken with session credentials"
        assert program.refused("sts", "GetFederationToken", Name="guest").code == "AccessDenied"
        program.answered("sts", "GetAccessKeyInfo", AccessKeyId=administrator.key_id)


def test_a_federated_user_may_do_what_both_its_policy_and_the_user_may(administrator: Program, reader: Program) -> None:
    answer = administrator.answered("sts", "GetFederationToken", Name="guest", PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}])
    arn = "arn:aws:sts::111122223333:federated-user/guest"
    assert answer["FederatedUser"] == {"FederatedUserId": "111122223333:guest", "Arn": arn}
    assert 0 < answer["PackedPolicySize"] <= 100
    guest = administrator.within(answer["Credentials"])
    assert guest.answered("sts", "GetCallerIdentity") == {"UserId": "111122223333:guest", "Account": "111122223333", "Arn": arn}
    guest.answered("signin", "ListResourcePermissionStatements")
    identity = last_record()["userIdentity"]
    assert (identity["type"], identity["principalId"], identity["arn"]) == ("FederatedUser", "111122223333:guest", arn)
    assert identity["sessionContext"]["sessionIssuer"]["arn"] == CARLOS
    failed = guest.refused("signin", "PutResourcePermissionStatement", sourceIp="203.0.113.1")
    assert f"User: {arn} is not authorized" in failed.message
    federated(administrator, "signin:*").answered("signin", "PutResourcePermissionStatement", sourceIp="203.0.113.1")
    assert reader.refused("sts", "GetFederationToken", Name="guest").code == "AccessDenied"


def test_a_federated_user_without_policies_may_do_nothing(administrator: Program) -> None:
    guest = federated(administrator)
    guest.answered("sts", "GetCallerIdentity")
    assert guest.refused("signin", "ListResourcePermissionStatements").code == "AccessDeniedException"


def test_a_root_users_federated_user_has_its_policies_alone(root_program: Program) -> None:
    guest = federated(root_program, "signin:List*")
    guest.answered("signin", "ListResourcePermissionStatements")
    assert guest.refused("signin", "PutResourcePermissionStatement", sourceIp="203.0.113.1").code == "AccessDeniedException"
    assert guest.answered("sts", "GetCallerIdentity")["Arn"] == "arn:aws:sts::123456789012:federated-user/guest"


def test_federated_users_call_nothing_of_sts_and_iam(administrator: Program) -> None:
    guest = federated(administrator, "*")
    assert guest.refused("sts", "AssumeRole", RoleArn=OWN_ROLE, RoleSessionName="drill").code == "AccessDenied"
    assert guest.refused("sts", "GetSessionToken").code == "AccessDenied"
    assert guest.refused("iam", "ListUsers").code == "InvalidClientTokenId"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"Name": "a"}, "ValidationError"),
        ({"Name": "a b"}, "ValidationError"),
        ({"Name": "x" * 33}, "ValidationError"),
        ({"Policy": "{"}, "MalformedPolicyDocument"),
        ({"Policy": "x" * 2049}, "ValidationError"),
        ({"Policy": "x" * 2000, "PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]}, "MalformedPolicyDocument"),
        ({"PolicyArns": [{"arn": f"arn:aws:iam::aws:policy/{'x' * 200}"}] * 10, "Policy": "{}"}, "PackedPolicyTooLarge"),
        ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/Nothing"}]}, "MalformedPolicyDocument"),
        ({"Tags": [{"Key": "a", "Value": "b"}]}, "ValidationError"),
    ],
)
def test_what_is_wrong_with_a_call_is_told(administrator: Program, parameters: dict[str, Any], code: str) -> None:
    assert administrator.refused("sts", "GetFederationToken", **{"Name": "guest", **parameters}).code == code


def test_ak_they_die_with_the_user_and_the_account_within_one_request(administrator: Program) -> None:
    programs = (session(administrator), federated(administrator, "*"))
    carlos = Principal.objects.get(name="Carlos", account="111122223333")
    for program in programs:
        program.answered("sts", "GetCallerIdentity")
    disable(carlos, by=operator())
    for program in programs:
        assert program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    Principal.objects.get(pk=carlos.pk).delete()
    for program in programs:
        assert program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"


def test_ak_they_die_with_the_account(root_program: Program) -> None:
    programs = (session(root_program), federated(root_program, "*"))
    suspend(Account.objects.get(pk="123456789012"), by=operator())
    for program in (root_program, *programs):
        assert program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"


def test_ak_they_outlive_the_key_that_asked_for_them_as_in_the_cloud(administrator: Program) -> None:
    program = session(administrator)
    carlos = Principal.objects.get(name="Carlos", account="111122223333")
    delete_key(AccessKey.objects.get(pk=administrator.key_id), origin=SHELL, by=carlos)
    assert administrator.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    program.answered("sts", "GetCallerIdentity")


def test_ses_05_a_new_password_ends_what_a_sign_in_gave_and_no_session_of_a_key(administrator: Program) -> None:
    carlos = Principal.objects.get(name="Carlos", account="111122223333")
    login, by_key = Tool().signs_in(session_of(carlos)).program(), session(administrator)
    login.answered("sts", "GetCallerIdentity")
    replace_password(carlos, "A-brand-new-passphrase-7", event=EventName.CHANGE_PASSWORD, origin=SHELL)
    assert login.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    by_key.answered("sts", "GetCallerIdentity")


def test_a_program_signed_in_assumes_roles(administrator: Program, world: World) -> None:
    Role.objects.update(max_session_seconds=43200)
    login = Tool().signs_in(session_of(Principal.objects.get(name="Carlos", account="111122223333"))).program()
    for program in (login, session(administrator)):
        answer = program.answered("sts", "AssumeRole", RoleArn=OWN_ROLE, RoleSessionName="drill", DurationSeconds=7200)
        assert answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::111122223333:assumed-role/Admin/drill"
