"""Authorization requests of programs: what stands in the address that a program opens in the browser (RFC 6749 §4.1.1, RFC 7636 §4.3).

Client and redirect URI are looked at first. While either is wrong, nothing is sent anywhere and the person reads a page; every later
fault goes to the redirect URI, which is the program's own by then (RFC 6749 §4.1.2.1, RFC 9700 §4.11).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.oauth.clients import Client, ClientKind, client_of
from accounts.oauth.resources import service_of
from portal.conf import conf
from portal.core import pkce, regions
from portal.core.errors import BadInput

_PARAMETERS = ("response_type", "state", "code_challenge", "code_challenge_method", "scope", "resource", "dpop_jkt")
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
_RESOURCE = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]{1,2000}", re.IGNORECASE)
"""An absolute URI (RFC 8707 §2); that it has no fragment is looked at beside."""
LONGEST_STATE = 512


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a program asks for, everything checked. `region` is the one that the address named, or empty."""

    client_id: str
    redirect_uri: str
    state: str
    challenge: str
    challenge_method: str
    scope: str
    resource: str = ""
    jkt: str = ""
    region: str = ""

    def answer(self, **parameters: str) -> str:
        """Return the address that brings `parameters` to the program, with the state and who answers (RFC 9207, against mix-up)."""
        return answer_address(self.redirect_uri, **parameters, state=self.state)


class RequestRefused(Exception):
    """A request of a known program cannot be right; `target` is the address that tells the program so."""

    def __init__(self, error: str, description: str, *, redirect_uri: str, state: str) -> None:
        super().__init__(description)
        self.error = error
        self.target = answer_address(redirect_uri, error=error, error_description=description, state=state)


def answer_address(redirect_uri: str, **parameters: str) -> str:
    """Return a redirect URI with the parameters of an answer; those without a value are left out."""
    query = urlencode({name: value for name, value in (*parameters.items(), ("iss", conf.base_url)) if value})
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"


def host_of(redirect_uri: str) -> str:
    """Return host and port of a redirect URI, as people read them."""
    return urlsplit(redirect_uri).netloc


def _one(given: QueryDict, name: str) -> str:
    """Return a parameter that decides who is asked to answer, and may stand only once (RFC 6749 §3.1)."""
    values = given.getlist(name)
    if len(values) > 1:
        raise BadInput(_("A parameter of the sign-in request stands twice. Start again from the program that sent you here."), detail=name)
    return values[0] if values else ""


def asking_client(given: QueryDict) -> Client:
    """Return the program that asks, its redirect URI checked; raises BadInput while nothing may be sent anywhere."""
    client_id, redirect_uri = _one(given, "client_id"), _one(given, "redirect_uri")
    client = client_of(client_id)
    if client is None or client.kind is ClientKind.CONSOLE:
        raise BadInput(_("The program that sent you here is not known to this portal. Start the sign-in again from that program."))
    if not client.takes(redirect_uri):
        raise BadInput(_("The program that sent you here named an address that is not its own. Nothing was sent there."))
    return client


def read_request(given: QueryDict) -> AuthorizationRequest:
    """Return the request of a program. Raises BadInput for a wrong client or redirect URI, and `RequestRefused` for anything else."""
    client = asking_client(given)
    redirect_uri = _one(given, "redirect_uri")
    values = {name: given.getlist(name) for name in _PARAMETERS}
    one = {name: found[0] if found else "" for name, found in values.items()}
    state = one["state"] if len(values["state"]) == 1 and len(one["state"]) <= LONGEST_STATE else ""
    repeated = next((name for name, found in values.items() if len(found) > 1), "")
    fault = ("invalid_request", f"The parameter {repeated} stands twice.") if repeated else _fault_of(one, client, mode="response_mode" in given)
    if fault:
        raise RequestRefused(*fault, redirect_uri=redirect_uri, state=state)
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        state=state,
        challenge=one["code_challenge"],
        challenge_method=one["code_challenge_method"],
        scope=one["scope"],
        resource=one["resource"],
        jkt=one["dpop_jkt"],
        region=regions.known_region(str(given.get("region", ""))),
    )


def _fault_of(one: Mapping[str, str], client: Client, *, mode: bool) -> tuple[str, str] | None:
    """Return the first fault of a request as OAuth's word and a sentence for the program's author; None where there is none."""
    scopes = " ".join(sorted(client.scopes))
    checks = (
        (one["response_type"] == "code" and not mode, "unsupported_response_type", "The response type must be code, without a response mode."),
        (1 <= len(one["state"]) <= LONGEST_STATE, "invalid_request", f"The parameter state must have 1 to {LONGEST_STATE} characters."),
        (one["code_challenge_method"] in pkce.METHODS, "invalid_request", "The parameter code_challenge_method must be SHA-256 or S256."),
        (
            pkce.CHALLENGE.fullmatch(one["code_challenge"]) is not None,
            "invalid_request",
            "The parameter code_challenge must be 43 characters of base64url.",
        ),
        (client.allows(one["scope"]), "invalid_scope", f"The scope must be of: {scopes}."),
        (not one["dpop_jkt"] or _THUMBPRINT.fullmatch(one["dpop_jkt"]), "invalid_request", "The parameter dpop_jkt must be a SHA-256 thumbprint."),
        (
            not one["resource"] or service_of(one["resource"]) or (_RESOURCE.fullmatch(one["resource"]) and "#" not in one["resource"]),
            "invalid_target",
            "The parameter resource must be an absolute URI without a fragment.",
        ),
        (client.is_for(one["resource"]), "invalid_target", "The parameter resource must name a service that supports OAuth."),
    )
    return next(((error, description) for holds, error, description in checks if not holds), None)
