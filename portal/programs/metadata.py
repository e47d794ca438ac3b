"""What OAuth clients discover: the endpoints (RFC 8414) and the keys of ID tokens (RFC 7517)."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from accounts.oauth.id_tokens import key_set
from portal.conf import conf


@require_safe
def server(_request: HttpRequest) -> HttpResponse:
    """Return the authorization server's metadata; every address is of the portal's one origin, whatever host was asked."""
    base = conf.base_url
    return JsonResponse(
        {
            "issuer": base,
            "authorization_endpoint": f"{base}/v1/authorize",
            "token_endpoint": f"{base}/v1/token",
            "registration_endpoint": f"{base}/v1/register",
            "jwks_uri": f"{base}/.well-known/jwks.json",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["none"],
            "code_challenge_methods_supported": ["S256"],
            "dpop_signing_alg_values_supported": ["ES256"],
            "scopes_supported": ["openid"],
            "authorization_response_iss_parameter_supported": True,
        }
    )


@require_safe
def keys(_request: HttpRequest) -> HttpResponse:
    """Return the public keys that ID tokens are verified with."""
    return JsonResponse(key_set())
