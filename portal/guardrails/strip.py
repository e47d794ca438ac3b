"""The strip on top of every page, with, while training, the menu of the network that the visitor appears to come from.

The same for every visitor in one language and network, so it is drawn once for these, and only filled in.
"""

from functools import lru_cache

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import override

from portal.conf import conf
from portal.core.pages import cut, fill, mark
from portal.guardrails.access import may_look
from portal.network.origin import Origin, origin_of
from portal.network.simulated import chosen, stamp
from portal.world.networks import networks


def strip_of(request: HttpRequest, language: str) -> SafeString:
    """Return the strip of a page; costs no query unless only operators may train and one is signed in here."""
    origin = origin_of(request)
    if not _may_choose(request):
        return SafeString(fill(_bare(language), {}))
    network = chosen(request)
    named = network.name if network else ""
    return SafeString(fill(_with_menu(language, stamp(), named, network is not None), {"whence": whence_of(origin), "peer": origin.caller}))


def whence_of(origin: Origin) -> str:
    """Return the address that a visitor appears to come from, with the VPC that it is private to."""
    return f"{origin.address} · {origin.vpc}" if origin.vpc else origin.address


def _may_choose(request: HttpRequest) -> bool:
    # A request that is refused at the door has no user yet.
    return conf.training and (not conf.training_needs_operator or (hasattr(request, "user") and may_look(request)))


@lru_cache(maxsize=4)
def _bare(language: str) -> tuple[str, ...]:
    with override(language):
        return cut(render_to_string("layouts/parts/strip.html"))


@lru_cache(maxsize=64)
def _with_menu(language: str, _stamp: int, named: str, simulated: bool) -> tuple[str, ...]:
    """Return the strip's parts; `named` is the world's network that the visitor is in, and empty for a real or a typed one."""
    entries = [(network, network.label.in_language(language)) for network in networks()]
    label = next((label for network, label in entries if network.name == named), "")
    context = {"menu": True, "entries": entries, "named": named, "label": label, "simulated": simulated}
    with override(language):
        return cut(render_to_string("layouts/parts/strip.html", context | {name: mark(name) for name in ("whence", "peer")}))
