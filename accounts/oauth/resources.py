"""What OAuth tokens are good for: services by their principals (guide, "Services supporting OAuth" and "OAuth resource types")."""

import re

from portal.conf import conf

_NAME = re.compile(r"([a-z0-9-]{1,63})\.amazonaws\.com", re.ASCII)
_ADDRESS = re.compile(r"https://([a-z0-9-]{1,63})\.[a-z]{2}(?:-[a-z]+)+-[0-9]+\.api\.aws(?:/[!-~]*)?", re.ASCII)


def service_of(resource: str, *, also: frozenset[str] = frozenset()) -> str | None:
    """Return the service principal that a resource indicator means, such as `aws-mcp.amazonaws.com`; None where no token is for it.

    The resource is the principal itself, or the address of the service's regional endpoint (RFC 8707 §2). `also` are principals that
    take tokens of this kind beside those that support OAuth (`conf.oauth_services`).
    """
    named = _NAME.fullmatch(resource) or _ADDRESS.fullmatch(resource)
    principal = f"{named[1]}.amazonaws.com" if named else ""
    return principal if principal in also or principal in conf.oauth_services else None


def service_arn(principal: str, *, region: str, account: str) -> str:
    """Return the ARN by which an account's policies in `region` mean tokens for a service."""
    return f"arn:aws:signin:{region}:{account}:service-principal/{principal}"
