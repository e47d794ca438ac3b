"""Switch console authorization on or off for the whole organisation or for its root, after saying who would be locked out by it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from policies.organization.tree import read_tree
from policies.simulator.scenario import Change
from policies.statements import flows
from policies.statements.flows import Authorization
from portal.console.organization.impact import agreed, every_account, impact_of, unagreed
from portal.console.organization.overview import authorizations
from portal.console.organization.pages import REGION, Here, organization_page, show
from portal.console.permitted import call
from portal.core.errors import BadInput, PortalError
from portal.core.http import see_other

READ = "signin:GetConsoleAuthorizationConfiguration"


@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: HttpRequest, name: str) -> HttpResponseBase:
    """Ask about, and on POST do, `wanted` (`on` or `off`) for `target`, the organisation's ID or its root's.

    The question names principals of every account, so it is shown to nobody but those who may do what it asks about.
    """
    given = request.POST if request.method == "POST" else request.GET
    return (_off if given.get("wanted", "") == "off" else _on)(request, name)


@organization_page(READ, "signin:PutConsoleAuthorizationConfiguration", recent=True)
def _on(request: HttpRequest, here: Here) -> HttpResponse:
    return _asked(request, here)


@organization_page(READ, "signin:DeleteConsoleAuthorizationConfiguration", recent=True)
def _off(request: HttpRequest, here: Here) -> HttpResponse:
    return _asked(request, here)


def _asked(request: HttpRequest, here: Here) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    target, wanted = given.get("target", ""), given.get("wanted", "")
    if target not in {here.organization_id, here.organization.root_id} or wanted not in {"on", "off"}:
        raise BadInput(_("The address of this page is not right. Open the organization's page again."))
    on, problem, missing = wanted == "on", None, ""
    change = Change(authorization=on, authorization_target=target)
    impact = impact_of(request, here, change, every_account(read_tree(here.organization)))
    if request.method == "POST" and not agreed(request, impact):
        missing = unagreed(request)
    elif request.method == "POST":
        try:
            _switch(request, here, target, on=on)
        except PortalError as error:
            problem = error
        else:
            return see_other(here.address(f"?done={wanted}"))
    return show(
        request,
        here,
        "authorization",
        status=problem.status if problem else 400 if missing else 200,
        unagreed=missing,
        target=target,
        is_root=target == here.organization.root_id,
        on=on,
        is_on=dict(authorizations(here))[target],
        impact=impact,
        problem=problem.public if problem else "",
    )


def _switch(request: HttpRequest, here: Here, target: str, *, on: bool) -> None:
    operation = "PutConsoleAuthorizationConfiguration" if on else "DeleteConsoleAuthorizationConfiguration"
    flow = flows.put_authorization if on else flows.delete_authorization
    call(request, here.session, operation, lambda: flow(target), parameters={"targetId": target}, answer=_answer, region=REGION)


def _answer(found: Authorization) -> dict[str, Any]:
    return {"targetId": found.target, "scope": found.scope, "consoleAuthorizationEnabled": found.enabled}
