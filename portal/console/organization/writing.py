"""Write an organisation's policies: create one from a template, change one after seeing what that does, delete one that is attached nowhere."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.reauthentication.recent import is_recent
from mfa.reauthentication.recent import confirm_address
from policies.language import PolicyType
from policies.models import PolicyDocument
from policies.models.documents import ORGANIZATION_POLICY_LIMIT
from policies.organization import flows
from policies.organization.errors import MalformedPolicyDocumentException, PolicyInUseException
from policies.organization.rules import API_TYPES, normalised, policy_arn, policy_id, version_of
from policies.organization.template import example
from policies.organization.tree import Node, read_tree
from portal.console.organization.attaching import change_of
from portal.console.organization.impact import Impact, agreed, impact_of, unagreed
from portal.console.organization.marking import faults_of, marked
from portal.console.organization.pages import REGION, SERVICE, Here, organization_page, show
from portal.console.organization.perimeter import perimeter_of
from portal.console.organization.policies import KIND_NAMES, ROOMS, describe
from portal.console.permitted import call
from portal.console.second_factors import rooms_of
from portal.core.errors import PortalError
from portal.core.http import see_other


@require_http_methods(["GET", "HEAD", "POST"])
@organization_page("organizations:CreatePolicy")
def create(request: HttpRequest, here: Here) -> HttpResponse:
    """Ask for name and document of a new policy, with the guide's example to start from, and create it."""
    kind = here.kind or PolicyType.RCP
    if request.method != "POST":
        blank = request.GET.get("template") == "none"
        return _form(request, here, kind, name="", text="" if blank else example(kind, perimeter_of(here.organization)))
    name, text = _typed(request)
    try:
        row = call(
            request,
            here.session,
            "CreatePolicy",
            lambda: flows.create_policy(here.organization_id, kind, name=name, text=text),
            parameters={"name": name, "type": API_TYPES[kind], "content": text, "description": ""},
            answer=lambda row: {"policy": {"policySummary": _summary(here, row), "content": row.text}},
            region=REGION,
            service=SERVICE,
        )
    except PortalError as error:
        return _form(request, here, kind, name=name, text=text, error=error)
    return see_other(f"{here.address_of(row.pk)}?done=created")


@require_http_methods(["GET", "HEAD", "POST"])
@organization_page("organizations:DescribePolicy", "organizations:ListTargetsForPolicy", "organizations:UpdatePolicy")
def edit(request: HttpRequest, here: Here) -> HttpResponse:
    """Change a policy in two steps: `review` says what the change does, `save` makes it. What was typed is kept all the way."""
    row = here.policy()
    if request.method != "POST":
        return _edit_form(request, here, row, name=row.name, text=row.text, read_as=version_of(row.name, row.text))
    name, text = _typed(request)
    read_as = request.POST.get("read_as", "")
    step = request.POST.get("step", "review")
    if step == "edit":
        return _edit_form(request, here, row, name=name, text=text, read_as=read_as)
    try:
        if step != "save":
            flows.check_name(name)
            flows.check_document(PolicyType(row.type), text)
            return _review(request, here, row, name=name, text=text, read_as=read_as)
        if not is_recent(here.session):
            return _review(request, here, row, name=name, text=text, read_as=read_as, unproved=True)
        if row.targets.exists():
            # What cannot be read, or was changed by somebody else since, is refused as it is without anybody being locked out.
            flows.check_name(name)
            flows.check_document(PolicyType(row.type), text)
            impact = _impact(request, here, row, text)
            if read_as == version_of(row.name, row.text) and not agreed(request, impact):
                return _review(request, here, row, name=name, text=text, read_as=read_as, impact=impact, problem=unagreed(request))
        call(
            request,
            here.session,
            "UpdatePolicy",
            lambda: flows.update_policy(here.organization_id, row.pk, name=name, text=text, read_as=read_as),
            parameters={"policyId": policy_id(row.pk), "name": name, "content": text},
            answer=lambda changed: {"policy": {"policySummary": _summary(here, changed), "content": changed.text}},
            region=REGION,
            service=SERVICE,
        )
    except PortalError as error:
        return _edit_form(request, here, row, name=name, text=text, read_as=read_as, error=error)
    return see_other(f"{here.address_of(row.pk)}?done=updated")


@require_http_methods(["GET", "HEAD", "POST"])
@organization_page("organizations:DescribePolicy", "organizations:ListTargetsForPolicy", "organizations:DeletePolicy", recent=True)
def delete(request: HttpRequest, here: Here) -> HttpResponse:
    """Ask whether a policy is to be deleted, and delete it; one that is attached cannot be."""
    row = here.policy()
    error: PortalError | None = None
    if request.method == "POST":
        try:
            call(
                request,
                here.session,
                "DeletePolicy",
                lambda: flows.delete_policy(here.organization_id, row.pk),
                parameters={"policyId": policy_id(row.pk)},
                region=REGION,
                service=SERVICE,
            )
        except PortalError as refused:
            error = refused
        else:
            return see_other(f"{here.address(ROOMS[PolicyType(row.type)])}?done=deleted")
    elif row.targets.exists():
        error = PolicyInUseException(_("`%(name)s` is attached. Detach it from everything first.") % {"name": row.name})
    if error is not None:
        described = describe(request, here, row, read_tree(here.organization))
        return show(request, here, "policy", status=error.status, **described, problem=error.public)
    return show(request, here, "delete", policy=row, policy_address=here.address_of(row.pk), kind_name=KIND_NAMES[PolicyType(row.type)])


def _typed(request: HttpRequest) -> tuple[str, str]:
    return request.POST.get("name", "").strip(), normalised(request.POST.get("policy-text", ""))


def _summary(here: Here, row: PolicyDocument) -> dict[str, Any]:
    kind, identifier = PolicyType(row.type), policy_id(row.pk)
    arn = policy_arn(kind, identifier, organization=here.organization_id, management_account=str(here.session.principal.account_id))
    return {"id": identifier, "arn": arn, "name": row.name, "description": "", "type": API_TYPES[kind], "awsManaged": False}


def _edit_form(
    request: HttpRequest, here: Here, row: PolicyDocument, *, name: str, text: str, read_as: str, error: PortalError | None = None
) -> HttpResponse:
    return _form(request, here, PolicyType(row.type), name=name, text=text, row=row, read_as=read_as, error=error)


def _form(
    request: HttpRequest,
    here: Here,
    kind: PolicyType,
    *,
    name: str,
    text: str,
    row: PolicyDocument | None = None,
    read_as: str = "",
    error: PortalError | None = None,
) -> HttpResponse:
    """Show the form, with what is wrong beside its field and marked in the document."""
    malformed = isinstance(error, MalformedPolicyDocumentException)
    faults = faults_of(error.problems) if isinstance(error, MalformedPolicyDocumentException) else ()
    return show(
        request,
        here,
        "form",
        status=error.status if error else 200,
        kind=kind,
        kind_name=KIND_NAMES[kind],
        kind_room=ROOMS[kind],
        policy=row,
        policy_address=here.address_of(row.pk) if row else "",
        name=name,
        text=text,
        read_as=read_as,
        length=len(text),
        limit=ORGANIZATION_POLICY_LIMIT,
        name_problem=error.public if error and not malformed else "",
        text_problem=error.public if error and malformed else "",
        faults=faults,
        lines=marked(text, faults) if faults else (),
    )


def _impact(request: HttpRequest, here: Here, row: PolicyDocument, text: str) -> Impact:
    """Return what a change of the document does, wherever the policy is attached."""
    tree = read_tree(here.organization)
    reached: dict[str, Node] = {}
    for target in row.targets.values_list("target", flat=True):
        reached.update((node.id, node) for node in tree.accounts_below(target))
    return impact_of(request, here, change_of(row, "", text), reached.values(), about=row.name)


def _review(
    request: HttpRequest,
    here: Here,
    row: PolicyDocument,
    *,
    name: str,
    text: str,
    read_as: str,
    unproved: bool = False,
    impact: Impact | None = None,
    problem: str = "",
) -> HttpResponse:
    """Show what a change of the document does, wherever the policy is attached, before it is saved."""
    return show(
        request,
        here,
        "review",
        status=403 if unproved else 400 if problem else 200,
        unagreed=problem,
        policy=row,
        policy_address=here.address_of(row.pk),
        kind_name=KIND_NAMES[PolicyType(row.type)],
        name=name,
        text=text,
        read_as=read_as,
        attached=row.targets.exists(),
        is_scp=row.type == PolicyType.SCP,
        impact=impact or _impact(request, here, row, text),
        confirm=confirm_address(rooms_of(here.session), resume=f"/console/{here.session.name}/organization/") if unproved else "",
    )
