"""The origin of a request: who called, from where, by which region's endpoint (facts, section 1.5 and 7)."""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpRequest

from portal.conf import conf
from portal.core import regions
from portal.core.http import once

USER_AGENT_LIMIT = 1024
"""CloudTrail keeps at most 1 KB of a user agent."""

_LONGEST_CHAIN = 1024
"""Characters of `X-Forwarded-For`; a longer one is not read, and not kept as a key either."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from.

    `address` is the public source address. `region` is the region's endpoint that was reached; `regional` tells whether the
    visitor named it or reached the global endpoint. `host` is the host that the client named.
    """

    address: str
    region: str
    regional: bool
    user_agent: str
    host: str


@lru_cache(maxsize=8)
def _networks(blocks: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(block, strict=False) for block in blocks)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


@lru_cache(maxsize=4096)
def source_address(peer: str, forwarded: str, trusted: tuple[str, ...]) -> str:
    """Return the client's address: the peer, or, behind trusted proxies, the last hop of `X-Forwarded-For` that is none of them.

    Anything unparsable counts as the nearest address that was readable (CVE-2024-47070: never skip, never fail open).
    """
    current = _address(peer) or ipaddress.ip_address("127.0.0.1")
    networks = _networks(trusted)
    if networks and len(forwarded) <= _LONGEST_CHAIN:
        for hop in reversed(forwarded.split(",") if forwarded else []):
            if not any(current in network for network in networks):
                break
            named = _address(hop)
            if named is None:
                break
            current = named
    return str(current)


def origin_of(request: HttpRequest) -> Origin:
    """Return the request's origin; computed once a request."""
    return once(request, "origin", lambda: _read(request))


def _read(request: HttpRequest) -> Origin:
    meta = request.META
    named = regions.known_region(request.GET.get("region", "")) if "region=" in meta.get("QUERY_STRING", "") else ""
    forwarded = meta.get("HTTP_X_FORWARDED_FOR", "") if conf.trusted_proxies else ""
    return Origin(
        address=source_address(meta.get("REMOTE_ADDR", ""), forwarded if len(forwarded) <= _LONGEST_CHAIN else "", conf.trusted_proxies),
        region=named or regions.DEFAULT,
        regional=bool(named),
        user_agent=meta.get("HTTP_USER_AGENT", "")[:USER_AGENT_LIMIT],
        host=meta.get("HTTP_HOST", "")[:255],
    )


@lru_cache(maxsize=4096)
def network_prefix(address: str, *, v4: int = 32, v6: int = 64) -> str:
    """Return the network of an address with so many leading bits; by default what throttles count: itself, or the /64 of an IPv6 address."""
    found = _address(address)
    if found is None or (found.version == 4 and v4 == 32):
        return address
    return str(ipaddress.ip_network(f"{found}/{v6 if found.version == 6 else v4}", strict=False))
