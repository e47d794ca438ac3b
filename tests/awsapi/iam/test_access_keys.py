"""Access keys by call: made, listed, switched, deleted, and when they were last used."""

import json

from portal.core import clock
from portal.trail.models import Event
from tests.awsapi.conftest import key_of
from tests.awsapi.iam.accounts import ACCOUNT, newcomer, policy
from tests.awsapi.iam.test_users import give
from tests.awsapi.program import Program
from tests.fixtures.people import World


def test_a_key_that_was_made_signs_until_it_is_switched_off_or_deleted(administrator: Program) -> None:
    administrator.answered("iam", "CreateUser", UserName="Nikki")
    made = administrator.answered("iam", "CreateAccessKey", UserName="Nikki")["AccessKey"]
    assert (made["UserName"], made["Status"], made["AccessKeyId"][:4]) == ("Nikki", "Active", "SKIA")
    nikki = Program(made["AccessKeyId"], made["SecretAccessKey"])
    nikki.answered("sts", "GetCallerIdentity")
    named = {"UserName": "Nikki", "AccessKeyId": made["AccessKeyId"]}
    administrator.answered("iam", "UpdateAccessKey", Status="Inactive", **named)
    administrator.answered("iam", "UpdateAccessKey", Status="Inactive", **named)
    assert nikki.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    assert administrator.answered("iam", "ListAccessKeys", UserName="Nikki")["AccessKeyMetadata"][0]["Status"] == "Inactive"
    administrator.answered("iam", "UpdateAccessKey", Status="Active", **named)
    nikki.answered("sts", "GetCallerIdentity")
    administrator.answered("iam", "DeleteAccessKey", **named)
    assert nikki.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    failed = administrator.refused("iam", "DeleteAccessKey", **named)
    assert (failed.code, failed.status, failed.message) == ("NoSuchEntity", 404, f"The Access Key with id {made['AccessKeyId']} cannot be found.")


def test_ak_nobody_has_more_than_two(administrator: Program) -> None:
    administrator.answered("iam", "CreateAccessKey")
    failed = administrator.refused("iam", "CreateAccessKey")
    assert (failed.code, failed.status) == ("LimitExceeded", 409)


def test_pages_go_on_by_key(administrator: Program) -> None:
    administrator.answered("iam", "CreateAccessKey")
    first = administrator.answered("iam", "ListAccessKeys", MaxItems=1)
    second = administrator.answered("iam", "ListAccessKeys", MaxItems=1, Marker=first["Marker"])
    assert (first["IsTruncated"], second["IsTruncated"]) == (True, False)
    ids = [answer["AccessKeyMetadata"][0]["AccessKeyId"] for answer in (first, second)]
    assert ids == [key["AccessKeyId"] for key in administrator.answered("iam", "ListAccessKeys")["AccessKeyMetadata"]]
    assert administrator.refused("iam", "ListAccessKeys", UserName="alice", Marker=first["Marker"]).code == "ValidationError"


def test_a_root_user_has_keys_of_its_own(root_program: Program) -> None:
    made = root_program.answered("iam", "CreateAccessKey")["AccessKey"]
    assert "UserName" not in made
    assert len(root_program.answered("iam", "ListAccessKeys")["AccessKeyMetadata"]) == 2
    root_program.answered("iam", "DeleteAccessKey", AccessKeyId=made["AccessKeyId"])


def test_a_key_of_somebody_else_is_not_found(administrator: Program, reader: Program, member_administrator: Program) -> None:
    for program, named in ((administrator, {"UserName": "alice"}), (administrator, {}), (member_administrator, {"UserName": "Mary_Major"})):
        for operation, more in (("DeleteAccessKey", {}), ("UpdateAccessKey", {"Status": "Inactive"})):
            assert program.refused("iam", operation, AccessKeyId=reader.key_id, **named, **more).code == "NoSuchEntity"
    assert member_administrator.refused("iam", "GetAccessKeyLastUsed", AccessKeyId=reader.key_id).code == "NoSuchEntity"
    reader.answered("sts", "GetCallerIdentity")


def test_the_last_use_is_told(administrator: Program) -> None:
    made = administrator.answered("iam", "CreateAccessKey")["AccessKey"]
    unused = administrator.answered("iam", "GetAccessKeyLastUsed", AccessKeyId=made["AccessKeyId"])
    assert unused == {"UserName": "Carlos", "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}
    Program(made["AccessKeyId"], made["SecretAccessKey"], region="eu-west-1").answered("sts", "GetCallerIdentity")
    used = administrator.answered("iam", "GetAccessKeyLastUsed", AccessKeyId=made["AccessKeyId"])["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("sts", "eu-west-1")
    assert abs((used["LastUsedDate"] - clock.now()).total_seconds()) < 60


def test_keys_of_this_simulation_do_not_expire(administrator: Program) -> None:
    failed = administrator.refused("iam", "UpdateAccessKey", AccessKeyId=administrator.key_id, Status="Expired")
    assert (failed.code, failed.status) == ("InvalidInput", 400)


def test_leak_the_secret_is_answered_once_and_recorded_never(administrator: Program) -> None:
    made = administrator.answered("iam", "CreateAccessKey", UserName="alice")["AccessKey"]
    events = list(Event.objects.filter(event_name="CreateAccessKey").order_by("id"))
    record = json.loads(events[-1].record)
    assert record["responseElements"]["accessKey"]["accessKeyId"] == made["AccessKeyId"]
    assert all(made["SecretAccessKey"] not in event.record for event in Event.objects.all())
    assert sum(json.loads(event.record)["requestParameters"] == {"userName": "alice"} for event in events) == 1
    assert made["SecretAccessKey"] not in str(administrator.answered("iam", "ListAccessKeys", UserName="alice"))


def test_permissions_are_of_the_keys_owner(world: World) -> None:
    nikki = newcomer()
    give("Nikki", policy("iam:GetAccessKeyLastUsed", resource=f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"))
    nikki.answered("iam", "GetAccessKeyLastUsed", AccessKeyId=nikki.key_id)
    other = key_of(ACCOUNT, "alice")
    for key_id in (other.id, "SKIAEXAMPLEEXAMPLE22"):
        assert nikki.refused("iam", "GetAccessKeyLastUsed", AccessKeyId=key_id).code == "AccessDenied"
    assert nikki.refused("iam", "CreateAccessKey").code == "AccessDenied"
