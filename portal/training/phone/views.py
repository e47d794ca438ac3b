"""The pages of the trainee's phone."""

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Principal
from accounts.outcomes import Failure
from portal.conf import conf
from portal.core.errors import BadInput
from portal.core.http import no_store, see_other
from portal.training.guard import training_page
from portal.training.phone import flows
from portal.training.phone.forms import KeyForm, PickForm, ScanForm
from portal.training.phone.holders import holder, newest_holders, world_holders
from portal.training.phone.key_uri import Key, KeyFault, read_address, secret_key
from portal.training.phone.lookup import address_of_api, named_in
from portal.training.phone.models import PhoneApp
from portal.world.people import people


@training_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List whose phones there are; `?person=N`, or `?account=` and `?username=`, lead to one at once."""
    if wanted := named_in(request):
        return _to_phone(wanted)
    world = world_holders(people())
    shown: list[tuple[str, list[Principal]]] = [
        (_("People of the demo"), world),
        (_("Identities made since the world was loaded"), newest_holders(world)),
    ]
    return _page(request, "choose", {"groups": [group for group in shown if group[1]], "rp_id": conf.rp_id})


@training_page
@require_safe
def phone(request: HttpRequest, holder_id: int) -> HttpResponse:
    """Show one phone: its codes, calls and mails."""
    owner = holder(holder_id)
    codes, calls, mails = flows.live_codes(owner), flows.calls(owner), flows.mails(owner)
    context = {
        "holder": owner,
        "codes": codes,
        "calls": calls,
        "mails": mails,
        "seconds_left": flows.seconds_left(),
        "api": address_of_api(owner),
        "shown": flows.shown(codes, calls, mails),
        "done": request.GET.get("done", ""),
        "rp_id": conf.rp_id,
    }
    return _page(request, "phone", context)


@training_page
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, holder_id: int) -> HttpResponse:
    """Put an app on the phone: a pasted address, an open registration, or a typed key; the form that was sent says which."""
    owner = holder(holder_id)
    scan, key = ScanForm(), KeyForm()
    if request.method != "POST":
        return _add_page(request, owner, scan=scan, key=key)
    if "address" in request.POST:
        scan = ScanForm(request.POST)
        outcome, form = _scanned(owner, scan), "address"
    elif "secret" in request.POST:
        key = KeyForm(request.POST)
        outcome, form = _typed(owner, key), "secret"
    else:
        outcome, form = flows.scan(owner, _number(request)), ""
    if isinstance(outcome, PhoneApp):
        return _to_phone(owner, done="added")
    words = str(getattr(outcome.reason, "words", "")) if outcome else ""
    for each in (scan, key):
        if words and form in each.fields and each.is_bound:
            each.add_error(form, words)
            words = ""
    return _add_page(request, owner, scan=scan, key=key, error=words)


def _scanned(owner: Principal, form: ScanForm) -> PhoneApp | Failure | None:
    """Return the app, why there is none, or None where the form itself says why."""
    if not form.is_valid():
        return None
    key = read_address(form.cleaned_data["address"])
    return key if isinstance(key, Failure) else flows.install(owner, key)


def _typed(owner: Principal, form: KeyForm) -> PhoneApp | Failure | None:
    if not form.is_valid():
        return None
    secret = secret_key(form.cleaned_data["secret"])
    return flows.install(owner, Key(form.cleaned_data["name"], secret)) if secret else Failure(KeyFault.NO_SECRET)


@training_page
@require_POST
def remove(request: HttpRequest, holder_id: int) -> HttpResponse:
    """Delete one app from the phone."""
    owner = holder(holder_id)
    flows.remove(owner, _number(request))
    return _to_phone(owner, done="removed")


@training_page
@require_http_methods(["GET", "HEAD", "POST"])
def lose(request: HttpRequest, holder_id: int) -> HttpResponse:
    """Ask whether the phone is to be lost, then delete every app on it."""
    owner = holder(holder_id)
    if request.method == "POST":
        flows.lose(owner)
        return _to_phone(owner, done="lost")
    return _page(request, "lose", {"holder": owner, "codes": flows.live_codes(owner)})


def _number(request: HttpRequest) -> int:
    form = PickForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("Choose one of the entries of the page."))
    number: int = form.cleaned_data["number"]
    return number


def _add_page(request: HttpRequest, owner: Principal, *, scan: Form, key: Form, error: str = "") -> HttpResponse:
    context = {"holder": owner, "registrations": flows.open_registrations(owner), "scan": scan, "key": key, "error": error}
    return _page(request, "add", context, status=400 if request.method == "POST" else 200)


def _to_phone(owner: Principal, *, done: str = "") -> HttpResponse:
    address = reverse("training:phone", args=[owner.pk])
    return see_other(f"{address}?done={done}" if done else address)


def _page(request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return no_store(render(request, f"portal/training/phone/{name}.html", context, status=status))
