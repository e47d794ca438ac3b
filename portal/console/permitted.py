"""What a console page may do in its identity's name: the control plane's operations, by the permissions that the signed API asks for.

A page offers what `may` allows and does it by `call`, which asks again, changes and records in one transaction, so that nothing is
done that has no event, and the event is the one that the same call by `aws signin …` would leave.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.models import SignInSession
from accounts.trail import identity_of
from policies.enforcement.permission import decide
from policies.enforcement.words import reasons_in_words
from policies.evaluation.decision import Decision
from portal.console.bar import bar
from portal.console.pages import ConsoleView, console_page
from portal.console.region import region_of
from portal.core.errors import Forbidden, PortalError
from portal.core.http import once
from portal.network.origin import Origin, origin_of
from portal.trail.calls import record_call

ACCESS_DENIED = "AccessDeniedException"

Done = TypeVar("Done")


class NotPermitted(Forbidden):
    """The identity's policies do not allow an action; `decision` says which statement or missing permission is why."""

    def __init__(self, action: str, decision: Decision) -> None:
        super().__init__(_("You need the permission %(action)s for this. Ask an administrator of the account.") % {"action": action})
        self.decision = decision


def decision_on(request: HttpRequest, session: SignInSession, action: str) -> Decision:
    """Return whether the session's identity may do `action` in its account, and why; asked once a request."""
    return once(
        request,
        f"permission {session.pk} {action}",
        lambda: decide(session.principal, action, origin=_origin(request, session), with_mfa=bool(session.factor)),
    )


def may(request: HttpRequest, session: SignInSession, action: str) -> bool:
    """Tell whether the session's identity may do `action` in its account."""
    return decision_on(request, session, action).allowed


def permitted_page(*actions: str) -> Callable[[ConsoleView], Callable[..., HttpResponseBase]]:
    """Give a console view only to identities that may do all of `actions`; others see which permission is missing, and why.

    The refusal is an event, as that of the call that the page stands for.
    """

    def guard(view: ConsoleView) -> Callable[..., HttpResponseBase]:
        @console_page
        @wraps(view)
        def page(request: HttpRequest, session: SignInSession) -> HttpResponse:
            refused = {action: decision for action in actions if not (decision := decision_on(request, session, action)).allowed}
            if not refused:
                return view(request, session)
            for action, decision in refused.items():
                _record_refusal(request, session, action.partition(":")[2], {}, NotPermitted(action, decision))
            missing = [(action, reasons_in_words(why)) for action, why in refused.items()]
            context = {
                "bar": bar(request, session),
                "session": session,
                "refused": missing,
                "of_signin": all(action.startswith("signin:") for action in refused),
            }
            return render(request, "portal/console/not_permitted.html", context, status=403)

        return page

    return guard


def call(
    request: HttpRequest,
    session: SignInSession,
    operation: str,
    act: Callable[[], Done],
    *,
    parameters: Mapping[str, Any] | None = None,
    answer: Callable[[Done], Mapping[str, Any]] = lambda _done: {},
    region: str = "",
    service: str = "signin",
) -> Done:
    """Do `act` as the operation of AWS Sign-In's control plane (or of `service`) and record it, all in one transaction.

    `parameters` and `answer` are what the event says was sent and answered. `region` is the one that is called where it matters, as
    us-east-1 does for changes. Raises `NotPermitted`, or what `act` raises, either recorded as the call's failure.
    """
    action = f"{service}:{operation}"
    origin = _origin(request, session, region)
    try:
        decision = decision_on(request, session, action)
        if not decision.allowed:
            raise NotPermitted(action, decision)
        with transaction.atomic():
            done = act()
            record_call(
                operation,
                source=_source(service),
                identity=identity_of(session.principal),
                origin=origin,
                reads=False,
                request_parameters=parameters,
                response_elements=answer(done),
            )
    except PortalError as error:
        _record_refusal(request, session, operation, parameters or {}, error, region=region, service=service)
        raise
    return done


def _origin(request: HttpRequest, session: SignInSession, region: str = "") -> Origin:
    return replace(origin_of(request), region=region or region_of(request, session), regional=True)


def _source(service: str) -> str:
    return f"{service}.amazonaws.com"


def _record_refusal(
    request: HttpRequest,
    session: SignInSession,
    operation: str,
    parameters: Mapping[str, Any],
    error: PortalError,
    *,
    region: str = "",
    service: str = "signin",
) -> None:
    denied = isinstance(error, NotPermitted)
    record_call(
        operation,
        source=_source(service),
        identity=identity_of(session.principal),
        origin=_origin(request, session, region),
        reads=False,
        error_code=ACCESS_DENIED if denied else type(error).__name__,
        error=str(error.public),
        request_parameters=parameters,
        note={"decision": {"effect": error.decision.effect, "reasons": list(error.decision.reasons)}} if isinstance(error, NotPermitted) else None,
    )
