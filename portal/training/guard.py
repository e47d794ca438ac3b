"""Who may use the training controls: nobody unless training is on, and operators alone where the settings say so."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from portal.conf import conf
from portal.core.errors import Forbidden, NotFound
from portal.core.http import see_other
from portal.guardrails.access import may_look

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponse]

HEADER = "X-Training"


def may_train(request: HttpRequest) -> bool:
    """Tell whether training is on, and on for whoever asks."""
    return conf.training and may_look(request)


def training_page(view: View[Rest]) -> View[Rest]:
    """Guard a page: 404 while training is off; where training is for operators, everyone else is sent to their sign-in."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if not conf.training:
            raise NotFound
        if not may_train(request):
            return see_other(f"{settings.LOGIN_URL}?{urlencode({'next': request.path})}")
        return view(request, *args, **kwargs)

    return guarded


def training_call(view: View[Rest]) -> View[Rest]:
    """Guard a JSON call: 404 while training is off, 403 without `X-Training: 1` or, where training is for operators, without one.

    No CSRF token is asked for: a page of another origin cannot send this header without a preflight request, which the portal
    never grants.
    """

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if not conf.training:
            raise NotFound
        if request.headers.get(HEADER) != "1":
            raise Forbidden(_("Send the header `X-Training: 1`."))
        if not may_train(request):
            raise Forbidden(_("Sign in as an operator first."))
        return view(request, *args, **kwargs)

    return guarded
