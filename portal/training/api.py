"""The training controls as JSON (design page, "Training controls")."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.captcha.flows import answer_for
from portal.conf import conf
from portal.core import clock
from portal.core.errors import BadInput, NotFound
from portal.core.http import no_store, read_json
from portal.training.guard import training_call
from portal.training.network.api import listed
from portal.training.time_travel import advance_clock
from portal.world.definition import Account
from portal.world.flows import loaded_world, reset_world
from portal.world.networks import networks
from portal.world.people import people
from portal.world.second_factors import sign_counts


def _json(body: dict[str, Any]) -> HttpResponse:
    return no_store(JsonResponse(body))


def _account(account: Account) -> dict[str, Any]:
    names = ("id", "name", "alias", "organization", "unit", "status", "has_root_credentials", "administrator")
    return {name: getattr(account, name) for name in names}


def _people() -> list[dict[str, Any]]:
    """Return the people; a passkey as Chromium's `WebAuthn.addCredential` wants to know it, with the counter that the portal expects next."""
    listed = people()
    counts = sign_counts(person.passkey for person in listed if person.passkey)
    found = []
    for person in listed:
        passkey = asdict(person.passkey) | {"rp_id": conf.rp_id, "sign_count": counts.get(person.passkey, 0)} if person.passkey else None
        found.append(asdict(person) | {"passkey": passkey})
    return found


def _clock() -> dict[str, Any]:
    return {"now": clock.now().isoformat(), "offset_seconds": round(clock.offset().total_seconds())}


@training_call
@require_safe
def world(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the signature of a view
    """Answer with the loaded world's people, with their passwords and second factors, its networks and its accounts."""
    return _json(
        {
            "people": _people(),
            "networks": [listed(network) for network in networks()],
            "accounts": [_account(account) for account in loaded_world().accounts],
        }
    )


@training_call
@require_POST
def reset(request: HttpRequest) -> HttpResponse:
    """Put the world back as it was loaded, and answer with the clock, which is at real time again. A body may only be empty."""
    if request.body and read_json(request):
        raise BadInput(_("Resetting takes no values; send an empty body or `{}`."))
    reset_world()
    return _json(_clock())


@training_call
@require_http_methods(["GET", "HEAD", "POST"])
def simulated_clock(request: HttpRequest) -> HttpResponse:
    """Answer with the simulated time; a POST moves it first: `{"advance_seconds": N}` or `{"reset": true}`."""
    if request.method == "POST":
        match read_json(request):
            case {"advance_seconds": int(seconds), **others} if not others and not isinstance(seconds, bool):
                advance_clock(seconds)
            case {"reset": True, **others} if not others:
                clock.reset()
            case _:
                raise BadInput(_('Send `{"advance_seconds": N}` with a whole number, or `{"reset": true}`.'))
    return _json(_clock())


@training_call
@require_safe
def captcha(request: HttpRequest) -> HttpResponse:
    """Answer the security check that the calling browser is looking at; 404 when there is none."""
    answer = answer_for(request)
    if answer is None:
        raise NotFound(_("This browser is not looking at a security check."))
    return _json({"answer": answer})
