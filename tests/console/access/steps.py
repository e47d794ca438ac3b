"""What an administrator does on the pages of console access control, as a browser sends it."""

import json
import re
from html import unescape
from typing import Any

from accounts.models import PolicyAttachment, SignInSession
from policies.models import ConsoleAuthorization, PermissionStatement, PolicyDocument, PolicyTarget
from policies.statements.flows import put_authorization, put_statement
from policies.statements.rules import StatementParameters
from portal.trail.models import Event
from portal.world.people import Person
from tests.console.browsing import Browser, principal_of

OFFICE, HOME, ELSEWHERE = "203.0.113.0/24", "198.51.100.7", "192.0.2.0/24"
EMERGENCY = "arn:aws:iam::111122223333:user/EmergencyAdmin"
VPC = {"source_vpc": "vpc-0abc123def456789a", "requested_region": "us-west-2"}
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def page_of(session: SignInSession, room: str = "") -> str:
    """Return the address of one of the pages."""
    return f"/console/{session.name}/access/{room}"


def held(text: str, name: str) -> str:
    """Return what the element of a test ID holds, without markup."""
    found = re.search(rf'<(\w+)[^>]* data-testid="{name}"[^>]*>(.*?)</\1>', text, re.DOTALL)
    assert found, name
    return " ".join(unescape(re.sub(r"<[^>]+>", "", found[2])).split())


def code_of(text: str, name: str) -> str:
    """Return a text that stands in a `pre`, as it is."""
    found = re.search(rf'data-testid="{name}">(.*?)</pre>', text, re.DOTALL)
    assert found, name
    return unescape(found[1])


def has(text: str, name: str) -> bool:
    """Tell whether a page has an element of a test ID."""
    return f'data-testid="{name}"' in text


def token_in(text: str) -> str:
    """Return the client token that a form carries."""
    found = re.search(r'name="client_token" value="([^"]+)"', text)
    assert found
    return found[1]


def opened(browser: Browser, session: SignInSession, room: str = "") -> str:
    """Open a page that there is, and return its HTML."""
    answer = browser.get(page_of(session, room))
    assert answer.status_code == 200, answer
    text: str = answer.content.decode()
    return text


def filled(browser: Browser, session: SignInSession, act: str, **fields: str) -> Any:
    """Send the form of a statement by one of its buttons, with the client token that it came with unless one is given."""
    form = page_of(session, "add")
    fields.setdefault("client_token", token_in(opened(browser, session, "add")))
    return browser.send(form, page=form, act=act, **fields)


def added(browser: Browser, session: SignInSession, **fields: str) -> str:
    """Add a statement by form, and return its ID."""
    known = set(PermissionStatement.objects.values_list("sid", flat=True))
    answer = filled(browser, session, "add", **fields)
    assert (answer.status_code, answer["Location"]) == (303, page_of(session, "?done=added")), answer.content.decode()[:3000]
    (sid,) = set(PermissionStatement.objects.values_list("sid", flat=True)) - known
    return str(sid)


def put(account: str = "111122223333", **parameters: str) -> str:
    """Have a statement there already, and return its ID."""
    return put_statement(account, StatementParameters(**parameters))


def switched_on(target: str) -> None:
    """Have console authorization on already."""
    put_authorization(target)


def is_on(target: str) -> bool:
    """Tell whether console authorization is on for a target."""
    return ConsoleAuthorization.objects.filter(target=target, removed_at=None).exists()


def live(account: str = "111122223333") -> list[str]:
    """Return the IDs of an account's statements."""
    return list(PermissionStatement.objects.filter(account=account, removed_at=None).order_by("pk").values_list("sid", flat=True))


def becomes_reader(person: Person) -> None:
    """Leave a person nothing but the policy that lets it read."""
    PolicyAttachment.objects.filter(principal=principal_of(person)).update(policy_arn=READ_ONLY)


def is_denied(person: Person, *actions: str) -> None:
    """Give a person an identity-based policy that denies actions."""
    text = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": list(actions), "Resource": "*"}]}
    document = PolicyDocument.objects.create(type="identity", name="Denied", account_id=person.account, text=json.dumps(text))
    PolicyTarget.objects.create(document=document, target=principal_of(person).arn)


def records(name: str) -> list[dict[str, Any]]:
    """Return the records of an operation's events, oldest first."""
    return [json.loads(event.record) for event in Event.objects.filter(event_name=name).order_by("id")]
