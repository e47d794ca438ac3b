"""Attach a policy to the root, a unit or an account, and detach it: a question first, which says who could not sign in any more."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from policies.language import PolicyType
from policies.models import PolicyDocument
from policies.organization import flows
from policies.organization.errors import PolicyNotAttachedException, TargetNotFoundException
from policies.organization.rules import policy_id
from policies.organization.tree import Tree, is_target, read_tree
from policies.simulator.scenario import Change, DocumentChange
from portal.console.organization.impact import Impact, agreed, impact_of, unagreed
from portal.console.organization.pages import REGION, SERVICE, Here, organization_page, show
from portal.console.organization.policies import KIND_NAMES, describe, target_name
from portal.console.permitted import call
from portal.core.errors import PortalError
from portal.core.http import see_other

LONGEST_TARGET = 68
"""Characters of the longest ID, a unit's."""


@dataclass(frozen=True, slots=True)
class _Act:
    """Attaching or detaching: the operation, its flow, whether the policy is there afterwards, and what its page says."""

    operation: str
    flow: Callable[[str, int, str], object]
    attaches: bool
    name: str
    done: str
    title: str | Promise
    button: str | Promise


_ATTACH = _Act(
    "AttachPolicy",
    flows.attach_policy,
    name="attach",
    attaches=True,
    done="attached",
    title=gettext_lazy("Attach policy?"),
    button=gettext_lazy("Attach"),
)
_DETACH = _Act(
    "DetachPolicy",
    flows.detach_policy,
    name="detach",
    attaches=False,
    done="detached",
    title=gettext_lazy("Detach policy?"),
    button=gettext_lazy("Detach"),
)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_page("organizations:DescribePolicy", "organizations:ListTargetsForPolicy", "organizations:AttachPolicy", recent=True)
def attach(request: HttpRequest, here: Here) -> HttpResponse:
    """Ask whether a policy is to be attached to `target`, and attach it."""
    return _act(request, here, _ATTACH)


@require_http_methods(["GET", "HEAD", "POST"])
@organization_page("organizations:DescribePolicy", "organizations:ListTargetsForPolicy", "organizations:DetachPolicy", recent=True)
def detach(request: HttpRequest, here: Here) -> HttpResponse:
    """Ask whether a policy is to be detached from `target`, and detach it."""
    return _act(request, here, _DETACH)


def change_of(row: PolicyDocument, target: str, text: str | None) -> Change:
    """Return the change that puts a document in a policy's place at `target` (empty: wherever it is attached), or with None takes it away."""
    changes = (DocumentChange(row.name, target, text),)
    return Change(rcps=changes) if row.type == PolicyType.RCP else Change(scps=changes)


def _act(request: HttpRequest, here: Here, act: _Act) -> HttpResponse:
    row, tree = here.policy(), read_tree(here.organization)
    target = (request.POST if request.method == "POST" else request.GET).get("target", "").strip()[:LONGEST_TARGET]
    if request.method == "POST":
        asked_again = _asked_again(request, here, row, tree, target, act)
        if asked_again is not None:
            return asked_again
        try:
            parameters = {"policyId": policy_id(row.pk), "targetId": target}
            call(
                request,
                here.session,
                act.operation,
                lambda: act.flow(here.organization_id, row.pk, target),
                parameters=parameters,
                region=REGION,
                service=SERVICE,
            )
        except PortalError as error:
            return _refused(request, here, row, tree, error)
        return see_other(f"{here.address_of(row.pk)}?done={act.done}")
    return _question(request, here, row, tree, target, act)


def _question(request: HttpRequest, here: Here, row: PolicyDocument, tree: Tree, target: str, act: _Act) -> HttpResponse:
    """Show the dialog, which names policy and target, or say why there is nothing to ask."""
    held = row.targets.filter(target=target).exists()
    if not is_target(here.organization, target) and not held:
        return _refused(request, here, row, tree, TargetNotFoundException(_("Choose the root, a unit or an account of the organization.")))
    if held and act.attaches:
        return see_other(here.address_of(row.pk))
    if not held and not act.attaches:
        words = _("`%(name)s` is not attached to `%(target)s`.") % {"name": row.name, "target": target}
        return _refused(request, here, row, tree, PolicyNotAttachedException(words))
    return _dialog(request, here, row, tree, target, act, _impact(request, here, row, tree, target, act))


def _asked_again(request: HttpRequest, here: Here, row: PolicyDocument, tree: Tree, target: str, act: _Act) -> HttpResponse | None:
    """Return the dialog as things stand now, unless the form that was sent agrees to whoever is locked out; what the flow refuses it says itself."""
    if row.targets.filter(target=target).exists() is act.attaches or not is_target(here.organization, target):
        return None
    impact = _impact(request, here, row, tree, target, act)
    return None if agreed(request, impact) else _dialog(request, here, row, tree, target, act, impact, problem=unagreed(request))


def _impact(request: HttpRequest, here: Here, row: PolicyDocument, tree: Tree, target: str, act: _Act) -> Impact:
    change = change_of(row, target, row.text if act.attaches else None)
    return impact_of(request, here, change, tree.accounts_below(target), about=row.name)


def _dialog(
    request: HttpRequest, here: Here, row: PolicyDocument, tree: Tree, target: str, act: _Act, impact: Impact, *, problem: str = ""
) -> HttpResponse:
    node = tree.node(target)
    return show(
        request,
        here,
        "attachment",
        status=400 if problem else 200,
        unagreed=problem,
        act=act,
        policy=row,
        policy_address=here.address_of(row.pk),
        kind_name=KIND_NAMES[PolicyType(row.type)],
        node=node,
        target=target,
        target_name=target_name(node, target),
        is_scp=row.type == PolicyType.SCP,
        impact=impact,
    )


def _refused(request: HttpRequest, here: Here, row: PolicyDocument, tree: Tree, error: PortalError) -> HttpResponse:
    return show(request, here, "policy", status=error.status, **describe(request, here, row, tree), problem=error.public)
