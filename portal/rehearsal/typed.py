"""Networks and identities as people type them, one a line. Pure but for the words, which are in the reader's language."""

import contextlib
import re
from collections.abc import Callable, Hashable
from typing import NamedTuple, TypeVar

from django.utils.translation import gettext as _

from policies.simulator.scenario import Place, Who
from portal.core import regions
from portal.network import addresses
from portal.network.simulated import VPC, VPCE

Value = TypeVar("Value", bound=Hashable)

_IDENTITY = re.compile(r"root|(?:user|role)/(?:[\x21-\x2e\x30-\x7e]{1,128}/){0,4}[A-Za-z0-9_+=,.@-]{1,64}|federated-user/[A-Za-z0-9_+=,.@-]{2,193}")
_READERS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("vpc", VPC.fullmatch),
    ("vpce", VPCE.fullmatch),
    ("region", regions.known_region),
    ("address", addresses.canonical),
)


class Fault(NamedTuple):
    """What is wrong with one line, which counts from 1, in a whole sentence."""

    line: int
    sentence: str


class Unreadable(Exception):
    """A line that cannot be read; its argument is a whole sentence."""


def lines_of(text: str, read: Callable[[str], Value]) -> tuple[tuple[Value, ...], tuple[Fault, ...]]:
    """Return what `read` makes of each line that is not blank, each value once, and what is wrong with the lines that it refused."""
    found: dict[Value, None] = {}
    faults: list[Fault] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found[read(line.strip())] = None
        except Unreadable as error:
            faults.append(Fault(number, str(error)))
    return tuple(found), tuple(faults)


def place_of(line: str) -> Place:
    """Return the network of a line: a public address, or VPC, VPC endpoint and private address; either with a Region. Raises Unreadable.

    It goes by the name that the command line has for it, its parts with slashes between.
    """
    parts: dict[str, str] = {}
    for word in re.split(r"[\s,/]+", line):
        kind, value = _kind_of(word)
        if kind in parts:
            raise Unreadable(_("`%(line)s` names two things of one kind. Write each network on a line of its own.") % {"line": line[:100]})
        parts[kind] = value
    if "address" not in parts:
        raise Unreadable(_("`%(line)s` names no address. Behind a VPC endpoint it is the private one.") % {"line": line[:100]})
    if ("vpc" in parts) != ("vpce" in parts):
        raise Unreadable(_("`%(line)s` needs both a VPC and a VPC endpoint, or neither.") % {"line": line[:100]})
    if "vpc" in parts and "region" not in parts:
        raise Unreadable(_("`%(line)s` names no Region. A VPC endpoint is in one, such as us-west-2.") % {"line": line[:100]})
    name = "/".join(parts[kind] for kind in ("vpc", "vpce", "address", "region") if kind in parts)
    return Place(name=name, label=name, **parts)


def _kind_of(word: str) -> tuple[str, str]:
    for kind, read in _READERS:
        found = read(word)
        if found:
            return kind, found if isinstance(found, str) else word
    raise Unreadable(_("`%(word)s` is no address, VPC, VPC endpoint or Region.") % {"word": word[:100]})


def identity_reader(account_id: str) -> Callable[[str], Who]:
    """Return what reads a line as an identity of the account: its ARN, or what of it stands after the account."""

    def identity_of(line: str) -> Who:
        service, name = ("sts", line) if line.startswith("federated-user/") else ("iam", line)
        for candidate in ("iam", "sts"):
            if line.startswith(f"arn:aws:{candidate}::{account_id}:"):
                service, name = candidate, line.split(":", 5)[5]
        if _IDENTITY.fullmatch(name):
            with contextlib.suppress(ValueError):
                return Who.of(f"arn:aws:{service}::{account_id}:{name}")
        words = _("`%(line)s` is no identity of this account. Write root, user/NAME or role/NAME, with or without %(prefix)s before it.")
        raise Unreadable(words % {"line": line[:200], "prefix": f"arn:aws:iam::{account_id}:"})

    return identity_of
