"""What the policy middleware asks, when, and what a denial looks like (guide, "How AWS Sign-In evaluates resource-based policies")."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.credentials.hashing import Argon2id
from accounts.models import AuthorizationCode, SignInSession
from policies.evaluation.decision import Question
from portal.trail.models import Event
from portal.world.people import Person
from tests.journeys.visitor import Visitor, alerts_of, text_of
from tests.policies.enforcement import layers

LAYERS = "tests.policies.enforcement.layers"
BEFORE = "Your authentication information is incorrect. Please try again."
BEFORE_BY_RCP = "Authentication failed Invalid request"
AFTER = "Authentication failed: To access this account, sign in from a different network, or contact your administrator for more information"
NETWORK = {"aws:SourceIp": "203.0.113.7", "aws:RequestedRegion": "us-east-1"}


@pytest.fixture
def asked(settings: Settings) -> list[Question]:
    """The questions that are asked, in order."""
    settings.POLICY_LAYERS = [f"{LAYERS}.noting"]
    layers.asked.clear()
    return layers.asked


def before(account: str, arn: str) -> dict[str, str]:
    """Return the keys of the question before authentication."""
    return NETWORK | {"aws:ResourceAccount": account, "signin:PrincipalArn": arn}


def after(account: str, arn: str) -> dict[str, str]:
    """Return the keys of the two questions after authentication."""
    return NETWORK | {"aws:ResourceAccount": account, "aws:PrincipalAccount": account, "aws:PrincipalArn": arn}


def summary(questions: list[Question]) -> list[tuple[str, dict[str, str]]]:
    """Return actions and keys."""
    return [(str(question.action), dict(question.keys)) for question in questions]


def test_a_root_user_is_asked_for_before_the_password_page_is_shown(visitor: Visitor, root_user: Person, asked: list[Question]) -> None:
    page = visitor.names_root(root_user)
    page = visitor.passes_check(visitor.goes(page, "/signin/security-check"))
    assert not asked, "neither the address nor the security check is a credential"
    arn = f"arn:aws:iam::{root_user.account}:root"
    page = visitor.goes(page, "/signin/password")
    authenticate = ("signin:Authenticate", before(root_user.account, arn))
    assert summary(asked) == [authenticate]
    page = visitor.goes(visitor.sends(page, password=root_user.password), "/signin/verification-code")
    assert summary(asked) == [authenticate] * 2, "and again when the password is sent: the network may have changed in between"
    visitor.enters_console(visitor.gives_mailed_code(page, root_user))
    assert summary(asked)[2:] == [
        ("signin:AuthorizeOAuth2Access", after(root_user.account, arn)),
        ("signin:CreateOAuth2Token", after(root_user.account, arn)),
    ]


def test_an_iam_user_is_asked_for_when_credentials_are_sent(visitor: Visitor, iam_user: Person, asked: list[Question]) -> None:
    page = visitor.opens("/signin/iam")
    assert not asked
    answer = visitor.sends(page, account="anycompany", username="cARLOS", password=iam_user.password)
    arn = f"arn:aws:iam::{iam_user.account}:user/Carlos"
    visitor.enters_console(answer)
    assert summary(asked) == [
        ("signin:Authenticate", before(iam_user.account, arn)),
        ("signin:AuthorizeOAuth2Access", after(iam_user.account, arn)),
        ("signin:CreateOAuth2Token", after(iam_user.account, arn)),
    ]


def test_the_region_that_was_asked_for_is_the_requested_region(visitor: Visitor, iam_user: Person, asked: list[Question]) -> None:
    visitor.gives_iam(iam_user, address="/console/?user=iam&region=eu-west-3")
    assert asked[0].keys["aws:RequestedRegion"] == "eu-west-3"


def test_a_user_whom_the_account_does_not_have_is_asked_for_by_the_name_typed(visitor: Visitor, iam_user: Person, asked: list[Question]) -> None:
    visitor.gives_iam(iam_user, username="Nobody")
    assert summary(asked) == [("signin:Authenticate", before(iam_user.account, f"arn:aws:iam::{iam_user.account}:user/Nobody"))]


def test_nobody_has_no_account_and_no_arn(visitor: Visitor, asked: list[Question]) -> None:
    page = visitor.sends(visitor.opens("/signin/root"), email="nobody@example.com")
    visitor.goes(visitor.passes_check(visitor.goes(page, "/signin/security-check")), "/signin/password")
    assert summary(asked) == [("signin:Authenticate", NETWORK)]


def test_a_form_that_cannot_be_read_is_refused_and_no_password_looked_at(visitor: Visitor, asked: list[Question]) -> None:
    answer = visitor.posts_with_token("/signin/iam", account="!", username="Carlos", password="x")
    assert answer.status_code == 400
    assert not Event.objects.exists()


def test_what_was_asked_is_kept_beside_the_event_and_the_grant(visitor: Visitor, iam_user: Person, asked: list[Question]) -> None:
    visitor.signs_in_as_iam_user(iam_user)
    note = json.loads(Event.objects.get(event_name="ConsoleLogin").note)
    assert note["question"]["action"] == "signin:Authenticate"
    assert note["decision"]["effect"] == "Allow"
    granted = json.loads(AuthorizationCode.objects.get().note)
    assert [each["question"]["action"] for each in granted] == ["signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"]


def last_event() -> dict[str, Any]:
    """Return the newest record."""
    found: dict[str, Any] = json.loads(Event.objects.latest("id").record)
    return found


@pytest.mark.parametrize(
    ("layer", "words", "error"),
    [
        ("denying_authenticate", BEFORE, "Authorization denied because of a resource-based policy"),
        ("denying_authenticate_by_rcp", BEFORE_BY_RCP, "Authorization denied because of a resource control policy"),
    ],
)
def test_a_denied_root_user_sees_no_password_page(
    visitor: Visitor, root_user: Person, settings: Settings, layer: str, words: str, error: str
) -> None:
    settings.POLICY_LAYERS = [f"{LAYERS}.{layer}"]
    page = visitor.passes_check(visitor.goes(visitor.names_root(root_user), "/signin/security-check"))
    answer = visitor.get(page.headers["Location"])
    assert answer.status_code == 403
    assert words in alerts_of(answer)
    assert 'name="password"' not in answer.content.decode()
    event = last_event()
    assert (event["eventName"], event["errorMessage"], event["responseElements"]) == ("ConsoleLogin", error, {"ConsoleLogin": "Failure"})
    assert event["userIdentity"]["type"] == "Root"
    assert event["userIdentity"]["accountId"] == root_user.account == event["recipientAccountId"]
    assert event["additionalEventData"] == {"LoginTo": "http://localhost:8000/console/", "MobileVersion": "No", "MFAUsed": "No"}


def test_a_denied_iam_user_is_answered_before_any_hash(
    visitor: Visitor, iam_user: Person, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.POLICY_LAYERS = [f"{LAYERS}.denying_authenticate"]

    def refuse(*_: object) -> bool:
        raise AssertionError("a denied sign-in must cost no hash")

    monkeypatch.setattr(Argon2id, "verify", refuse)
    right = visitor.gives_iam(iam_user)
    wrong = visitor.gives_iam(iam_user, password="Not-the-password-1")
    assert right.status_code == wrong.status_code == 403
    assert BEFORE in alerts_of(right)
    assert text_of(right) == text_of(wrong)
    event = last_event()
    assert event["errorMessage"] == "Authorization denied because of a resource-based policy"
    assert event["userIdentity"] == {
        "type": "IAMUser",
        "accountId": iam_user.account,
        "accessKeyId": "",
        "userName": "HIDDEN_DUE_TO_SECURITY_REASONS",
    }
    assert not SignInSession.objects.exists()


@pytest.mark.parametrize(("layer", "hops"), [("denying_authorize", ["/v1/authorize"]), ("denying_token", ["/v1/authorize", "/console/callback"])])
def test_a_denial_after_authentication_opens_no_console(visitor: Visitor, iam_user: Person, settings: Settings, layer: str, hops: list[str]) -> None:
    settings.POLICY_LAYERS = [f"{LAYERS}.{layer}"]
    passed, page = visitor.walks(visitor.gives_iam(iam_user))
    assert passed == hops
    assert page.status_code == 403
    assert AFTER in alerts_of(page)
    assert not SignInSession.objects.filter(console_since__isnull=False).exists()
    assert not visitor.is_in(SignInSession.objects.get().name)
    assert last_event()["responseElements"] == {"ConsoleLogin": "Failure"}
    assert last_event()["userIdentity"]["arn"] == f"arn:aws:iam::{iam_user.account}:user/Carlos"


@pytest.mark.parametrize("layer", ["raising", "timing_out", "talking_nonsense", "that_does_not_exist"])
@pytest.mark.parametrize("company", [[], ["allowing"]])
def test_pol_02_a_layer_that_fails_denies(visitor: Visitor, iam_user: Person, settings: Settings, layer: str, company: list[str]) -> None:
    settings.POLICY_LAYERS = [f"{LAYERS}.{name}" for name in (*company, layer)]
    answer = visitor.gives_iam(iam_user)
    assert answer.status_code == 403
    assert BEFORE in alerts_of(answer)
    assert not SignInSession.objects.exists()
    event = Event.objects.latest("id")
    assert json.loads(event.note)["decision"] == {"effect": "Deny", "reasons": ["a policy could not be evaluated"]}
    assert not event.succeeded


def test_an_allowance_of_one_layer_does_not_outweigh_the_denial_of_another(visitor: Visitor, iam_user: Person, settings: Settings) -> None:
    for order in (["allowing", "denying_authenticate"], ["denying_authenticate", "allowing"]):
        settings.POLICY_LAYERS = [f"{LAYERS}.{name}" for name in order]
        assert visitor.gives_iam(iam_user).status_code == 403


def test_pages_that_declare_nothing_are_not_asked_about(visitor: Visitor, settings: Settings) -> None:
    settings.POLICY_LAYERS = [f"{LAYERS}.raising"]
    for path in ("/", "/console/", "/signin/root", "/signin/iam", "/password/forgot", "/register/", "/trail/"):
        assert visitor.get(path).status_code == 200, path


def test_a_question_costs_no_statement_of_its_own(visitor: Visitor, iam_user: Person, settings: Settings) -> None:
    def cost() -> int:
        page = visitor.opens("/signin/iam")
        with CaptureQueriesContext(connection) as captured:
            visitor.sends(page, account=iam_user.account, username="Nobody", password="x")
        return len(captured)

    cost()
    settings.POLICY_LAYERS = [f"{LAYERS}.noting"]
    asked = cost()
    settings.POLICY_LAYERS = []
    assert cost() == asked
