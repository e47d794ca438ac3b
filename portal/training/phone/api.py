"""The trainee's phone as JSON, for scripts and for the page that follows it."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.core.errors import BadInput
from portal.core.http import no_store
from portal.inbox import parameters
from portal.training.guard import training_call
from portal.training.phone import flows
from portal.training.phone.lookup import named_in


@training_call
@require_safe
def phone(request: HttpRequest) -> HttpResponse:
    """Answer with the codes of a phone's apps, how long they last, and the calls to it, newest first.

    `?person=N` (the number in `/training/api/world`), or `?account=` (id or alias) and `?username=`; an account alone names its root
    user, a user name alone an operator. `shown` changes when something was added, has arrived or has gone.
    """
    parameters.only(request, "person", "account", "username")
    holder = named_in(request)
    if holder is None:
        raise BadInput(_("Send `person` with a number from the list of people, or else `account` and `username`."))
    codes, calls = flows.live_codes(holder), flows.calls(holder)
    body: dict[str, Any] = {
        "holder": {"kind": holder.kind, "account": holder.account_id or "", "username": holder.name, "email": holder.email},
        "seconds_left": flows.seconds_left(),
        "codes": [code._asdict() for code in codes],
        "calls": [asdict(call) | {"at": call.at.isoformat()} for call in calls],
        "shown": flows.shown(codes, calls, flows.mails(holder)),
    }
    return no_store(JsonResponse(body))
