"""The organisation's tree with what is attached where, and whether console authorization is on for all of it."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from policies.language import PolicyType
from policies.models import ConsoleAuthorization
from policies.organization.rules import ALWAYS_ATTACHED, policy_id
from policies.organization.tree import MOST_ACCOUNTS, Node, read_tree
from portal.console.organization.pages import Here, organization_page, show
from portal.console.permitted import may

DEEPEST = 7
"""Steps of indentation that the page knows: a root, five levels of units (Organizations user guide, "Quotas"), and accounts."""

NOTICES = {
    "on": gettext_lazy("Console authorization is on. Its policies are evaluated at the next sign-in; other Regions follow a little later."),
    "off": gettext_lazy("Console authorization is off. Other Regions follow a little later."),
}


@require_safe
@organization_page("organizations:ListPolicies", "organizations:ListTargetsForPolicy")
def overview(request: HttpRequest, here: Here) -> HttpResponse:
    """Show root, units and accounts, each with its policies, and console authorization of organisation and root."""
    tree = read_tree(here.organization)
    sees = may(request, here.session, "signin:GetConsoleAuthorizationConfiguration")
    return show(
        request,
        here,
        "overview",
        rows=[_row(node) for node in tree.nodes],
        more=MOST_ACCOUNTS if tree.more else 0,
        always=[(ALWAYS_ATTACHED[PolicyType.RCP], "rcps"), (ALWAYS_ATTACHED[PolicyType.SCP], "scps")],
        authorizations=authorizations(here) if sees else None,
        may_switch_on=may(request, here.session, "signin:PutConsoleAuthorizationConfiguration"),
        may_switch_off=may(request, here.session, "signin:DeleteConsoleAuthorizationConfiguration"),
        notice=NOTICES.get(request.GET.get("done", "")),
    )


def authorizations(here: Here) -> list[tuple[str, bool]]:
    """Return the organisation's ID and its root's, each with whether console authorization is on for it."""
    targets = (here.organization_id, here.organization.root_id)
    on = set(ConsoleAuthorization.objects.filter(target__in=targets, removed_at=None).values_list("target", flat=True))
    return [(target, target in on) for target in targets]


def _row(node: Node) -> dict[str, object]:
    of_kind = {kind: [(policy_id(row.pk), row.name) for row in node.attached if row.type == kind.value] for kind in (PolicyType.RCP, PolicyType.SCP)}
    return {"node": node, "depth": min(node.depth, DEEPEST), "rcps": of_kind[PolicyType.RCP], "scps": of_kind[PolicyType.SCP]}
