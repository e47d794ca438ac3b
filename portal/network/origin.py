"""The origin of a request: who called, from where, by which region's endpoint (facts, section 1.5 and 7)."""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpRequest

from portal.conf import conf
from portal.core import regions
from portal.core.http import once
from portal.network.addresses import parsed
from portal.network.simulated import Network, chosen

USER_AGENT_LIMIT = 1024
"""CloudTrail keeps at most 1 KB of a user agent."""

_LONGEST_CHAIN = 1024
"""Characters of `X-Forwarded-For`; a longer one is not read, and not kept as a key either."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from, or, while training, appears to come from.

    `address` is the public source address; with `vpc` it is the private address behind the VPC endpoint `vpce`, `vpc_source_ip` as
    well, and the request has no public one. `region` is the region's endpoint that was reached; `regional` tells whether that was
    a region's own or the global endpoint. `host` is the host that the client named. `peer` is the real address where
    `address` is a simulated one.
    """

    address: str
    region: str
    regional: bool
    user_agent: str
    host: str
    vpc: str = ""
    vpce: str = ""
    vpc_source_ip: str = ""
    peer: str = ""

    def at_endpoint(self, region: str) -> "Origin":
        """Return the same by the endpoint of `region`."""
        return Origin(
            address=self.address,
            region=region,
            regional=True,
            user_agent=self.user_agent,
            host=self.host,
            vpc=self.vpc,
            vpce=self.vpce,
            vpc_source_ip=self.vpc_source_ip,
            peer=self.peer,
        )

    @property
    def caller(self) -> str:
        """The real address: what throttles count, whatever the visitor appears to come from (decision record 011)."""
        return self.peer or self.address


@lru_cache(maxsize=8)
def _networks(blocks: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(block, strict=False) for block in blocks)


@lru_cache(maxsize=4096)
def source_address(peer: str, forwarded: str, trusted: tuple[str, ...]) -> str:
    """Return the client's address: the peer, or, behind trusted proxies, the last hop of `X-Forwarded-For` that is none of them.

    Anything unparsable counts as the nearest address that was readable (CVE-2024-47070: never skip, never fail open).
    """
    current = parsed(peer) or ipaddress.ip_address("127.0.0.1")
    networks = _networks(trusted)
    if networks and len(forwarded) <= _LONGEST_CHAIN:
        for hop in reversed(forwarded.split(",") if forwarded else []):
            if not any(current in network for network in networks):
                break
            named = parsed(hop)
            if named is None:
                break
            current = named
    return str(current)


def origin_of(request: HttpRequest) -> Origin:
    """Return the request's origin; computed once a request."""
    return once(request, "origin", lambda: origin_within(request, chosen(request)))


def origin_within(request: HttpRequest, network: Network | None) -> Origin:
    """Return the request's origin as it is with a simulated network, or without one.

    A region that the address names wins, but not over that of a VPC endpoint, through which no other region's sign-in is reached.
    """
    meta = request.META
    named = regions.known_region(request.GET.get("region", "")) if "region=" in meta.get("QUERY_STRING", "") else ""
    forwarded = meta.get("HTTP_X_FORWARDED_FOR", "") if conf.trusted_proxies else ""
    address = source_address(meta.get("REMOTE_ADDR", ""), forwarded if len(forwarded) <= _LONGEST_CHAIN else "", conf.trusted_proxies)
    user_agent = meta.get("HTTP_USER_AGENT", "")[:USER_AGENT_LIMIT]
    host = meta.get("HTTP_HOST", "")[:255]
    if network is None:
        return Origin(address=address, region=named or regions.DEFAULT, regional=bool(named), user_agent=user_agent, host=host)
    region = network.region if network.vpc else named or network.region
    return Origin(
        address=network.address,
        region=region or regions.DEFAULT,
        regional=bool(region),
        user_agent=user_agent,
        host=host,
        vpc=network.vpc,
        vpce=network.vpce,
        vpc_source_ip=network.address if network.vpc else "",
        peer=address,
    )


@lru_cache(maxsize=4096)
def network_prefix(address: str, *, v4: int = 32, v6: int = 64) -> str:
    """Return the network of an address with so many leading bits; by default what throttles count: itself, or the /64 of an IPv6 address."""
    found = parsed(address)
    if found is None or (found.version == 4 and v4 == 32):
        return address
    return str(ipaddress.ip_network(f"{found}/{v6 if found.version == 6 else v4}", strict=False))
