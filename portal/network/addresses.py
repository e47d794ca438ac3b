"""IP addresses as people and proxies write them."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def parsed(text: str) -> Address | None:
    """Return the address that a text names, an IPv4 address that is mapped into IPv6 as itself; None when it names none.

    The name of an interface after a link-local address is left out: it is this computer's, and policies cannot read an address with it.
    """
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        return found.ipv4_mapped or ipaddress.IPv6Address(int(found))
    return found


def canonical(text: str) -> str:
    """Return the one spelling of the address of a single computer; empty for anything else: a group's, nobody's, one of a named interface."""
    found = parsed(text)
    if found is None or found.is_multicast or found.is_unspecified or "%" in text:
        return ""
    return str(found)
