"""Pages and the REST interface of the inbox. Open to everyone while training is on, else to operators."""

from datetime import UTC
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.conf import conf
from portal.core.errors import NotFound
from portal.core.http import no_store
from portal.guardrails.access import training_or_operator
from portal.guardrails.middleware import POLICY
from portal.inbox import extract, parameters, queries
from portal.inbox.models import Message

PAGE_SIZE = 25
DEFAULT_LIMIT = 50

BODY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
"""Policy of a mail's HTML: it may have colours, and nothing else; no script, no form, no picture from anywhere."""

PAGE_POLICY = f"{POLICY}; frame-src 'self'"
"""Policy of the page around it: the portal's own, and a frame of this origin, so that a link in the mail leads nowhere else."""


@require_safe
@training_or_operator()
def message_list(request: HttpRequest) -> HttpResponse:
    """Show the mails, newest first: `to` and `q` filter, `before` is the id that the page starts below."""
    search = queries.Search(to=parameters.text(request, "to"), words=parameters.text(request, "q"))
    before = parameters.number(request, "before", default=None, most=parameters.MAX_ID)
    found = queries.find(search, limit=PAGE_SIZE + 1, before=before)
    mails, more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
    filters = {name: value for name, value in (("to", search.to), ("q", search.words)) if value}
    context = {
        "mails": mails,
        "to": search.to,
        "q": search.words,
        "filtered": bool(filters),
        "newest": urlencode(filters) if before is not None else None,
        "older": urlencode(filters | {"before": mails[-1].pk}) if more else None,
    }
    return no_store(render(request, "portal/inbox/list.html", context))


@require_safe
@training_or_operator()
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """Show one mail: headers, codes and links to copy, its text, and its HTML in a sandboxed frame."""
    mail = _mail(message_id)
    context = {"mail": mail, "codes": _codes(mail), "links": _links(mail)}
    response = no_store(render(request, "portal/inbox/message.html", context))
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    return response


@require_safe
@training_or_operator()
def message_html(_request: HttpRequest, message_id: int) -> HttpResponse:
    """Return a mail's HTML as it was sent, for the frame of its page and under a policy of its own."""
    mail = _mail(message_id)
    if not mail.html:
        raise NotFound(_("This mail has no HTML part."))
    headers = {"Content-Security-Policy": BODY_POLICY, "X-Frame-Options": "SAMEORIGIN", "Referrer-Policy": "no-referrer"}
    return no_store(HttpResponse(mail.html, headers=headers))


@require_safe
@training_or_operator(json=True)
def api_messages(request: HttpRequest) -> HttpResponse:
    """Answer `{"messages": [...]}`, newest first, filtered by `to`, `subject` and `after` (a mail's id or an ISO-8601 time).

    `wait` (seconds, 30 at most) holds the answer back until something matches; `limit` is 200 at most.
    """
    parameters.only(request, "to", "subject", "after", "wait", "limit")
    after_id, after_time = parameters.moment_or_id(request, "after")
    search = queries.Search(to=parameters.text(request, "to"), subject=parameters.text(request, "subject"), after_id=after_id, after_time=after_time)
    limit = parameters.number(request, "limit", default=DEFAULT_LIMIT, most=parameters.MAX_LIMIT) or 0
    found = queries.wait_for(search, limit=limit, seconds=parameters.seconds(request, "wait") if limit else 0)
    return no_store(JsonResponse({"messages": [_as_json(mail) for mail in found]}))


def _mail(message_id: int) -> Message:
    mail = Message.objects.filter(pk=message_id).first() if message_id <= parameters.MAX_ID else None
    if mail is None:
        raise NotFound(_("There is no such mail. It may have been deleted by a reset."))
    return mail


def _codes(mail: Message) -> list[str]:
    return extract.codes_in(text=mail.text)


def _links(mail: Message) -> list[str]:
    return extract.links_in(text=mail.text, base_url=conf.base_url)


def _as_json(mail: Message) -> dict[str, Any]:
    return {
        "id": mail.pk,
        "to": mail.recipient,
        "from": mail.sender,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "received": mail.received_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "codes": _codes(mail),
        "links": _links(mail),
    }
