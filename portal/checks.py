"""Refuse to start in a state that the guard rails forbid, or with settings that cannot be read.

The checks run with every management command that runs Django's checks, and `refuse_unsafe_start` runs them where none does:
in the web server's own processes.
"""

import ipaddress
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from portal.conf import PortalSettings, conf, is_loopback
from portal.core.realness import is_forbidden_host, is_reserved_domain

SECRET_KEY_LENGTH = 32
"""Characters; below that a key can be guessed offline from one signed value."""

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")

OLDEST_SQLITE = (3, 35)
"""The first that gives back a new row's key (RETURNING)."""


def _domain_of(address: str) -> str:
    return address.rstrip(">").rpartition("@")[2].strip().lower()


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it is what raises for a port out of range
    except ValueError:
        return None
    return parts


def _hosts() -> Iterator[CheckMessage]:
    for host in dict.fromkeys((*settings.ALLOWED_HOSTS, *conf.extra_hosts, conf.host)):
        if host == "*":
            yield Error("ALLOWED_HOSTS holds `*`, which answers to every name.", hint="Name the portal's hosts in PORTAL_HOSTS.", id="portal.E001")
        elif is_forbidden_host(host.lstrip(".")):
            yield Error(
                f"The portal must not answer as `{host}`: it lies under a host of Amazon's.", hint="Use a host of your own.", id="portal.E001"
            )


def _mail_domains() -> Iterator[CheckMessage]:
    if conf.mail_sender and is_forbidden_host(_domain_of(conf.mail_sender)):
        yield Error("PORTAL_MAIL_SENDER lies under a host of Amazon's.", hint="Send from a domain of your own.", id="portal.E002")
    for domain in conf.mail_domains:
        if is_forbidden_host(domain) or "." not in domain.strip("."):
            yield Error(
                f"PORTAL_MAIL_DOMAINS must not list `{domain}`.",
                hint="List whole domains of your own, such as `training.yourcompany.org`.",
                id="portal.E002",
            )


def _smtp() -> Iterator[CheckMessage]:
    if not conf.smtp_url:
        return
    if not (parts := _split(conf.smtp_url)) or parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        yield Error("PORTAL_SMTP_URL is not `smtp://user:password@host:port` or `smtps://…`.", id="portal.E003")
    name, at, domain = conf.mail_sender.rpartition("@")
    if not (name and at and "." in domain):
        yield Error(
            "PORTAL_SMTP_URL sends real mail, but PORTAL_MAIL_SENDER names no sender.",
            hint="Set it to an address of your own domain.",
            id="portal.E003",
        )
    elif parts and parts.hostname and not is_loopback(parts.hostname) and is_reserved_domain(_domain_of(conf.mail_sender)):
        yield Error(
            "PORTAL_MAIL_SENDER lies under a reserved domain, which a real SMTP server cannot send for.",
            hint="Set it to an address of your own domain.",
            id="portal.E003",
        )


def _training() -> Iterator[CheckMessage]:
    if conf.training and not conf.training_needs_operator and conf.reachable:
        yield Error(
            "PORTAL_TRAINING is on and the portal is reachable beyond this machine (PORTAL_PUBLIC, or the host of PORTAL_BASE_URL): "
            "strangers could move the clock and read security-check answers.",
            hint="Set PORTAL_TRAINING_OPERATORS=1, or switch training off.",
            id="portal.E004",
        )


def _debugging() -> Iterator[CheckMessage]:
    if settings.DEBUG and conf.reachable:
        yield Error("DEBUG is on and the portal is reachable beyond this machine.", hint="Switch DEBUG off.", id="portal.E005")


def _base_url() -> Iterator[CheckMessage]:
    parts = _split(conf.base_url)
    if not parts or parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        yield Error(
            f"PORTAL_BASE_URL `{conf.base_url}` is not an origin.",
            hint="Write it as `https://portal.yourcompany.org`, without a path.",
            id="portal.E006",
        )
    elif conf.public and parts.scheme == "http":
        yield checks.Warning(
            "PORTAL_PUBLIC is on and PORTAL_BASE_URL is plain http: passwords cross the network readable.", hint="Put TLS in front.", id="portal.W006"
        )


def _proxies() -> Iterator[CheckMessage]:
    for block in conf.trusted_proxies:
        try:
            ipaddress.ip_network(block, strict=False)
        except ValueError:
            yield Error(f"PORTAL_TRUSTED_PROXIES holds `{block}`, which is no address or CIDR block.", id="portal.E007")


def _keys() -> Iterator[CheckMessage]:
    for position, key in enumerate(conf.secret_keys, start=1):
        if len(key) < SECRET_KEY_LENGTH or len(set(key)) < 8:
            yield Error(
                f"Key {position} of PORTAL_SECRET_KEYS is too short or too plain.",
                hint=f"Use at least {SECRET_KEY_LENGTH} random characters: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'",
                id="portal.E008",
            )


def _metrics_token() -> Iterator[CheckMessage]:
    if conf.metrics_token and (len(conf.metrics_token) < SECRET_KEY_LENGTH or len(set(conf.metrics_token)) < 8):
        yield Error(
            "PORTAL_METRICS_TOKEN is too short or too plain: whoever guesses it reads /metrics.",
            hint=f"Use at least {SECRET_KEY_LENGTH} random characters: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'",
            id="portal.E016",
        )


def _numbers() -> Iterator[CheckMessage]:
    for name, found in vars(PortalSettings).items():
        if not isinstance(found, property | cached_property):
            continue
        try:
            getattr(conf, name)
        except ValueError:
            documented = (found.__doc__ or "").partition("`:")[0].strip("`")
            yield Error(f"{documented or name} is not a whole number.", id="portal.E009")


def _contact() -> Iterator[CheckMessage]:
    if not conf.security_contact.startswith(("mailto:", "https://", "tel:")):
        yield Error(
            "PORTAL_SECURITY_CONTACT is not an address as RFC 9116 wants it.", hint="Begin it with mailto:, https:// or tel:.", id="portal.E010"
        )


def _brand() -> Iterator[CheckMessage]:
    words = conf.brand.lower().split()
    if "amazon" in conf.brand.lower() or words in (["aws"], ["aws", "console"]) or not words or len(conf.brand) > 40:
        yield Error(
            f"PORTAL_BRAND `{conf.brand}` passes for the real cloud, or is no name.",
            hint="Say that it is a simulation, as in `Simulated AWS`; at most 40 characters.",
            id="portal.E011",
        )


def _sqlite() -> Iterator[CheckMessage]:
    if conf.database_url.startswith("sqlite") and sqlite3.sqlite_version_info < OLDEST_SQLITE:
        wanted = ".".join(map(str, OLDEST_SQLITE))
        yield Error(
            f"Python's SQLite is {sqlite3.sqlite_version}; the portal needs {wanted} or newer (RETURNING).",
            hint="Use a newer Python, or set PORTAL_DATABASE_URL to a PostgreSQL database.",
            id="portal.E012",
        )


def _passkeys() -> Iterator[CheckMessage]:
    """Hold the settings to what browsers accept (WebAuthn Level 3 §5.1.3, §13.4.9), where else each passkey would fail without a word here."""
    wrong = list(_wrong_rp_id()) or list(_wrong_rp_origins())
    if {"PORTAL_RP_ID", "PORTAL_RP_ORIGINS"} & os.environ.keys():
        yield from wrong
    elif wrong:
        yield checks.Warning(
            f"Passkeys cannot be used at `{conf.base_url}`: browsers want a host name, and https unless it is localhost.",
            hint="Set PORTAL_BASE_URL to an https address with a name.",
            id="portal.W013",
        )


def _wrong_rp_id() -> Iterator[CheckMessage]:
    if _is_address(conf.rp_id) or not _HOST.fullmatch(conf.rp_id):
        yield Error(
            f"PORTAL_RP_ID `{conf.rp_id}` is no host name: passkeys belong to a name, not to an address, a port or a URL.",
            hint="Set it to the portal's host, such as `portal.yourcompany.org`, or to a parent domain of it.",
            id="portal.E013",
        )


def _wrong_rp_origins() -> Iterator[CheckMessage]:
    for origin in conf.rp_origins:
        parts = _split(origin)
        host = (parts.hostname or "") if parts else ""
        if not parts or origin != _origin(parts) or not (parts.scheme == "https" or is_loopback(host)):
            yield Error(
                f"PORTAL_RP_ORIGINS holds `{origin}`, where browsers make no passkeys or which they spell otherwise.",
                hint="Write it as `https://portal.yourcompany.org`: lower case, no path, no standard port; plain http for localhost only.",
                id="portal.E014",
            )
        elif host != conf.rp_id and not ("." in conf.rp_id and host.endswith(f".{conf.rp_id}")):
            yield Error(
                f"PORTAL_RP_ID `{conf.rp_id}` is neither the host of `{origin}` (PORTAL_RP_ORIGINS) nor a parent domain of it.",
                hint="Set PORTAL_RP_ID to that host or to a parent domain, or drop the origin.",
                id="portal.E015",
            )


def _origin(parts: SplitResult) -> str:
    """Return the one spelling of an origin that browsers send (RFC 6454 §6.2), or nothing for what is none."""
    standard = {"http": 80, "https": 443}
    if parts.scheme not in standard or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in {None, standard[parts.scheme]} else "")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


RULES: tuple[Callable[[], Iterator[CheckMessage]], ...] = (
    _hosts,
    _mail_domains,
    _smtp,
    _training,
    _debugging,
    _base_url,
    _proxies,
    _keys,
    _metrics_token,
    _numbers,
    _contact,
    _brand,
    _sqlite,
    _passkeys,
)


@checks.register(checks.Tags.security)
def guard_rails(**_options: Any) -> list[CheckMessage]:
    """Return what forbids a start (errors), and what an operator should know (warnings)."""
    return [message for rule in RULES for message in rule()]


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured, with one line per error, when the portal must not start like this."""
    lines = [f"{found.id}: {found.msg} {found.hint or ''}".rstrip() for found in guard_rails() if found.level >= 40]
    if lines:
        raise ImproperlyConfigured("\n".join(["The portal does not start:", *lines]))
