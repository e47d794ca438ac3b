"""Where programs' calls leave the way that browsers' requests take: no language, no cookie, no form token, no page is for them."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

from portal.awsapi import gateway
from portal.guardrails.middleware import is_own_host


class SignedCalls:
    """Answers calls of the cloud's own interface in its own protocols; passes everything else on, and calls of hosts that are not its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        gateway.prepare()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the call, or pass the request on."""
        if not gateway.is_call(request) or not is_own_host(request):
            return self.get_response(request)
        # Not put back: whatever comes next to this thread begins with a language of its own.
        translation.activate("en")
        return gateway.answer(request)
