"""Console access control as people meet it: at the pages, from the office and from home."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.credentials.hashing import Argon2id
from accounts.models import SignInSession
from policies.enforcement import stamp
from policies.models import ConsoleAuthorization, PermissionStatement, PolicyDocument
from policies.statements.flows import delete_statement, put_authorization
from portal.core import clock
from portal.trail.models import Event
from portal.world.people import Person
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, alerts_of, text_of
from tests.policies.enforcement.guarded import DEVELOPMENT, MANAGEMENT, ORGANIZATION, ROOT, STANDALONE, attach, deny, deny_rcp, guard

BEFORE = "Your authentication information is incorrect. Please try again."
BEFORE_BY_RCP = "Authentication failed Invalid request"
AFTER = "Authentication failed: To access this account, sign in from a different network, or contact your administrator for more information"
BY_RESOURCE_POLICY = "Authorization denied because of a resource-based policy"
BY_RCP = "Authorization denied because of a resource control policy"

Kind = PolicyDocument.Type


@pytest.fixture
def at_home(world: World) -> Visitor:
    """Somebody at home."""
    return Visitor(address="198.51.100.7")


@pytest.fixture
def alice(world: World) -> Person:
    """An IAM user of the standalone account."""
    return world[STANDALONE, "alice"]


@pytest.fixture
def emergency(world: World) -> Person:
    """The excluded principal of the standalone account."""
    return world[STANDALONE, "EmergencyAdmin"]


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each password that was looked at."""
    found: list[str] = []
    verify = Argon2id.verify

    def noting(self: Argon2id, password: str, encoded: str) -> bool:
        found.append(encoded)
        return verify(self, password, encoded)

    monkeypatch.setattr(Argon2id, "verify", noting)
    return found


def last() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the newest event's record and note."""
    event = Event.objects.latest("id")
    return json.loads(event.record), json.loads(event.note)


def put_long_ago() -> None:
    """Let every Region know of what was put."""
    for model in (ConsoleAuthorization, PermissionStatement):
        model.objects.update(created_at=clock.now() - timedelta(hours=1))
    stamp.changed()


def test_a_root_user_at_home_never_sees_the_password_page(
    at_home: Visitor, visitor: Visitor, standalone_root_user: Person, hashed: list[str]
) -> None:
    sid = guard()
    page = at_home.passes_check(at_home.goes(at_home.names_root(standalone_root_user), "/signin/security-check"))
    answer = at_home.get(page.headers["Location"])
    assert answer.status_code == 403
    assert BEFORE in alerts_of(answer)
    assert 'type="password"' not in answer.content.decode()
    assert not hashed
    record, note = last()
    assert (record["eventName"], record["errorMessage"]) == ("ConsoleLogin", BY_RESOURCE_POLICY)
    assert record["responseElements"] == {"ConsoleLogin": "Failure"}
    assert record["userIdentity"]["type"] == "Root"
    assert (record["recipientAccountId"], record["sourceIPAddress"]) == (STANDALONE, "198.51.100.7")
    assert note["decision"]["effect"] == "Deny"
    assert note["decision"]["deciding"] == [
        {"layer": "resource-based policy", "policy": f"sign-in policy of account {STANDALONE}", "statement": 1, "sid": sid}
    ]
    assert "deciding" not in Event.objects.latest("id").record, "the simulator's own field is outside the record"
    assert visitor.signs_in_as_root(standalone_root_user).startswith(STANDALONE)


def test_an_iam_user_at_home_is_denied_when_credentials_are_sent(at_home: Visitor, visitor: Visitor, alice: Person) -> None:
    guard()
    assert at_home.opens("/console/?user=iam").status_code == 200
    answer = at_home.gives_iam(alice)
    assert answer.status_code == 403
    assert BEFORE in alerts_of(answer)
    assert last()[0]["errorMessage"] == BY_RESOURCE_POLICY
    assert not SignInSession.objects.exists()
    assert visitor.signs_in_as_iam_user(alice).startswith(STANDALONE)
    event = Event.objects.filter(event_name="ConsoleLogin", succeeded=True).latest("id")
    assert json.loads(event.note)["decision"]["effect"] == "Allow"


def test_a_denial_tells_nothing_of_the_password_or_the_user(at_home: Visitor, alice: Person, hashed: list[str]) -> None:
    guard()
    at_home.gives_iam(alice)

    def send(**typed: str) -> tuple[int, str, int]:
        page = at_home.opens("/console/?user=iam")
        fields = {"account": STANDALONE, "username": alice.username, "password": alice.password} | typed
        with CaptureQueriesContext(connection) as captured:
            answer = at_home.sends(page, **fields)
        return answer.status_code, text_of(answer), len(captured)

    answers = [send(), send(password="Not-the-password-1"), send(username="Nobody"), send(username="Nobody", password="Not-the-password-1")]
    assert answers[0][0] == 403
    assert answers == [answers[0]] * 4, "the same answer for the same work"
    assert not hashed


def test_the_excluded_principal_passes_from_home(at_home: Visitor, emergency: Person) -> None:
    guard()
    name = at_home.signs_in_as_iam_user(emergency)
    assert at_home.is_in(name)
    wrong = at_home.gives_iam(emergency, password="Not-the-password-1")
    assert wrong.status_code == 403
    assert last()[0]["errorMessage"] == "Failed authentication", "who is excluded still needs the password"


def test_while_authorization_is_off_nothing_is_evaluated(at_home: Visitor, alice: Person) -> None:
    guard(on=False)
    name = at_home.signs_in_as_iam_user(alice)
    assert at_home.is_in(name)
    note = json.loads(Event.objects.filter(event_name="ConsoleLogin").latest("id").note)
    assert note["decision"] == {"effect": "Allow", "reasons": ["no policy restricts this sign-in"]}


def test_a_statement_that_is_deleted_lets_everybody_in_again(at_home: Visitor, alice: Person) -> None:
    sid = guard()
    assert at_home.gives_iam(alice).status_code == 403
    delete_statement(STANDALONE, sid)
    assert at_home.is_in(at_home.signs_in_as_iam_user(alice))


def test_pol_08_a_policy_that_comes_while_somebody_signs_in_counts_at_the_next_step(at_home: Visitor, alice: Person) -> None:
    answer = at_home.gives_iam(alice)
    guard()
    passed, page = at_home.walks(answer)
    assert (passed, page.status_code) == (["/v1/authorize"], 403)
    assert AFTER in alerts_of(page)
    record, note = last()
    assert record["errorMessage"] == BY_RESOURCE_POLICY
    assert note["question"]["action"] == "signin:AuthorizeOAuth2Access"
    assert not at_home.is_in(SignInSession.objects.get().name)


def test_pol_08_a_root_user_who_has_the_password_page_open_is_asked_for_again(
    at_home: Visitor, standalone_root_user: Person, hashed: list[str]
) -> None:
    page = at_home.reaches_root_password(standalone_root_user)
    guard()
    answer = at_home.sends(page, password=standalone_root_user.password)
    assert answer.status_code == 403
    assert BEFORE in alerts_of(answer)
    assert not hashed


@pytest.mark.parametrize(("action", "hops"), [("signin:AuthorizeOAuth2Access", 1), ("signin:CreateOAuth2Token", 2)])
def test_an_identity_policy_that_denies_blocks_after_authentication(visitor: Visitor, alice: Person, action: str, hops: int) -> None:
    put_authorization(STANDALONE)
    attach(Kind.IDENTITY, deny(action), f"arn:aws:iam::{STANDALONE}:user/alice", name="NoConsole", account=STANDALONE)
    passed, page = visitor.walks(visitor.gives_iam(alice))
    assert passed == ["/v1/authorize", "/console/callback"][:hops]
    assert page.status_code == 403
    assert AFTER in alerts_of(page)
    record, note = last()
    assert record["responseElements"] == {"ConsoleLogin": "Failure"}
    assert note["decision"]["deciding"] == [{"layer": "identity-based policy", "policy": "NoConsole", "statement": 1}]
    assert not visitor.is_in(SignInSession.objects.get().name)


def test_a_resource_control_policy_has_a_text_and_an_error_message_of_its_own(at_home: Visitor, other_iam_user: Person) -> None:
    put_authorization(ORGANIZATION)
    attach(Kind.RCP, deny_rcp("signin:Authenticate", NotIpAddressIfExists={"aws:SourceIp": "203.0.113.0/24"}), ROOT)
    answer = at_home.gives_iam(other_iam_user)
    assert answer.status_code == 403
    assert BEFORE_BY_RCP in alerts_of(answer)
    assert last()[0]["errorMessage"] == BY_RCP


def test_a_policy_without_the_actions_after_authentication_leaves_them_open(at_home: Visitor, visitor: Visitor, other_iam_user: Person) -> None:
    put_authorization(DEVELOPMENT)
    attach(Kind.RCP, deny_rcp("signin:CreateOAuth2Token", NotIpAddressIfExists={"aws:SourceIp": "203.0.113.0/24"}), ROOT)
    passed, page = at_home.walks(at_home.gives_iam(other_iam_user))
    assert passed == ["/v1/authorize", "/console/callback"]
    assert AFTER in alerts_of(page)
    assert last()[0]["errorMessage"] == BY_RCP
    assert visitor.is_in(visitor.signs_in_as_iam_user(other_iam_user))


def test_the_management_account_is_out_of_reach_of_resource_control_policies(at_home: Visitor, iam_user: Person) -> None:
    put_authorization(ORGANIZATION)
    attach(Kind.RCP, deny_rcp("signin:*"), ROOT)
    assert at_home.is_in(at_home.signs_in_as_iam_user(iam_user))
    guard(MANAGEMENT, on=False)
    assert at_home.gives_iam(iam_user).status_code == 403, "its own resource-based policy does reach it"


def test_a_region_that_the_sign_in_began_at_goes_with_it_to_the_console(visitor: Visitor, alice: Person) -> None:
    guard(requested_region="eu-west-3", source_ip="203.0.113.0/24")
    assert visitor.gives_iam(alice).status_code == 403
    put_long_ago()
    name = visitor.signs_in_as_iam_user(alice, address="/console/?user=iam&region=eu-west-3")
    assert visitor.is_in(name)


def test_pol_02_a_document_that_cannot_be_read_denies_at_the_page_and_says_so_in_the_note(visitor: Visitor, other_iam_user: Person) -> None:
    put_authorization(DEVELOPMENT)
    attach(Kind.RCP, "{", ROOT)
    answer = visitor.gives_iam(other_iam_user)
    assert answer.status_code == 403
    record, note = last()
    assert record["errorMessage"] == BY_RCP
    assert note["decision"]["effect"] == "Deny"
    assert "Perimeter" in note["decision"]["reasons"][0]
    assert "Perimeter" not in text_of(answer), "only the note tells"


def test_a_warm_question_costs_no_statement(visitor: Visitor, alice: Person, settings: Settings) -> None:
    guard()

    def cost() -> int:
        page = visitor.opens("/console/?user=iam")
        with CaptureQueriesContext(connection) as captured:
            visitor.sends(page, account=STANDALONE, username="Nobody", password="Not-the-password-1")
        return len(captured)

    cost()
    guarded = cost()
    settings.POLICY_LAYERS = []
    assert cost() == guarded
