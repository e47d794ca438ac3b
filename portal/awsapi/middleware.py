"""Where programs' calls leave the way that browsers' requests take: no cookie, no form token, no page is for them."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

from portal.awsapi import gateway


class SignedCalls:
    """Answers calls of the cloud's own interface in its own protocols; passes everything else on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        gateway.prepare()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the call, or pass the request on."""
        if not gateway.is_call(request):
            return self.get_response(request)
        with translation.override("en"):
            return gateway.answer(request)
