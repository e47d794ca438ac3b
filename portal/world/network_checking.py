"""Check what types cannot say about a world's networks."""

import ipaddress
import re
from collections.abc import Iterator

from portal.core import regions
from portal.network import addresses, simulated
from portal.world.definition import Network

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")


def network_faults(network: Network, place: str) -> Iterator[tuple[str, str]]:
    """Yield the place of each thing in a network that cannot be loaded, and what was expected there."""
    if not NAME.fullmatch(network.name):
        yield f"{place}.name", f"expected at most 32 lower-case letters, digits and hyphens, found `{network.name}`"
    if not network.label.en:
        yield f"{place}.label.en", "expected what people call this network; it is missing"
    if network.region and not regions.known_region(network.region):
        yield f"{place}.region", f"expected a region with a sign-in endpoint, found `{network.region}`"
    if network.vpc:
        yield from _private_faults(network, place)
    else:
        yield from _public_faults(network, place)


def _public_faults(network: Network, place: str) -> Iterator[tuple[str, str]]:
    for name in ("vpce", "vpc_source_ip"):
        if getattr(network, name):
            yield f"{place}.{name}", "expected nothing for a network without `vpc`"
    if addresses.canonical(network.source_ip) != network.source_ip or not network.source_ip:
        yield f"{place}.source_ip", f"expected one IPv4 or IPv6 address in its shortest form, or `vpc`, found `{network.source_ip}`"
    elif network.cidr and not _holds(network.cidr, network.source_ip):
        yield f"{place}.cidr", f"expected a block that `{network.source_ip}` belongs to, found `{network.cidr}`"


def _private_faults(network: Network, place: str) -> Iterator[tuple[str, str]]:
    for name in ("source_ip", "cidr"):
        if getattr(network, name):
            yield f"{place}.{name}", "expected nothing for a network with `vpc`: a request through a VPC endpoint has no public address"
    if not simulated.VPC.fullmatch(network.vpc):
        yield f"{place}.vpc", f"expected the id of a VPC such as vpc-0abc123def456789a, found `{network.vpc}`"
    if not simulated.VPCE.fullmatch(network.vpce):
        yield f"{place}.vpce", f"expected the id of a VPC endpoint such as vpce-0fed987cba654321f, found `{network.vpce}`"
    if addresses.canonical(network.vpc_source_ip) != network.vpc_source_ip or not network.vpc_source_ip:
        yield f"{place}.vpc_source_ip", f"expected the private address of one computer, found `{network.vpc_source_ip}`"
    if not network.region:
        yield f"{place}.region", "expected the region of the VPC endpoint; it is missing"


def _holds(block: str, address: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(block)
    except ValueError:
        return False
