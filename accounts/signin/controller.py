"""The one controller of all journeys: it finds the first stage that is still pending, and lets no other be reached."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.signin import attempt as attempts
from accounts.signin.attempt import Attempt
from accounts.signin.finish import finish
from accounts.signin.journeys import stages
from accounts.signin.stages import Stage
from portal.core.http import SeeOther, see_other

StageView = Callable[[HttpRequest, Attempt], HttpResponse]


def current_stage(request: HttpRequest, attempt: Attempt) -> Stage | None:
    """Return the first pending stage of the attempt's journey, or None when all are done."""
    for stage in stages(attempt.journey):
        if stage.assess is not None:
            stage.assess(request, attempt)
        if stage.pending(attempt):
            return stage
    return None


def proceed(request: HttpRequest, attempt: Attempt, *, proved: bool = False) -> HttpResponse:
    """Keep the attempt and go where it is to go on: the next stage's page, or the end of the journey.

    `proved` tells that this request has proved something: then the browser's session gets a new id, or ends with the journey
    (security catalogue SES-01).
    """
    stage = current_stage(request, attempt)
    if stage is None:
        return finish(request, attempt)
    (attempts.renew if proved else attempts.save)(request, attempt)
    return SeeOther(stage.address)


def start_over(request: HttpRequest) -> HttpResponse:
    """Forget an attempt that cannot go on, and lead the visitor to the beginning, where the page says so."""
    attempts.forget(request)
    return see_other(reverse("console:entry") + "?timed_out=1")


def stage_page(url_name: str) -> Callable[[StageView], Callable[[HttpRequest], HttpResponse]]:
    """Make a view the page of a stage: it runs only while that stage is the attempt's current one.

    Without a live attempt the visitor starts over; with one that stands elsewhere, the visitor is sent there, whatever address
    was typed and whatever form was posted again.
    """

    def bind(view: StageView) -> Callable[[HttpRequest], HttpResponse]:
        @wraps(view)
        def page(request: HttpRequest) -> HttpResponse:
            attempt = attempts.load(request)
            if attempt is None:
                return start_over(request)
            stage = current_stage(request, attempt)
            if stage is None or stage.url_name != url_name:
                return proceed(request, attempt)
            return view(request, attempt)

        return page

    return bind
