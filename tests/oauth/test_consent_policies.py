"""Who may let a program sign in: what the page says to those who may not."""

import json

from accounts.models import AuthorizationCode
from accounts.oauth.clients import CROSS_DEVICE_ID
from policies.models import PolicyDocument
from portal.trail.models import Event
from portal.world.people import Person
from tests.console.browsing import principal_of
from tests.fixtures.people import World
from tests.journeys.visitor import Visitor, text_of
from tests.oauth.asking import ALLOWED, answers, asks, record_of, sent, signed_in
from tests.oauth.tool import CALLBACK, Tool
from tests.policies.enforcement.guarded import attach, document, excluded, guard


def test_without_the_permission_the_page_says_which_is_missing_and_what_gives_it(visitor: Visitor, world: World, tool: Tool) -> None:
    person = world["444455556666", "Paulo_Santos"]
    signed_in(visitor, person)
    answer = asks(visitor, tool)
    assert answer.status_code == 403
    page = text_of(answer)
    assert "signin:AuthorizeOAuth2Access" in page
    assert "arn:aws:signin:us-east-1:444455556666:oauth2/public-client/localhost" in page
    assert "SignInLocalDevelopmentAccess" in page
    assert f'href="{CALLBACK}?error=access_denied' in answer.content.decode()
    event = Event.objects.get(event_name=ALLOWED)
    assert not event.succeeded
    assert json.loads(event.note)["decision"]["effect"] == "Deny"
    assert "is not authorized to perform: signin:AuthorizeOAuth2Access" in record_of()["errorMessage"]


def test_a_denial_names_the_statement_and_promises_nothing_of_a_further_permission(visitor: Visitor, alice: Person, tool: Tool) -> None:
    text = document({"Effect": "Deny", "Action": "signin:*", "Resource": "*", "Sid": "NoTools"})
    attach(PolicyDocument.Type.IDENTITY, text, principal_of(alice).arn, account="111122223333")
    signed_in(visitor, alice)
    page = text_of(asks(visitor, tool))
    assert "(NoTools)" in page
    assert "SignInLocalDevelopmentAccess" not in page


def test_this_computer_may_be_allowed_and_another_denied(visitor: Visitor, alice: Person, tool: Tool) -> None:
    statement = {"Effect": "Deny", "Action": "signin:AuthorizeOAuth2Access", "Resource": "arn:aws:signin:*:*:oauth2/public-client/remote"}
    attach(PolicyDocument.Type.IDENTITY, document(statement), principal_of(alice).arn, account="111122223333")
    signed_in(visitor, alice)
    assert asks(visitor, tool).status_code == 200
    assert asks(visitor, Tool(CROSS_DEVICE_ID)).status_code == 403


def test_policies_are_asked_again_when_the_person_answers(visitor: Visitor, alice: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    page = asks(visitor, tool)
    text = document({"Effect": "Deny", "Action": "signin:*", "Resource": "*"})
    attach(PolicyDocument.Type.IDENTITY, text, principal_of(alice).arn, account="111122223333")
    assert answers(visitor, page, "allow").status_code == 403
    assert not AuthorizationCode.objects.exists()


def test_of_several_identities_one_may_and_another_may_not(visitor: Visitor, world: World, alice: Person, tool: Tool) -> None:
    may, may_not = signed_in(visitor, alice), signed_in(visitor, world["444455556666", "Paulo_Santos"])
    page = asks(visitor, tool)
    refused = answers(visitor, page, "allow", session=may_not.name)
    assert refused.status_code == 403
    assert "Choose another identity" in text_of(refused)
    assert sent(answers(visitor, page, "allow", session=may.name))["code"]


def test_console_access_control_speaks_in_the_guides_words(visitor: Visitor, standalone_root_user: Person, tool: Tool) -> None:
    guard("123456789012", source_ip="198.51.100.0/24", excluded_principal=excluded("123456789012"))
    signed_in(visitor, standalone_root_user)
    answer = asks(visitor, tool)
    assert answer.status_code == 403
    page = text_of(answer)
    assert "sign in from a different network, or contact your administrator for more information" in page
    assert "SignInLocalDevelopmentAccess" not in page
    assert record_of()["errorMessage"] == "Authorization denied because of a resource-based policy"


def test_a_root_user_needs_no_permission(visitor: Visitor, standalone_root_user: Person, tool: Tool) -> None:
    signed_in(visitor, standalone_root_user)
    assert tool.redeems(sent(answers(visitor, asks(visitor, tool), "allow"))["code"]).status == 200
