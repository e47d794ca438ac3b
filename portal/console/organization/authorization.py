"""Switch console authorization on or off for the whole organisation or for its root, after saying who would be locked out by it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from policies.organization.tree import read_tree
from policies.simulator.scenario import Change
from policies.statements import flows
from policies.statements.flows import Authorization
from portal.console.organization.impact import every_account, impact_of
from portal.console.organization.overview import authorizations
from portal.console.organization.pages import REGION, Here, organization_page, show
from portal.console.permitted import call
from portal.core.errors import BadInput, PortalError
from portal.core.http import see_other


@require_http_methods(["GET", "HEAD", "POST"])
@organization_page("signin:GetConsoleAuthorizationConfiguration", recent=True)
def switch(request: HttpRequest, here: Here) -> HttpResponse:
    """Ask about, and on POST do, `wanted` (`on` or `off`) for `target`, the organisation's ID or its root's."""
    given = request.POST if request.method == "POST" else request.GET
    target, wanted = given.get("target", ""), given.get("wanted", "")
    if target not in {here.organization_id, here.organization.root_id} or wanted not in {"on", "off"}:
        raise BadInput(_("The address of this page is not right. Open the organization's page again."))
    on, problem = wanted == "on", None
    if request.method == "POST":
        try:
            _switch(request, here, target, on=on)
        except PortalError as error:
            problem = error
        else:
            return see_other(here.address(f"?done={wanted}"))
    tree = read_tree(here.organization)
    change = Change(authorization=on, authorization_target=target)
    return show(
        request,
        here,
        "authorization",
        status=problem.status if problem else 200,
        target=target,
        is_root=target == here.organization.root_id,
        on=on,
        is_on=dict(authorizations(here))[target],
        impact=impact_of(request, change, every_account(tree)),
        problem=problem.public if problem else "",
    )


def _switch(request: HttpRequest, here: Here, target: str, *, on: bool) -> None:
    operation = "PutConsoleAuthorizationConfiguration" if on else "DeleteConsoleAuthorizationConfiguration"
    flow = flows.put_authorization if on else flows.delete_authorization
    call(request, here.session, operation, lambda: flow(target), parameters={"targetId": target}, answer=_answer, region=REGION)


def _answer(found: Authorization) -> dict[str, Any]:
    return {"targetId": found.target, "scope": found.scope, "consoleAuthorizationEnabled": found.enabled}
