"""`aws login` with the official AWS CLI: on the same computer and on another, its refusals, and boto3 from what it keeps."""

import json
from base64 import b64decode, b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError, LoginInsufficientPermissions, LoginRefreshRequired, LoginTokenLoadError
from playwright.sync_api import Page, expect

from portal.world.people import Person
from tests.browser import steps
from tests.browser.conftest import People
from tests.clients.conftest import Cli, Environment, EnvironmentOf, Login, Sdk, output
from tests.clients.logins import Kept, approve, approved, broken, follow, guess_tokens, reset, travel
from tests.fixtures.browser import OpenPage
from tests.fixtures.server import Live

pytestmark = pytest.mark.timeout(600)  # each command starts a Python of its own: a second or so, and more on a busy machine

ACCOUNT, MEMBER, STANDALONE = "111122223333", "444455556666", "123456789012"
CARLOS = f"arn:aws:iam::{ACCOUNT}:user/Carlos"
ALICE = f"arn:aws:iam::{STANDALONE}:user/alice"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
DEVELOPMENT = "arn:aws:iam::aws:policy/SignInLocalDevelopmentAccess"
POLICY = "this-computer"
WHO = ("sts", "get-caller-identity")

EXPIRED = "Your session has expired. Please reauthenticate using 'aws login'."
CHANGED = "Unable to refresh login credentials because of a change in your password."
NOT_PERMITTED = "Unable to create or refresh login credentials due to insufficient permissions."
TOO_MANY = "An error occurred (TooManyRequestsError) when calling the CreateOAuth2Token operation"
INTERNAL = "An error occurred (InternalServerException) when calling the CreateOAuth2Token operation"
NO_CODE = "Failed to retrieve an authorization code."


@pytest.fixture
def terminal(environment_of: EnvironmentOf) -> Environment:
    """A shell in which nobody has signed in: what `aws-env` without a person prints."""
    return environment_of("")


@pytest.fixture
def alice(people: People) -> Person:
    """A developer, whom one managed policy lets sign in from the command line, and who may nothing else."""
    return people[STANDALONE, "alice"]


@pytest.fixture
def this_computer_alone(iam: Any) -> None:
    """Alice may sign in from the command line of the computer that her browser runs on, and of no other."""
    localhost = f"arn:aws:signin:*:{STANDALONE}:oauth2/public-client/localhost"
    statement = {"Effect": "Allow", "Action": ["signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"], "Resource": localhost}
    iam.detach_user_policy(UserName="alice", PolicyArn=DEVELOPMENT)
    iam.put_user_policy(UserName="alice", PolicyName=POLICY, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


@pytest.fixture
def iam(sdk: Sdk, environment_of: EnvironmentOf) -> Any:
    """IAM, for an administrator of her account with an access key."""
    return sdk(environment_of("EmergencyAdmin", account=STANDALONE), "iam")


def sign_in(page: Page, url: str, person: Person) -> None:
    """Open the address of a program, sign in as an IAM user, and come to the page that asks."""
    page.goto(url)
    page.goto(page.url + "&user=iam")
    steps.fill(page, account=person.account, username=person.username, password=person.password)
    expect(page.get_by_test_id("allow")).to_be_visible()


def signed_in(live: Live, login: Login, terminal: Environment, person: Person, arn: str) -> Kept:
    """Have somebody signed in by `aws login`; return the file in which that is kept."""
    waiting = login(terminal)
    follow(approved(live, waiting.url, person)["redirect_url"])
    ended = waiting.ends()
    assert (ended.returncode, f"to use {arn} credentials" in ended.stdout) == (0, True), ended
    return Kept.of(terminal, arn)


def test_what_a_new_user_tries(live: Live, cli: Cli, login: Login, sdk: Sdk, terminal: Environment, carlos: Person) -> None:
    kept = signed_in(live, login, terminal, carlos, CARLOS)
    assert "alice" in {user["UserName"] for user in output(cli(terminal, "iam", "list-users"))["Users"]}

    first = kept.read()
    assert sdk(terminal, "sts").get_caller_identity()["Arn"] == CARLOS
    assert kept.read() == first, "nothing is refreshed while more than five minutes are left"
    kept.let_expire()
    assert output(cli(terminal, *WHO))["Arn"] == CARLOS
    second = kept.read()
    assert {first["refreshToken"], first["accessToken"]["sessionToken"]}.isdisjoint({second["refreshToken"], second["accessToken"]["sessionToken"]})
    assert (second["idToken"], second["dpopKey"]) == (first["idToken"], first["dpopKey"])
    kept.let_expire()
    assert sdk(terminal, "sts").get_caller_identity()["Arn"] == CARLOS
    assert kept.read()["refreshToken"] != second["refreshToken"]

    left = cli(terminal, "logout")
    assert (left.returncode, kept.path.exists()) == (0, False)
    with pytest.raises(LoginTokenLoadError):
        sdk(terminal, "sts").get_caller_identity()


def test_a_person_signs_in_and_allows(open_page: OpenPage, login: Login, sdk: Sdk, terminal: Environment, carlos: Person) -> None:
    waiting, page = login(terminal, "--profile", "work"), open_page()
    sign_in(page, waiting.url, carlos)
    page.get_by_test_id("allow").click()
    page.wait_for_url("http://127.0.0.1:*/oauth/callback?*")
    ended = waiting.ends()
    assert (ended.returncode, "Updated profile work" in ended.stdout) == (0, True), ended
    assert sdk(terminal | {"AWS_PROFILE": "work"}, "sts").get_caller_identity()["Arn"] == CARLOS


def test_on_another_computer(open_page: OpenPage, live: Live, login: Login, sdk: Sdk, terminal: Environment, carlos: Person) -> None:
    waiting, page = login(terminal, "--remote"), open_page()
    sign_in(page, waiting.url, carlos)
    page.get_by_test_id("allow").click()
    ended = waiting.ends(page.get_by_test_id("code").input_value() + "\n")
    assert (ended.returncode, "Updated profile default" in ended.stdout) == (0, True), ended
    Kept.of(terminal, CARLOS).let_expire()
    assert sdk(terminal, "sts").get_caller_identity()["Arn"] == CARLOS


def test_another_computer_may_be_denied_to_a_user_and_is_allowed_to_the_root_user(
    live: Live, login: Login, sdk: Sdk, this_computer_alone: None, terminal: Environment, alice: Person, owner: Person
) -> None:
    waiting = login(terminal, "--remote")
    refused = approve(live, waiting.url, alice)
    assert refused.status_code == 403
    assert f"arn:aws:signin:us-east-1:{STANDALONE}:oauth2/public-client/remote" in refused.json()["message"]
    ended = waiting.ends(approved(live, waiting.url, owner)["confirmation_code"] + "\n")
    assert ended.returncode == 0, ended
    assert sdk(terminal, "sts").get_caller_identity()["Arn"] == ROOT


def test_a_wrong_state_is_refused_by_the_cli(live: Live, login: Login, terminal: Environment, carlos: Person) -> None:
    waiting = login(terminal)
    query = parse_qs(urlsplit(approved(live, waiting.url, carlos)["redirect_url"]).query)
    callback = parse_qs(urlsplit(waiting.url).query)["redirect_uri"][0]
    follow(f"{callback}?state=somebody-elses&code={query['code'][0]}")
    ended = waiting.ends()
    assert (ended.returncode, "State parameter somebody-elses does not match" in ended.stderr) == (255, True), ended


def test_a_wrong_state_from_another_computer_is_refused_by_the_cli(live: Live, login: Login, terminal: Environment, carlos: Person) -> None:
    waiting = login(terminal, "--remote")
    code = parse_qs(b64decode(approved(live, waiting.url, carlos)["confirmation_code"]).decode())["code"][0]
    ended = waiting.ends(b64encode(f"state=somebody-elses&code={code}".encode()).decode() + "\n")
    assert (ended.returncode, "State parameter somebody-elses does not match" in ended.stderr) == (255, True), ended


def test_a_code_that_expired(live: Live, login: Login, terminal: Environment, carlos: Person) -> None:
    waiting = login(terminal)
    redirect_url = approved(live, waiting.url, carlos)["redirect_url"]
    travel(live, timedelta(minutes=2))
    follow(redirect_url)
    ended = waiting.ends()
    assert (ended.returncode, "due to an expired authorization code" in ended.stderr) == (255, True), ended


def test_permission_is_asked_for_the_page_the_code_and_each_refresh(
    live: Live, login: Login, sdk: Sdk, iam: Any, this_computer_alone: None, terminal: Environment, alice: Person
) -> None:
    kept = signed_in(live, login, terminal, alice, ALICE)
    waiting = login(terminal)
    redirect_url = approved(live, waiting.url, alice)["redirect_url"]
    iam.delete_user_policy(UserName="alice", PolicyName=POLICY)
    follow(redirect_url)
    ended = waiting.ends()
    assert (ended.returncode, NOT_PERMITTED in ended.stderr) == (255, True), ended

    kept.let_expire()
    with pytest.raises(LoginInsufficientPermissions):
        sdk(terminal, "sts").get_caller_identity()
    answer = approve(live, waiting.url, alice)
    assert (answer.status_code, "signin:AuthorizeOAuth2Access" in answer.json()["message"]) == (403, True), answer.text

    iam.attach_user_policy(UserName="alice", PolicyArn=DEVELOPMENT)
    assert sdk(terminal, "sts").get_caller_identity()["Arn"] == ALICE


def test_who_lacks_the_permission_reads_why_and_tells_the_program(open_page: OpenPage, login: Login, terminal: Environment, people: People) -> None:
    waiting, page = login(terminal), open_page()
    reader = people[ACCOUNT, "zhang@example.com"]
    page.goto(waiting.url)
    page.goto(page.url + "&user=iam")
    steps.fill(page, account=reader.account, username=reader.username, password=reader.password)
    expect(page.get_by_test_id("resource")).to_contain_text("oauth2/public-client/localhost")
    page.get_by_test_id("tell-program").click()
    ended = waiting.ends()
    assert (ended.returncode, NO_CODE in ended.stderr) == (255, True), ended


def test_a_changed_password_ends_it(live: Live, cli: Cli, login: Login, sdk: Sdk, iam: Any, terminal: Environment, alice: Person) -> None:
    kept = signed_in(live, login, terminal, alice, ALICE)
    iam.update_login_profile(UserName="alice", Password="Quartz-Meadow-8841")
    kept.let_expire()
    refused = cli(terminal, *WHO)
    assert (refused.returncode, CHANGED in refused.stderr) == (255, True), refused
    with pytest.raises(LoginRefreshRequired):
        sdk(terminal, "sts").get_caller_identity()


def test_what_was_tampered_with_is_refused_and_after_twelve_hours_what_was_not(
    live: Live, cli: Cli, login: Login, sdk: Sdk, terminal: Environment, carlos: Person
) -> None:
    kept = signed_in(live, login, terminal, carlos, CARLOS)
    own = kept.read()
    kept.let_expire(own | {"clientId": "arn:aws:signin:::devtools/cross-device"})
    with pytest.raises(ClientError, match="does not belong to this client"):
        sdk(terminal, "sts").get_caller_identity()
    kept.let_expire(own | {"refreshToken": "nothing-of-the-portal"})
    with pytest.raises(LoginRefreshRequired, match="Please reauthenticate"):
        sdk(terminal, "sts").get_caller_identity()

    travel(live, timedelta(hours=11, minutes=50))
    kept.let_expire(own)
    assert sdk(terminal, "sts").get_caller_identity()["Arn"] == CARLOS
    travel(live, timedelta(minutes=11))
    kept.let_expire()
    refused = cli(terminal, *WHO)
    assert (refused.returncode, EXPIRED in refused.stderr) == (255, True), refused
    with pytest.raises(LoginRefreshRequired):
        sdk(terminal, "sts").get_caller_identity()


def test_a_refresh_token_that_comes_back_ends_the_whole_sign_in(live: Live, login: Login, sdk: Sdk, terminal: Environment, carlos: Person) -> None:
    kept = signed_in(live, login, terminal, carlos, CARLOS)
    stolen = kept.read()
    kept.let_expire()
    assert sdk(terminal, "sts").get_caller_identity()["Arn"] == CARLOS
    own = kept.read()
    kept.let_expire(stolen)
    assert sdk(terminal, "sts").get_caller_identity()["Arn"] == CARLOS, "within ten seconds it is the program's own retry"
    travel(live, timedelta(seconds=11))
    for contents in (stolen, own):
        kept.let_expire(contents)
        with pytest.raises(LoginRefreshRequired):
            sdk(terminal, "sts").get_caller_identity()


def test_after_too_many_wrong_requests_from_its_address_it_has_to_wait(
    live: Live, cli: Cli, login: Login, sdk: Sdk, terminal: Environment, carlos: Person
) -> None:
    kept = signed_in(live, login, terminal, carlos, CARLOS)
    guess_tokens(live, 101)
    kept.let_expire()
    refused = cli(terminal, *WHO)
    assert (refused.returncode, TOO_MANY in refused.stderr, "Try again in a minute." in refused.stderr) == (254, True, True), refused
    with pytest.raises(ClientError) as raised:
        sdk(terminal, "sts").get_caller_identity()
    answer = raised.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("TooManyRequestsError", 429)
    assert 0 < int(answer["ResponseMetadata"]["HTTPHeaders"]["retry-after"]) <= 60
    assert kept.read()["refreshToken"], "what is kept is still good when the minute is over"

    reset(live)
    with pytest.raises(LoginRefreshRequired):
        sdk(terminal, "sts").get_caller_identity()


def test_a_portal_that_breaks_is_named_and_what_is_kept_outlives_it(
    live: Live, cli: Cli, login: Login, sdk: Sdk, terminal: Environment, carlos: Person
) -> None:
    waiting = login(terminal)
    redirect_url = approved(live, waiting.url, carlos)["redirect_url"]
    with broken(live, "INSERT"):
        follow(redirect_url)
        ended = waiting.ends()
    assert (ended.returncode, INTERNAL in ended.stderr, "error: server_error" in ended.stderr) == (254, True, True), ended

    kept = signed_in(live, login, terminal, carlos, CARLOS)
    with broken(live, "UPDATE"):
        kept.let_expire(left=timedelta(minutes=13))
        assert output(cli(terminal, *WHO))["Arn"] == CARLOS, "a refresh that fails is put off while more than ten minutes are left"
        kept.let_expire()
        refused = cli(terminal, *WHO)
        assert (refused.returncode, INTERNAL in refused.stderr) == (254, True), refused
        with pytest.raises(ClientError) as raised:
            sdk(terminal, "sts").get_caller_identity()
        answer = raised.value.response
        assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("InternalServerException", 500)
    assert output(cli(terminal, *WHO))["Arn"] == CARLOS


def test_an_organization_may_forbid_it(
    open_page: OpenPage, live: Live, login: Login, sdk: Sdk, terminal: Environment, carlos: Person, mary: Person
) -> None:
    kept = signed_in(live, login, terminal, mary, f"arn:aws:iam::{MEMBER}:user/Mary_Major")
    page = open_page()
    room = steps.signed_in(page, carlos).replace("/home", "/organization/")
    page.goto(room + "scps/create")
    page.fill("[name=name]", "NoPrograms")
    statement = {"Effect": "Deny", "Action": "signin:CreateOAuth2Token", "Resource": "arn:aws:signin:*:*:oauth2/public-client/*"}
    page.fill("[name=policy-text]", json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    steps.submit(page)
    page.select_option("[name=target]", MEMBER)
    page.get_by_test_id("attach").click()
    steps.submit(page)

    kept.let_expire()
    with pytest.raises(LoginInsufficientPermissions):
        sdk(terminal, "sts").get_caller_identity()
