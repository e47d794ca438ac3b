"""What the token endpoint refuses with, and what operators and the event log have to do with it."""

import json
from typing import Any

from accounts.administration.acts import Actor
from accounts.models import Principal
from portal.trail.models import Event
from portal.trail.names import EventName
from tests.oauth.tool import BROWSER

DENIED, INVALID = "AccessDeniedException", "ValidationException"
OVER = (DENIED, "TOKEN_EXPIRED")
CHANGED = (DENIED, "USER_CREDENTIALS_CHANGED")
NOT_PERMITTED = (DENIED, "INSUFFICIENT_PERMISSIONS")
CODE_OVER = (DENIED, "AUTHCODE_EXPIRED")


def operator() -> Actor:
    """Return the operator of the demo world, as flows want who acts."""
    return Actor(Principal.objects.get(kind="operator"), BROWSER)


def events() -> list[dict[str, Any]]:
    """Return the events of token requests, oldest first."""
    return [json.loads(row.record) for row in Event.objects.filter(event_name=EventName.CREATE_OAUTH2_TOKEN).order_by("pk")]
