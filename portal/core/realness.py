"""Tell what looks real: addresses outside the reserved domains, and real AWS access keys. Such values are dropped unread."""

import re

RESERVED_SUFFIXES = (".example", ".test", ".invalid", ".localhost")
RESERVED_DOMAINS = frozenset({"example", "test", "invalid", "localhost", "example.com", "example.net", "example.org"})
"""RFC 2606 and RFC 6761."""

FORBIDDEN_HOSTS = ("amazon.com", "aws", "amazonaws.com", "amazonaws.cn", "awsapps.com", "signin.aws", "amazon.dev", "aws.dev", "api.aws")
"""Hosts under which the portal never answers and from which it never mails."""

_ACCESS_KEY = re.compile(r"(?<![A-Z0-9])A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Z0-9])", re.IGNORECASE)


def is_reserved_domain(domain: str, *, allowed: tuple[str, ...] = ()) -> bool:
    """Tell whether mail under `domain` cannot reach a stranger: reserved by RFC, below an example domain, or listed in `allowed`."""
    name = domain.rstrip(".").lower()
    if name in RESERVED_DOMAINS or name.endswith(RESERVED_SUFFIXES) or name in allowed:
        return True
    return name.endswith((".example.com", ".example.net", ".example.org"))


def looks_like_access_key(text: str) -> bool:
    """Tell whether `text` holds what looks like a real AWS access key id."""
    return bool(_ACCESS_KEY.search(text))


def looks_like_real_address(text: str, *, allowed: tuple[str, ...] = ()) -> bool:
    """Tell whether `text` is an address whose domain is not reserved."""
    _, at, domain = text.strip().rpartition("@")
    return bool(at) and "." in domain and not is_reserved_domain(domain, allowed=allowed)


def is_forbidden_host(host: str) -> bool:
    """Tell whether `host` is, or lies under, a host of Amazon's."""
    name = host.rstrip(".").lower()
    return any(name == forbidden or name.endswith("." + forbidden) for forbidden in FORBIDDEN_HOSTS)
