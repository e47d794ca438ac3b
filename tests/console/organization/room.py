"""The pages of organization policies as somebody uses them: opened, and every form sent from the page that shows it."""

import json
import re
from typing import Any
from urllib.parse import urlencode

from accounts.models import PolicyAttachment, SignInSession
from policies.models import PolicyDocument
from policies.organization.rules import policy_id
from portal.trail.models import Event
from tests.console.browsing import Browser, token_in
from tests.policies.enforcement.guarded import attach, deny_rcp

RCP, SCP = PolicyDocument.Type.RCP, PolicyDocument.Type.SCP


class Room:
    """One identity's pages."""

    def __init__(self, browser: Browser, session: SignInSession) -> None:
        self.browser = browser
        self.session = session

    def at(self, rest: str = "") -> str:
        """Return an address of the room."""
        return f"/console/{self.session.name}/organization/{rest}"

    def get(self, rest: str = "", **query: str) -> Any:
        """Open a page."""
        return self.browser.get(self.at(rest) + (f"?{urlencode(query)}" if query else ""))

    def send(self, rest: str, page: str | None = None, **fields: str) -> Any:
        """Send a form of `page` (default: of the page at the same address)."""
        return self.browser.send(self.at(rest), page=self.at(rest if page is None else page), **fields)

    def writes(self, rest: str, text: str, **fields: str) -> Any:
        """Send the form of a document."""
        return self.send(rest, **fields, **{"policy-text": text})

    def attaches(self, row: PolicyDocument, target: str) -> Any:
        """Answer the question about attaching a policy."""
        address = f"policies/{policy_id(row.pk)}/attach"
        return self.understands(f"{address}?target={target}", address, target=target)

    def detaches(self, row: PolicyDocument, target: str) -> Any:
        """Answer the question about detaching a policy."""
        address = f"policies/{policy_id(row.pk)}/detach"
        return self.understands(f"{address}?target={target}", address, target=target)

    def switches(self, target: str, *, on: bool) -> Any:
        """Answer the question about console authorization."""
        wanted = "on" if on else "off"
        return self.understands(f"authorization?target={target}&wanted={wanted}", "authorization", target=target, wanted=wanted)

    def understands(self, page: str, rest: str, **fields: str) -> Any:
        """Send the form of a page with its box ticked, where it has one."""
        question = self.get(page)
        return self.browser.client.post(self.at(rest), {"csrfmiddlewaretoken": token_in(question), **fields, **box_of(question)})


def box_of(answer: Any) -> dict[str, str]:
    """Return what a page's box sends that says that people are locked out; nothing where it has none."""
    found = re.search(r'name="understood" value="([0-9a-f]+)"', answer.content.decode())
    return {"understood": found[1]} if found else {}


def address_of(row: PolicyDocument, act: str = "") -> str:
    """Return where a policy, or an act on it, is in the room."""
    return f"policies/{policy_id(row.pk)}{f'/{act}' if act else ''}"


def perimeter(*targets: str, name: str = "Perimeter") -> PolicyDocument:
    """Store an RCP that denies every sign-in, and attach it."""
    return attach(RCP, deny_rcp("signin:*"), *targets, name=name)


def permitted(session: SignInSession, *actions: str) -> None:
    """Let the session's user do these actions and nothing else."""
    PolicyAttachment.objects.filter(principal=session.principal).delete()
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]})
    attach(PolicyDocument.Type.IDENTITY, text, session.principal.arn, name="Granted", account=str(session.principal.account_id))


def last_event(name: str) -> dict[str, Any]:
    """Return the newest event of an operation."""
    record: dict[str, Any] = json.loads(Event.objects.filter(event_name=name).latest("id").record)
    return record
