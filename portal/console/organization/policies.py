"""The organisation's policies of one kind, page by page, and each by itself; and the ones of AWS's own that are always there."""

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from policies.language import PolicyType
from policies.models import PolicyDocument
from policies.organization.rules import ALWAYS_ATTACHED, key_of, policy_arn, policy_id
from policies.organization.tree import Node, Tree, read_tree
from portal.conf import conf
from portal.console.organization.pages import Here, organization_page, show
from portal.console.permitted import may
from portal.core.errors import BadInput
from portal.core.moments import moment

PAGE = 20
ROOMS = {PolicyType.RCP: "rcps", PolicyType.SCP: "scps"}
KIND_NAMES = {PolicyType.RCP: gettext_lazy("Resource control policy"), PolicyType.SCP: gettext_lazy("Service control policy")}
NOTICES = {
    "created": gettext_lazy("The policy was created. It is attached nowhere yet."),
    "updated": gettext_lazy("The policy was changed, wherever it is attached."),
    "attached": gettext_lazy("The policy was attached."),
    "detached": gettext_lazy("The policy was detached."),
    "deleted": gettext_lazy("The policy was deleted."),
}


@require_safe
@organization_page("organizations:ListPolicies")
def listed(request: HttpRequest, here: Here) -> HttpResponse:
    """List the policies of a kind, newest first, twenty a page by key."""
    kind = here.kind or PolicyType.RCP
    rows = PolicyDocument.objects.filter(organization=here.organization, type=kind.value).annotate(times=Count("targets")).order_by("-pk")
    before = request.GET.get("before", "")
    if before:
        key = key_of(before)
        if key is None:
            raise BadInput(_("The address of this page is not right. Open the list of policies again."))
        rows = rows.filter(pk__lt=key)
    found = list(rows[: PAGE + 1])
    return show(
        request,
        here,
        "list",
        kind=kind,
        kind_room=ROOMS[kind],
        rows=[(policy_id(row.pk), row, moment(row.created_at)) for row in found[:PAGE]],
        always=ALWAYS_ATTACHED[kind],
        is_first_page=not before,
        next_page=policy_id(found[PAGE - 1].pk) if len(found) > PAGE else "",
        may_create=may(request, here.session, "organizations:CreatePolicy"),
        notice=NOTICES.get(request.GET.get("done", "")),
    )


@require_safe
@organization_page("organizations:DescribePolicy")
def always_attached(request: HttpRequest, here: Here) -> HttpResponse:
    """Show the policy of AWS's own that is attached everywhere."""
    kind = here.kind or PolicyType.RCP
    return show(request, here, "always", policy=ALWAYS_ATTACHED[kind], kind_name=KIND_NAMES[kind], kind_room=ROOMS[kind])


@require_safe
@organization_page("organizations:DescribePolicy", "organizations:ListTargetsForPolicy")
def one(request: HttpRequest, here: Here) -> HttpResponse:
    """Show a policy: its document, where it is attached, and what may be done with it."""
    row = here.policy()
    return show(
        request, here, "policy", **describe(request, here, row, read_tree(here.organization)), notice=NOTICES.get(request.GET.get("done", ""))
    )


def describe(request: HttpRequest, here: Here, row: PolicyDocument, tree: Tree) -> dict[str, Any]:
    """Return what the page of a policy shows."""
    kind, identifier = PolicyType(row.type), policy_id(row.pk)
    held = set(row.targets.values_list("target", flat=True))
    attached = [(target, tree.node(target)) for target in sorted(held)]
    acts = {"edit": "UpdatePolicy", "remove": "DeletePolicy", "attach": "AttachPolicy", "detach": "DetachPolicy"}
    return {
        "policy": row,
        "policy_id": identifier,
        "arn": policy_arn(kind, identifier, organization=here.organization_id, management_account=str(here.session.principal.account_id)),
        "kind": kind,
        "kind_name": KIND_NAMES[kind],
        "kind_room": ROOMS[kind],
        "created": moment(row.created_at),
        "attached": attached,
        "choices": [node for node in tree.nodes if node.id not in held],
        "tree_is_whole": not tree.more,
        "most": conf.policies_per_target,
        "may": {act: may(request, here.session, f"organizations:{operation}") for act, operation in acts.items()},
    }


def target_name(node: Node | None, target: str) -> str:
    """Return what people call a target, with its ID."""
    return f"{node.name} ({target})" if node is not None else target
