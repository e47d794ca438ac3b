"""The page of simulated networks, and what the strip's menu sends."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.core.errors import BadInput
from portal.core.http import is_local_path, see_other
from portal.network.origin import origin_of
from portal.network.simulated import Network, choose, chosen, leave
from portal.training.guard import training_page
from portal.training.network.forms import EndpointForm, SourceForm
from portal.world.networks import network_named, networks


def _page(request: HttpRequest, *, source: SourceForm | None = None, endpoint: EndpointForm | None = None) -> HttpResponse:
    language, current = get_language() or "en", chosen(request)
    context: dict[str, Any] = {
        "origin": origin_of(request),
        "current": current,
        "networks": [(network, network.label.in_language(language), network.note.in_language(language)) for network in networks()],
        "source": source or SourceForm(),
        "endpoint": endpoint or EndpointForm(),
        "done": "done" in request.GET,
    }
    return render(request, "portal/training/network.html", context, status=400 if source or endpoint else 200)


@training_page
@require_http_methods(["GET", "HEAD", "POST"])
def network(request: HttpRequest) -> HttpResponse:
    """Show where this browser appears to be and where else it could; a POST puts it in a network of the world, or back where it is."""
    if request.method != "POST":
        return _page(request)
    name = request.POST.get("network", "")
    wanted = network_named(name)
    if name and wanted is None:
        raise BadInput(_("Choose one of the networks of the menu."))
    target = request.POST.get("next", "")
    response = see_other(target if is_local_path(target) else reverse("training:network"))
    if wanted is None:
        leave(response)
    else:
        choose(request, response, wanted)
    return response


@training_page
@require_POST
def source(request: HttpRequest) -> HttpResponse:
    """Put this browser behind a typed public address."""
    form = SourceForm(request.POST)
    return _moved(request, form.network()) if form.is_valid() else _page(request, source=form)


@training_page
@require_POST
def endpoint(request: HttpRequest) -> HttpResponse:
    """Put this browser behind a typed VPC endpoint."""
    form = EndpointForm(request.POST)
    return _moved(request, form.network()) if form.is_valid() else _page(request, endpoint=form)


def _moved(request: HttpRequest, network: Network) -> HttpResponse:
    response = see_other(f"{reverse('training:network')}?{urlencode({'done': '1'})}")
    choose(request, response, network)
    return response
