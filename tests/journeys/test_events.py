"""Every event of signing in, whole: what the event log gives must be these records and no others (CloudTrail, console sign-in events)."""

import re
import uuid
from typing import Any

import pytest

from accounts.models import Principal
from portal.trail.models import Event
from portal.world.people import Person
from tests.fixtures.people import World
from tests.journeys.visitor import FIREFOX, Visitor

AIDA = re.compile(r"AIDA[A-Z2-7]{17}")


def record(name: str, identity: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return what a sign-in record must be, as far as it does not differ from one to the next."""
    account = identity.get("accountId", "")
    whole = {
        "eventVersion": "1.08",
        "userIdentity": identity,
        "eventSource": "signin.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": FIREFOX,
        "requestParameters": None,
        "responseElements": {name: "Success"},
        "readOnly": False,
        "eventType": "AwsConsoleSignIn",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": "localhost:8000"},
    } | more
    return {key: value for key, value in whole.items() if value != "absent"}


def login(identity: dict[str, Any], *, to: str = "http://localhost:8000/console/", **more: Any) -> dict[str, Any]:
    """Return a `ConsoleLogin` record; a failure when it has an error message."""
    extra = {"LoginTo": to, "MobileVersion": "No", "MFAUsed": "No"}
    if "errorMessage" in more:
        more["responseElements"] = {"ConsoleLogin": "Failure"}
    return record("ConsoleLogin", identity, additionalEventData=extra, **more)


def only(visitor: Visitor, account: str) -> list[dict[str, Any]]:
    """Return an account's records without what differs each time, which is looked at on the way."""
    found = visitor.events(account)
    for event in found:
        assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", event.pop("eventTime"))
        uuid.UUID(event.pop("eventID"))
        if event["eventType"] == "AwsApiCall":
            uuid.UUID(event.pop("requestID"))
    return found


def root_identity(person: Person) -> dict[str, str]:
    """Return the `userIdentity` of a root user, successful or not."""
    identity = {"type": "Root", "principalId": person.account, "arn": f"arn:aws:iam::{person.account}:root", "accountId": person.account}
    return identity | {"accessKeyId": ""} | ({"userName": person.alias} if person.alias else {})


def iam_identity(person: Person, *, failed: bool = False) -> dict[str, str]:
    """Return the `userIdentity` of an IAM user: with an ARN after a success, with an empty access key after a failure."""
    unique_id = Principal.objects.get(kind="iam_user", account_id=person.account, name=person.username).unique_id
    assert AIDA.fullmatch(unique_id)
    identity = {"type": "IAMUser", "principalId": unique_id, "accountId": person.account, "userName": person.username}
    return identity | ({"accessKeyId": ""} if failed else {"arn": f"arn:aws:iam::{person.account}:user/{person.username}"})


def test_root_user_signs_in(visitor: Visitor, root_user: Person) -> None:
    name = visitor.signs_in_as_root(root_user)
    assert only(visitor, root_user.account) == [login(root_identity(root_user), to=f"http://localhost:8000/console/{name}/home")]


def test_root_user_of_an_account_without_alias_has_no_user_name(visitor: Visitor, root_user_to_reset: Person) -> None:
    visitor.sends(visitor.reaches_root_password(root_user_to_reset), password="Not-the-password-1")
    identity = root_identity(root_user_to_reset)
    assert "userName" not in identity
    assert only(visitor, root_user_to_reset.account) == [login(identity, errorMessage="Failed authentication")]


def test_root_user_gives_a_wrong_password(visitor: Visitor, root_user: Person) -> None:
    visitor.sends(visitor.reaches_root_password(root_user), password="Not-the-password-1")
    assert only(visitor, root_user.account) == [login(root_identity(root_user), errorMessage="Failed authentication")]


def test_a_root_user_whom_no_account_has(visitor: Visitor, root_user: Person) -> None:
    page = visitor.sends(visitor.opens("/signin/root"), email="nobody@example.com")
    page = visitor.goes(visitor.passes_check(visitor.goes(page, "/signin/security-check")), "/signin/password")
    visitor.sends(page, password="Not-the-password-1")
    (event,) = only(visitor, "")
    assert event["userIdentity"] == {"type": "Root", "accessKeyId": ""}
    assert "nobody@example.com" not in str(event)


def test_iam_user_signs_in(visitor: Visitor, iam_user: Person) -> None:
    name = visitor.signs_in_as_iam_user(iam_user)
    assert only(visitor, iam_user.account) == [login(iam_identity(iam_user), to=f"http://localhost:8000/console/{name}/home")]


def test_iam_user_gives_a_wrong_password(visitor: Visitor, iam_user: Person) -> None:
    visitor.gives_iam(iam_user, username="cARLOS", password="Not-the-password-1")
    assert only(visitor, iam_user.account) == [login(iam_identity(iam_user, failed=True), errorMessage="Failed authentication")]


def test_a_user_name_that_the_account_does_not_have_is_hidden(visitor: Visitor, iam_user: Person) -> None:
    visitor.gives_iam(iam_user, username="My-secret-typed-in-the-wrong-box")
    identity = {"type": "IAMUser", "accountId": iam_user.account, "accessKeyId": "", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    assert only(visitor, iam_user.account) == [login(identity, errorMessage="No username found in supplied account")]


def test_a_phone_is_a_mobile_version(world: World, iam_user: Person) -> None:
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"
    phone = Visitor(user_agent=agent)
    phone.signs_in_as_iam_user(iam_user)
    (event,) = phone.events(iam_user.account)
    assert event["additionalEventData"]["MobileVersion"] == "Yes"
    assert event["userAgent"] == agent


@pytest.mark.parametrize("succeeds", [True, False])
def test_the_region_of_delivery_of_an_iam_user(visitor: Visitor, iam_user: Person, succeeds: bool) -> None:
    """The global endpoint delivers to us-east-1, or elsewhere once the browser remembers an account; a regional one to its region."""
    password = iam_user.password if succeeds else "Not-the-password-1"

    def region(address: str) -> Any:
        visitor.gives_iam(iam_user, password=password, address=address)
        return visitor.events(iam_user.account)[-1]["awsRegion"]

    assert region("/console/?add=1&user=iam") == "us-east-1"
    assert region("/console/?add=1&user=iam&region=eu-central-1") == "eu-central-1"
    visitor.client.cookies["account"] = f"{iam_user.account}|{iam_user.username}"
    visitor.client.cookies.pop("attempt", None)
    assert region("/console/?add=1&user=iam") == "us-east-2"


def test_signing_out(visitor: Visitor, iam_user: Person) -> None:
    visitor.walks(visitor.sends_sign_out(visitor.signs_in_as_iam_user(iam_user)))
    _, event = only(visitor, iam_user.account)
    assert event == record("ConsoleLogout", iam_identity(iam_user))


def test_a_password_recovery(visitor: Visitor, root_user: Person) -> None:
    page = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email=root_user.email), "/password/forgot/security-check")
    visitor.goes(visitor.passes_check(page), "/password/forgot/sent")
    (link,) = visitor.newest_mail(root_user.email)["links"]
    page = visitor.goes(visitor.get(link), "/password/new")
    visitor.sends(page, new_password="Fresh-Harbor-2217", confirm_password="Fresh-Harbor-2217")
    assert only(visitor, root_user.account) == [
        record("PasswordRecoveryRequested", root_identity(root_user)),
        record("PasswordRecoveryCompleted", root_identity(root_user)),
    ]


def test_a_password_recovery_for_nobody(visitor: Visitor, root_user: Person) -> None:
    page = visitor.goes(visitor.sends(visitor.opens("/password/forgot"), email="nobody@example.com"), "/password/forgot/security-check")
    visitor.goes(visitor.passes_check(page), "/password/forgot/sent")
    (event,) = only(visitor, "")
    assert event["responseElements"] == {"PasswordRecoveryRequested": "Failure"}
    assert event["userIdentity"] == {"type": "Root", "accessKeyId": ""}


def test_a_password_that_had_to_be_changed(visitor: Visitor, iam_user_to_change_password: Person) -> None:
    person = iam_user_to_change_password
    page = visitor.goes(visitor.gives_iam(person), "/signin/new-password")
    name = visitor.enters_console(visitor.sends(page, new_password="Fresh-Harbor-2217", confirm_password="Fresh-Harbor-2217"))
    changed, signed_in = only(visitor, person.account)
    assert changed == record("ChangePassword", iam_identity(person), eventSource="iam.amazonaws.com", eventType="AwsApiCall", responseElements=None)
    assert signed_in == login(iam_identity(person), to=f"http://localhost:8000/console/{name}/home")


def test_a_page_that_is_only_looked_at_is_no_event(visitor: Visitor, root_user: Person) -> None:
    visitor.reaches_root_password(root_user)
    visitor.opens("/signin/iam")
    visitor.opens("/password/forgot")
    assert not visitor.events()


def test_a_record_tells_no_policy_question_and_the_note_beside_it_does(visitor: Visitor, iam_user: Person) -> None:
    visitor.signs_in_as_iam_user(iam_user)
    event = Event.objects.get(event_name="ConsoleLogin")
    assert "signin:Authenticate" not in event.record
    assert "signin:Authenticate" in event.note
