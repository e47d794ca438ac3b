"""The simulated network of a browser: chosen while training, kept in a signed cookie, and applied to every request's origin.

The cookie holds the network itself, so that reading it needs neither the database nor the world file, and two things that bind it:
the stamp of the world's last load, so that a reset sends everybody home, and, where only operators may train, the operator who
chose, so that it is worth nothing once that operator has signed out (decision record 011).
"""

import re
import secrets
from dataclasses import astuple, dataclass
from functools import lru_cache

from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.conf import conf
from portal.core.http import drop_cookie, read_cookie, write_cookie
from portal.core.mapped import MappedNumber

VPC = re.compile(r"vpc-[0-9a-f]{8,17}")
"""Ids of VPCs; the cloud's own have 8 or 17 digits, those of the guide's examples 15."""
VPCE = re.compile(r"vpce-[a-z0-9]{8,20}")
"""Ids of VPC endpoints (botocore model `signin`, `VpceId`)."""
COOKIE = "network"
_SALT = "vestibule.network"
_stamp = MappedNumber("network-stamp", "<q")


@dataclass(frozen=True, slots=True)
class Network:
    """Where a browser appears to be.

    Without `vpc`, `address` is public; with it, `address` is the private one behind the VPC endpoint `vpce`. `region` is the one
    whose sign-in endpoint is reached from there; empty: the global endpoint. `name` is that of a network of the world file.
    """

    address: str
    region: str = ""
    vpc: str = ""
    vpce: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Choice:
    """What a cookie holds."""

    network: Network
    stamp: int
    operator: int


def chosen(request: HttpRequest) -> Network | None:
    """Return the simulated network of the browser that sent a request; None where it has none, or may have none.

    Costs one look-up where no such cookie is sent, which is nearly always.
    """
    value = read_cookie(request, COOKIE)
    choice = _opened(value) if value else None
    if choice is None or not conf.training or choice.stamp != stamp():
        return None
    operator = _operator(request)
    return choice.network if operator is not None and choice.operator == operator else None


def choose(request: HttpRequest, response: HttpResponseBase, network: Network) -> None:
    """Let this browser appear to be in `network` until it is closed. The caller has seen to it that whoever asks may train."""
    held = [*astuple(network), stamp(), _operator(request)]
    write_cookie(response, COOKIE, signing.dumps(held, salt=_SALT, compress=False))


def leave(response: HttpResponseBase) -> None:
    """Let this browser be where it is again."""
    drop_cookie(response, COOKIE)


def stamp() -> int:
    """Return a number that differs after every load of a world."""
    return int(_stamp.read())


def forget_all() -> None:
    """Make every choice that was made so far void, in every process of this machine."""
    _stamp.write(secrets.randbits(63))


def _operator(request: HttpRequest) -> int | None:
    """Return whom a choice is bound to: nobody (0) where everybody may train, else the operator signed in here; None where there is none."""
    if not conf.training_needs_operator:
        return 0
    user = getattr(request, "user", None)  # a request that was refused at the door has none
    return user.pk if user is not None and user.is_authenticated and user.is_staff else None


@lru_cache(maxsize=1024)
def _opened(value: str) -> _Choice | None:
    """Return what a cookie of ours holds; None for anything else."""
    try:
        address, region, vpc, vpce, name, made, operator = signing.loads(value, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return _Choice(Network(address, region, vpc, vpce, name), made, operator)
