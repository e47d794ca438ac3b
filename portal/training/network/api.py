"""The simulated network as JSON (design page, "Training controls")."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.core.errors import BadInput
from portal.core.http import no_store, read_json
from portal.network.origin import origin_within
from portal.network.simulated import Network, choose, chosen, leave
from portal.training.guard import training_call
from portal.training.network.forms import EndpointForm, SourceForm
from portal.world import definition
from portal.world.networks import network_named, networks


def listed(network: definition.Network) -> dict[str, str]:
    """Return a network of the world as JSON has it, its label and note in the language of the answer."""
    language = get_language() or "en"
    return asdict(network) | {"label": network.label.in_language(language), "note": network.note.in_language(language)}


@training_call
@require_http_methods(["GET", "HEAD", "POST"])
def network(request: HttpRequest) -> HttpResponse:
    """Answer where the calling browser, told by its cookies, appears to be; a POST moves it first.

    `{"name": "home"}`, `{"source_ip": …}`, `{"vpc", "vpce", "vpc_source_ip", "region"}`, or `{"reset": true}`.
    """
    if request.method != "POST":
        return _where(request, chosen(request))
    wanted = _wanted(read_json(request))
    response = _where(request, wanted)
    if wanted is None:
        leave(response)
    else:
        choose(request, response, wanted)
    return response


def _where(request: HttpRequest, network: Network | None) -> HttpResponse:
    """Return where a browser with this simulated network appears to be. What it does not have is empty: with a VPC, the public address."""
    origin = origin_within(request, network)
    return no_store(
        JsonResponse(
            {
                "name": network.name if network else "",
                "simulated": network is not None,
                "source_ip": "" if origin.vpc else origin.address,
                "vpc": origin.vpc,
                "vpce": origin.vpce,
                "vpc_source_ip": origin.vpc_source_ip,
                "region": origin.region,
            }
        )
    )


def _wanted(body: dict[str, Any]) -> Network | None:
    """Return the network that a body names; None to be where one is. Raises BadInput, naming what is wrong."""
    match body:
        case {"reset": True} if len(body) == 1:
            return None
        case {"name": str(name)} if len(body) == 1:
            found = network_named(name)
            if found is None:
                names = ", ".join(each.name for each in networks())
                raise BadInput(_("There is no such network. Send one of these names: %(names)s.") % {"names": names})
            return found
        case {"source_ip": str()} if len(body) == 1:
            return _typed(SourceForm(body))
        case {"vpc": str(), "vpce": str(), "vpc_source_ip": str(), "region": str()} if len(body) == 4:
            return _typed(EndpointForm(body))
    raise BadInput(
        _('Send `{"name": "home"}`, `{"source_ip": "…"}`, `{"vpc": "…", "vpce": "…", "vpc_source_ip": "…", "region": "…"}` or `{"reset": true}`.')
    )


def _typed(form: SourceForm | EndpointForm) -> Network:
    if not form.is_valid():
        name, problems = next(iter(form.errors.items()))
        raise BadInput(_("`%(field)s`: %(problem)s") % {"field": name, "problem": problems[0]})
    return form.network()
