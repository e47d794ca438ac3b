"""Who may see the rooms that lay other people's things open: the event log, the mails."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _

from portal.conf import conf
from portal.core.http import is_local_path, see_other

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]

OPERATOR_SIGN_IN = "/signin/operator"


def may_look(request: HttpRequest) -> bool:
    """Tell whether whoever asks may look: everyone while training is on for everyone, else a signed-in operator alone."""
    if conf.training and not conf.training_needs_operator:
        return True
    return bool(request.user.is_authenticated and request.user.is_staff)


def training_or_operator(*, json: bool = False) -> Callable[[View[Rest]], View[Rest]]:
    """Guard a view by `may_look`: others are sent to the operators' sign-in and back, or with `json` get 401 as JSON."""

    def guard(view: View[Rest]) -> View[Rest]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
            if may_look(request):
                return view(request, *args, **kwargs)
            if json:
                refusal = {"error": "unauthorized", "message": _("Sign in as an operator first.")}
                return JsonResponse(refusal, status=401, headers={"Cache-Control": "no-store"})
            wanted = request.get_full_path()
            query = urlencode({"next": wanted}) if is_local_path(wanted) and len(wanted) < 1024 else ""
            return see_other(f"{OPERATOR_SIGN_IN}?{query}" if query else OPERATOR_SIGN_IN)

        return guarded

    return guard
