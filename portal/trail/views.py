"""Pages and API of the event log."""

import json
import uuid
from dataclasses import replace

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.core import clock
from portal.core.errors import BadInput, NotFound
from portal.guardrails.access import training_or_operator
from portal.trail import query
from portal.trail.cursors import Cursors, read_cursors
from portal.trail.digests.standing import standing
from portal.trail.export import contents, csv_text, pretty
from portal.trail.forms import ApiForm, FilterForm
from portal.trail.models import Event
from portal.trail.rows import chart, row


def _page(form: FilterForm, cursors: Cursors, limit: int) -> query.Page:
    filters = form.filters
    if cursors.since and (filters.since is None or cursors.since > filters.since):
        filters = replace(filters, since=cursors.since)
    return query.page(filters, before=cursors.before, after=cursors.after, limit=limit)


def _without(given: QueryDict, *names: str) -> str:
    kept = given.copy()
    for name in [*names, *(name for name, value in given.items() if not value)]:
        kept.pop(name, None)
    return kept.urlencode()


@require_safe
@training_or_operator()
def list_events(request: HttpRequest) -> HttpResponse:
    """Show the events that match the filters, newest first, with the chart of the last days."""
    form = FilterForm(request.GET)
    cursors = read_cursors(request.GET)
    narrowed = _without(request.GET, "before", "after")
    context = {"form": form, "narrowed": narrowed, "filtered": any(request.GET.getlist(name) != [""] for name in form.fields if name in request.GET)}
    if not form.is_valid():
        return render(request, "portal/trail/list.html", context, status=400)
    page = _page(form, cursors, query.PAGE)
    context |= {
        "rows": [row(event) for event in page.events],
        "older": page.older,
        "newest": page.events[0].event_id if page.events else "",
        "first": cursors == Cursors(),
        "chart": chart(query.days(form.filters)),
        "now": clock.now(),
        "standing": standing(),
    }
    return render(request, "portal/trail/list.html", context)


def _event(event_id: uuid.UUID) -> Event:
    event = Event.objects.filter(event_id=event_id).first()
    if event is None:
        raise NotFound(_("There is no event of this ID."))
    return event


@require_safe
@training_or_operator()
def show_event(request: HttpRequest, event_id: uuid.UUID) -> HttpResponse:
    """Show one event: its record, and the simulator's note beside it."""
    event = _event(event_id)
    context = {"row": row(event), "record": pretty(event.record), "note": pretty(event.note) if event.note else ""}
    return render(request, "portal/trail/event.html", context)


@require_safe
@training_or_operator()
def download_event(_request: HttpRequest, event_id: uuid.UUID) -> HttpResponse:
    """Hand out one event's record as a file that the server names."""
    event = _event(event_id)
    disposition = f'attachment; filename="event-{event.event_id}.json"'
    return HttpResponse(pretty(event.record) + "\n", content_type="application/json", headers={"Content-Disposition": disposition})


@require_safe
@training_or_operator(json=True)
def api_events(request: HttpRequest) -> HttpResponse:
    """Answer `{"events": [record…], "next": cursor or null}`, newest first; give `next` back as `before` for the events after these."""
    form = ApiForm(request.GET)
    try:
        if not form.is_valid():
            raise BadInput(form.complaint())
        page = _page(form, read_cursors(request.GET), form.amount)
    except BadInput as error:
        return JsonResponse({"error": error.code, "message": error.public}, status=error.status)
    if form.cleaned_data["format"] == "csv":
        disposition = {"Content-Disposition": 'attachment; filename="events.csv"'}
        return HttpResponse(csv_text(page.events), content_type="text/csv; charset=utf-8", headers=disposition)
    answer = {"events": [contents(event) for event in page.events], "next": str(page.older) if page.older is not None else None}
    return HttpResponse(json.dumps(answer), content_type="application/json")
