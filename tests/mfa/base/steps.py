"""Steps of the second factor's stories."""

import html
import re
from typing import Any

from accounts.models import Principal
from accounts.sessions.store import SessionStore
from accounts.signin.attempt import SESSION_KEY, Attempt, JourneyName
from portal.world.people import Person
from tests.journeys.visitor import Visitor

CHALLENGE = "/signin/mfa/"
REGISTER = "/signin/mfa/register"
_OPTIONS = re.compile(r'data-passkey="get" data-options="([^"]+)"')


def reaches_challenge(visitor: Visitor, person: Person) -> Any:
    """Prove the first factor of an IAM user, and return the page that asks for the second."""
    return visitor.goes(visitor.gives_iam(person), CHALLENGE)


def root_reaches_challenge(visitor: Visitor, person: Person) -> Any:
    """Prove the first factor of a root user in a new browser, mailed code included, and return the page that asks for the second."""
    page = visitor.reaches_code(person)
    return visitor.goes(visitor.sends(page, code=visitor.newest_mail(person.email)["codes"][0]), CHALLENGE)


def operator_reaches_challenge(visitor: Visitor, person: Person) -> Any:
    """Prove the first factor of an operator, and return the page that asks for the second."""
    page = visitor.opens("/signin/operator?next=/admin/")
    return visitor.goes(visitor.sends(page, username=person.username, password=person.password), CHALLENGE)


def passkey_options(page: Any) -> str:
    """Return the options that a page gives the browser to show a passkey with."""
    found = _OPTIONS.search(page.content.decode())
    assert found, "the page asks for no passkey"
    return html.unescape(found[1])


def half_way(visitor: Visitor, principal: Principal, journey: JourneyName = "iam_user") -> None:
    """Put a visitor where a sign-in stands whose password was right, for kinds of identities that have no page of their own yet."""
    session = SessionStore()
    attempt = Attempt(journey, identified=True, principal=principal.pk, credential_epoch=principal.credential_epoch, password_proved=True)
    session[SESSION_KEY] = {name: getattr(attempt, name) for name in Attempt.__dataclass_fields__}
    session.save()
    visitor.client.cookies["attempt"] = str(session.session_key)


def attempt_of(visitor: Visitor) -> dict[str, Any]:
    """Return how far the sign-in of a visitor's browser has come; nothing when there is none."""
    found: dict[str, Any] = SessionStore(visitor.client.cookies["attempt"].value).get(SESSION_KEY, {})
    return found


def events_named(visitor: Visitor, name: str, account: str = "111122223333") -> list[dict[str, Any]]:
    """Return the records of that name in an account, oldest first."""
    return [event for event in visitor.events(account) if event["eventName"] == name]


def holds_no_session(visitor: Visitor) -> bool:
    """Tell whether no cookie of a console or an operator came out of what has happened so far."""
    held = [name for name, morsel in visitor.client.cookies.items() if morsel.value]
    return not [name for name in held if name.startswith("s-") or name == "operator"]
