"""CloudTrail: the portal's events, as the caller's account may look them up."""

import json
from datetime import timedelta
from typing import Any

import pytest

from portal.core import arns, clock
from portal.network.origin import Origin
from portal.trail.identity import Identity
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.trail.record import record
from tests.awsapi.program import Program

ROLE = "arn:aws:iam::444455556666:role/OrganizationAccountAccessRole"
ORIGIN = Origin(address="203.0.113.10", region="us-east-1", regional=True, user_agent="tests", host="localhost")


def happen(
    name: EventName = EventName.CONSOLE_LOGIN, *, account: str = "111122223333", region: str = "us-east-1", who: Identity | None = None
) -> str:
    """Write an event and return its ID."""
    identity = who or Identity.iam_user(account, "Carlos", "AIDAEXAMPLE", arns.user_arn(account, "Carlos"))
    return str(record(name, identity=identity, origin=ORIGIN, succeeded=True, region=region).event_id)


def looked_up(program: Program, **parameters: Any) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = program.answered("cloudtrail", "LookupEvents", **parameters)["Events"]
    return events


def by(key: str, value: str) -> dict[str, Any]:
    return {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}


def test_an_event_has_what_lists_show_and_the_whole_record(administrator: Program) -> None:
    event_id = happen()
    (found,) = looked_up(administrator, **by("EventId", event_id))
    whole = json.loads(found.pop("CloudTrailEvent"))
    assert whole["eventID"] == event_id
    assert abs(found.pop("EventTime") - clock.now()) < timedelta(minutes=1)
    assert found == {
        "EventId": event_id,
        "EventName": "ConsoleLogin",
        "ReadOnly": "false",
        "EventSource": "signin.amazonaws.com",
        "Username": "Carlos",
        "Resources": [],
    }


def test_newest_first_and_only_of_the_own_account_and_region(administrator: Program) -> None:
    first, second = happen(), happen()
    happen(account="444455556666")
    elsewhere = happen(region="eu-west-1")
    found = [event["EventId"] for event in looked_up(administrator, **by("EventName", "ConsoleLogin"))]
    assert found == [second, first]
    assert [event["EventId"] for event in looked_up(administrator.in_region("eu-west-1"))] == [elsewhere]


def test_what_only_the_simulator_knows_is_not_found(administrator: Program) -> None:
    happen(EventName.SESSION_ENDED)
    assert all(event["EventName"] != "SessionEnded" for event in looked_up(administrator))
    assert looked_up(administrator, **by("EventName", "SessionEnded")) == []


def test_each_attribute_finds_its_own(administrator: Program) -> None:
    login = happen()
    root = happen(who=Identity.root("111122223333", "anycompany"))
    administrator.answered("sts", "AssumeRole", RoleArn=ROLE, RoleSessionName="drill")
    assert [event["EventId"] for event in looked_up(administrator, **by("Username", "root"))] == [root]
    assert login in [event["EventId"] for event in looked_up(administrator, **by("Username", "Carlos"))]
    assert [event["EventName"] for event in looked_up(administrator, **by("ResourceName", ROLE))] == ["AssumeRole"]
    assert [event["EventName"] for event in looked_up(administrator, **by("ResourceType", "AWS::IAM::Role"))] == ["AssumeRole"]
    assert {event["EventSource"] for event in looked_up(administrator, **by("EventSource", "sts.amazonaws.com"))} == {"sts.amazonaws.com"}
    assert {event["ReadOnly"] for event in looked_up(administrator, **by("ReadOnly", "true"))} == {"true"}
    assert "AssumeRole" in [event["EventName"] for event in looked_up(administrator, **by("AccessKeyId", administrator.key_id))]
    (assumed,) = looked_up(administrator, **by("EventName", "AssumeRole"))
    assert assumed["Resources"] == [{"ResourceType": "AWS::IAM::Role", "ResourceName": ROLE}]


def test_the_member_account_finds_the_call_across_accounts_and_its_sessions_by_name(administrator: Program) -> None:
    answer = administrator.answered("sts", "AssumeRole", RoleArn=ROLE, RoleSessionName="drill")
    session = administrator.within(answer["Credentials"])
    session.answered("sts", "GetCallerIdentity")
    assert [event["EventName"] for event in looked_up(session, **by("Username", "drill"))] == ["GetCallerIdentity"]
    assert "AssumeRole" in [event["EventName"] for event in looked_up(session)]


def test_times_bound_what_is_found(administrator: Program) -> None:
    early = happen()
    clock.advance(timedelta(hours=2))
    late = happen()
    middle = clock.now() - timedelta(hours=1)
    logins = by("EventName", "ConsoleLogin")
    assert [event["EventId"] for event in looked_up(administrator, StartTime=middle, **logins)] == [late]
    assert [event["EventId"] for event in looked_up(administrator, EndTime=middle, **logins)] == [early]
    failed = administrator.refused("cloudtrail", "LookupEvents", StartTime=clock.now(), EndTime=middle)
    assert (failed.code, failed.status) == ("InvalidTimeRangeException", 400)


def test_events_are_found_for_ninety_days(administrator: Program) -> None:
    happen()
    clock.advance(timedelta(days=91))
    assert looked_up(administrator, **by("EventName", "ConsoleLogin")) == []


def test_pages_lead_through_all_of_it(administrator: Program) -> None:
    made = [happen() for _ in range(5)]
    found: list[str] = []
    more: dict[str, Any] = {}
    while True:
        answer = administrator.answered("cloudtrail", "LookupEvents", MaxResults=2, **by("EventName", "ConsoleLogin"), **more)
        found += [event["EventId"] for event in answer["Events"]]
        if "NextToken" not in answer:
            break
        more = {"NextToken": answer["NextToken"]}
    assert found == made[::-1]


def test_a_token_is_good_for_its_own_search_only(administrator: Program, member_administrator: Program) -> None:
    for _ in range(3):
        happen()
    token = administrator.answered("cloudtrail", "LookupEvents", MaxResults=1, **by("EventName", "ConsoleLogin"))["NextToken"]
    for program, parameters in (
        (administrator, {"NextToken": token}),
        (administrator, {"NextToken": "x" * 20, **by("EventName", "ConsoleLogin")}),
        (administrator, {"NextToken": "é", **by("EventName", "ConsoleLogin")}),
        (member_administrator, {"NextToken": token, **by("EventName", "ConsoleLogin")}),
    ):
        assert program.refused("cloudtrail", "LookupEvents", **parameters).code == "InvalidNextTokenException"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "a"}] * 2}, "InvalidLookupAttributesException"),
        ({"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": ""}]}, "ValidationException"),
        ({"LookupAttributes": [{"AttributeKey": "Nothing", "AttributeValue": "a"}]}, "ValidationException"),
        ({"LookupAttributes": [{"AttributeKey": "EventName"}]}, "ValidationException"),
        ({"MaxResults": 51}, "ValidationException"),
        ({"MaxResults": 0}, "ValidationException"),
    ],
)
def test_what_is_wrong_with_a_call_is_told(administrator: Program, parameters: dict[str, Any], code: str) -> None:
    failed = administrator.refused("cloudtrail", "LookupEvents", **parameters)
    assert (failed.code, failed.status) == (code, 400)


def test_a_lookup_is_an_event_too(administrator: Program) -> None:
    looked_up(administrator, MaxResults=3)
    found = Event.objects.latest("id")
    assert (found.event_name, json.loads(found.record)["requestParameters"]) == ("LookupEvents", {"maxResults": 3})
