"""`POST /v1/register`: a client registers itself (RFC 7591; Sign-In API reference, CreateOAuth2PublicClient)."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.models import RegisteredClient
from accounts.oauth.registration import RegistrationRefused, register
from portal.core.errors import PortalError, TooMany
from portal.core.http import no_store, read_json
from portal.network.origin import origin_of

_METADATA = "invalid_client_metadata"


@csrf_exempt  # no browser's session is looked at, and none is given
@require_POST
def registration(request: HttpRequest) -> HttpResponse:
    """Register the client that the JSON of the body describes, and tell it its id."""
    try:
        client = register(read_json(request), origin=origin_of(request))
    except RegistrationRefused as refused:
        return _refusal("ValidationException", refused.error, str(refused), status=400)
    except TooMany as error:
        response = _refusal("TooManyRequestsError", "rate_exceeded", error.public, status=429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    except PortalError as error:
        return _refusal("ValidationException", _METADATA, error.public, status=error.status)
    return no_store(JsonResponse(_answer(client)))


def _answer(client: RegisteredClient) -> dict[str, object]:
    return {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created_at.timestamp()),
        "client_name": client.name,
        "grant_types": client.grant_types,
        "redirect_uris": client.redirect_uris,
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }


def _refusal(kind: str, error: str, message: str, *, status: int) -> HttpResponse:
    response = JsonResponse({"error": error, "error_description": message, "message": message}, status=status)
    response.headers["x-amzn-ErrorType"] = kind
    return no_store(response)
