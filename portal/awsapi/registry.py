"""Operations that the portal answers. Each is one function, named as botocore names it, marked by `operation`.

A further one is a further function in its service's module; a further service is a further module, named in `services/__init__.py`.
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Literal, overload

from django.db import transaction

from portal.awsapi import models
from portal.awsapi.callers import Signer
from portal.awsapi.sigv4 import SignedRequest
from portal.network.origin import Origin


@dataclass(frozen=True, slots=True)
class Call:
    """One verified, parsed and valid call: who, from where, to which region's endpoint, with which parameters, when."""

    signer: Signer
    origin: Origin
    region: str
    parameters: Mapping[str, Any]
    now: datetime
    request_id: str


@dataclass(frozen=True, slots=True)
class OpenCall:
    """One parsed and valid call of an operation that nobody signs: what else proves who calls is in the `request` as it was sent.

    `is_form` tells that it came as an OAuth client's form, not as a program's JSON.
    """

    origin: Origin
    parameters: Mapping[str, Any]
    now: datetime
    request_id: str
    request: SignedRequest
    is_form: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers, and what its event says beside it.

    `recorded` stands in the event in place of the output, where that holds a secret; `resources` are ARNs with the type of each.
    `shared_with` is another account that is told of the call as well; `extra` becomes the event's `additionalEventData`.
    """

    output: Mapping[str, Any] = field(default_factory=dict)
    recorded: Mapping[str, Any] | None = None
    resources: tuple[tuple[str, str], ...] = ()
    shared_with: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


Function = Callable[[Call], Answer]
FirstPart = Callable[[Call], Callable[[], Answer]]
OpenFunction = Callable[[OpenCall], Answer]


@dataclass(frozen=True, slots=True)
class Offered:
    """An operation with its function. `reads` is what its event says of it; `authorized` asks the caller's policies before the call.

    A function `in_two_parts` does first, outside of any transaction, what takes long or must stay whatever comes of it (hashing, counting
    a wrong code), and returns the rest, which runs in the transaction of its event.
    """

    function: Function | FirstPart
    reads: bool
    authorized: bool
    in_two_parts: bool = False

    def answer(self, call: Call, record: Callable[[Answer], None]) -> Answer:
        """Carry a call out and record it: what changes something in one transaction with its event."""
        rest: Callable[[], Any] = partial(self.function, call)
        if self.in_two_parts:
            rest = rest()
        # What only reads has nothing to roll back, and what it counts on its way (a wrong code) must stay.
        with nullcontext() if self.reads else transaction.atomic():
            made: Answer = rest()
            record(made)
        return made


@dataclass(frozen=True, slots=True)
class OpenOffered:
    """An operation that nobody signs, with its function, which writes its own events. Of `open_members` the model's pattern is not asked."""

    function: OpenFunction
    open_members: frozenset[str]


_offered: dict[str, dict[str, Offered | OpenOffered]] = {}


@overload
def operation(service: str, *, signed: Literal[True] = True, reads: bool = False, authorized: bool = True) -> Callable[[Function], Function]: ...


@overload
def operation(
    service: str, *, signed: Literal[True] = True, reads: bool = False, authorized: bool = True, in_two_parts: Literal[True]
) -> Callable[[FirstPart], FirstPart]: ...


@overload
def operation(service: str, *, signed: Literal[False], open_members: frozenset[str] = frozenset()) -> Callable[[OpenFunction], OpenFunction]: ...


def operation(
    service: str,
    *,
    signed: bool = True,
    reads: bool = False,
    authorized: bool = True,
    in_two_parts: bool = False,
    open_members: frozenset[str] = frozenset(),
) -> Callable[[Any], Any]:
    """Offer the operation of `service` that the function is named after.

    `authorized`: the caller's policies must allow `<service>:<Operation>` on everything; an operation that asks them itself, or
    that anybody may call, says False. `in_two_parts`: see `Offered`. An operation that is not `signed` has no caller; its function takes an
    `OpenCall`.
    """

    def offer(function: Any) -> Any:
        made = Offered(function, reads, authorized, in_two_parts) if signed else OpenOffered(function, open_members)
        _offered.setdefault(service, {})[function.__name__] = made
        return function

    return offer


def offered(wanted: models.Operation) -> Offered | OpenOffered | None:
    """Return what answers an operation; None where the portal does not have it."""
    return _offered.get(wanted.service.name, {}).get(wanted.function)


def services() -> tuple[str, ...]:
    """Return the names of the services that have operations here."""
    return tuple(_offered)


def functions(service: str) -> tuple[str, ...]:
    """Return the functions of a service."""
    return tuple(_offered.get(service, {}))
