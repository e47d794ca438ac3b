"""The training page: the simulated clock, the reset, and filling a sign-in form for one of the demo's people."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.signin.begin import PREFILL_KEY
from portal.core import clock
from portal.core.errors import BadInput
from portal.core.http import see_other
from portal.training.forms import SHORTCUTS, UNITS, AdvanceForm, FillForm, ResetForm
from portal.training.guard import training_page
from portal.training.time_travel import advance_clock
from portal.world.flows import reset_world
from portal.world.people import Person, people

DONE = {"clock", "clock-reset", "world"}


def _page(request: HttpRequest, *, advance: AdvanceForm | None = None, reset: ResetForm | None = None, error: str = "") -> HttpResponse:
    now = clock.now()
    done = request.GET.get("done", "")
    context: dict[str, Any] = {
        "now": now,
        "real": now - clock.offset(),
        "offset": clock.offset(),
        "moved": abs(clock.offset().total_seconds()) >= 1,
        "shortcuts": SHORTCUTS,
        "units": UNITS,
        "advance": advance or AdvanceForm(initial={"unit": "3600"}),
        "reset": reset or ResetForm(),
        "done": done if done in DONE else "",
        "error": error,
    }
    failed = bool(error) or any(form is not None and form.errors for form in (advance, reset))
    return render(request, "portal/training/index.html", context, status=400 if failed else 200)


def _done(what: str) -> HttpResponse:
    return see_other(f"{reverse('training:index')}?{urlencode({'done': what})}")


@training_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show the simulated time and what a trainer may do."""
    return _page(request)


@training_page
@require_POST
def move_clock(request: HttpRequest) -> HttpResponse:
    """Move the simulated clock for everyone."""
    form = AdvanceForm(request.POST)
    if not form.is_valid():
        return _page(request, advance=form)
    try:
        advance_clock(form.seconds())
    except BadInput as error:
        return _page(request, advance=form, error=error.public)
    return _done("clock")


@training_page
@require_POST
def reset_clock(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the signature of a view
    """Put the simulated clock back to real time."""
    clock.reset()
    return _done("clock-reset")


@training_page
@require_POST
def reset(request: HttpRequest) -> HttpResponse:
    """Put the world back as it was loaded, once the trainer has confirmed it."""
    form = ResetForm(request.POST)
    if not form.is_valid():
        return _page(request, reset=form)
    reset_world()
    return _done("world")


@training_page
@require_POST
def fill(request: HttpRequest) -> HttpResponse:
    """Open the sign-in form of one of the demo's people, filled in."""
    form = FillForm(request.POST)
    listed = people()
    if not form.is_valid() or form.cleaned_data["person"] >= len(listed):
        raise BadInput(_("Choose one of the people on the first page."))
    person = listed[form.cleaned_data["person"]]
    request.session[PREFILL_KEY] = _prefill(person)
    return see_other(_sign_in_of(person))


def _prefill(person: Person) -> dict[str, str]:
    if person.kind == "root":
        return {"email": person.email, "password": person.password}
    if person.kind == "iam_user":
        return {"account": person.alias or person.account, "username": person.username, "password": person.password}
    return {"username": person.username, "password": person.password}


def _sign_in_of(person: Person) -> str:
    if person.kind == "operator":
        return "/signin/operator"
    return "/console/?" + urlencode({"add": "1", "user": "root" if person.kind == "root" else "iam"})
