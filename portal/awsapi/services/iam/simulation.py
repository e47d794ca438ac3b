"""Simulations: what policies that stand, or that come with the call, would say of calls that nobody makes."""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.iam.errors import InvalidInputException, NoSuchEntityException, PolicyEvaluationException
from accounts.iam.finding import group_named, role_named, user_named
from accounts.models import Account, Principal
from policies.enforcement.documents import PolicyUnreadable
from policies.enforcement.permission import service_control_policies
from policies.evaluation.request import Caller, account_arn
from policies.evaluation.statements import Policy
from policies.identities.holders import Holder
from policies.language import PolicyType
from policies.simulator.calls import given, standing
from policies.simulator.calls.evaluation import simulate, together
from policies.simulator.calls.scenario import Matched, Result, Scenario, Source
from portal.awsapi.registry import Answer, Call, operation
from portal.awsapi.services.iam.asking import ask
from portal.awsapi.services.iam.listing import page_of

MOST_EVALUATIONS = 1000
"""Pairs of action and resource that one answer decides; a page ends early where there are more (IAM API, `MaxItems`)."""

_FIND = {"user": user_named, "group": group_named, "role": role_named}


@operation("iam", reads=True, authorized=False)
def simulate_principal_policy(call: Call) -> Answer:
    """Simulate calls with the policies of a user, group or role, those of its organisation, and further ones."""
    parameters = call.parameters
    source = parameters["PolicySourceArn"]
    holder = _holder(call, source)
    excluded = parameters.get("PolicyExclusionList", [])
    own = standing.but(standing.sources_of(holder), excluded)
    further = given.sources_given(parameters.get("PolicyInputList", []), "PolicyInputList")
    scps = () if standing.excludes_type(excluded, "scp") else _scps(str(holder.account_id))
    return _simulated(call, own + further, caller_arn=parameters.get("CallerArn", source), scps=scps)


@operation("iam", reads=True, authorized=False)
def simulate_custom_policy(call: Call) -> Answer:
    """Simulate calls with policies that come with the call, and no others."""
    ask(call, "SimulateCustomPolicy")
    parameters = call.parameters
    if "ResourcePolicy" in parameters and "CallerArn" not in parameters:
        raise InvalidInputException("CallerArn is required where there is a ResourcePolicy, whose Principal elements are about the caller.")
    levels = [level.get("ServiceControlPolicyInputList", []) for level in parameters.get("OrderedOrganizationPolicyInputList", [])]
    scps = tuple(
        tuple(given.policy_given(text, PolicyType.SCP, f"OrderedOrganizationPolicyInputList.{number}.{place}") for place, text in enumerate(level, 1))
        for number, level in enumerate(levels, 1)
    )
    sources = given.sources_given(parameters["PolicyInputList"], "PolicyInputList")
    return _simulated(call, sources, caller_arn=parameters.get("CallerArn", ""), scps=scps)


def _holder(call: Call, arn: str) -> Holder:
    """Return whose policies are simulated; whoever is of another account is not found."""
    account, kind, name = given.principal_parts(arn, "PolicySourceArn")
    found: Holder | None = _FIND[kind](account, name) if account == call.signer.account else None
    ask(call, "SimulatePrincipalPolicy", arn)
    if found is None or found.arn != arn:
        raise NoSuchEntityException(f"The {kind} with name {name} cannot be found.")
    return found


def _scps(account: str) -> tuple[tuple[Policy, ...], ...]:
    try:
        return service_control_policies(account)
    except PolicyUnreadable as error:
        raise PolicyEvaluationException(str(error)) from error


def _simulated(call: Call, sources: tuple[Source, ...], *, caller_arn: str, scps: tuple[tuple[Policy, ...], ...]) -> Answer:
    parameters = call.parameters
    if "ResourceHandlingOption" in parameters:
        raise InvalidInputException("ResourceHandlingOption: this simulation has no instances; leave it out and name the resources.")
    caller, keys = _caller(call, caller_arn)
    resource = given.resource_policy_given(parameters.get("ResourcePolicy"))
    if resource is not None and ":role/" in caller_arn:
        raise InvalidInputException("Simulation of resource-based policies is not supported for IAM roles.")
    scenario = Scenario(
        caller=caller,
        identity=sources,
        keys=keys | given.keys_given(parameters.get("ContextEntries", [])),
        boundary=given.boundary_given(parameters.get("PermissionsBoundaryPolicyInputList", [])),
        scps=scps,
        resource=resource,
        owner=given.owner_given(parameters.get("ResourceOwner")),
    )
    actions = given.actions_given(parameters["ActionNames"])
    resources = given.resources_given(parameters.get("ResourceArns", []))
    numbered = [(f"{number:06d}", action) for number, action in enumerate(actions)]
    most = max(1, MOST_EVALUATIONS // len(resources))
    found, more = page_of(call, "Simulate", numbered, lambda each: each[0], most=most)
    return Answer({"EvaluationResults": [_evaluated(scenario, action, resources) for _key, action in found], **more})


def _caller(call: Call, arn: str) -> tuple[Caller, dict[str, str | tuple[str, ...]]]:
    """Return who is simulated to call, and the keys that come with that; nobody in particular where no ARN says who."""
    keys: dict[str, str | tuple[str, ...]] = {
        "aws:currenttime": call.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:epochtime": str(int(call.now.timestamp())),
    }
    if not arn:
        account = call.signer.account
        return Caller(account, (account_arn(account),)), keys
    account, kind, name = given.principal_parts(arn, "CallerArn")
    keys |= {"aws:principalarn": arn, "aws:principalaccount": account}
    if kind == "group":
        return Caller(account, (account_arn(account),)), keys
    found = _FIND[kind](account, name) if account == call.signer.account else None
    unique_id = found.unique_id if found is not None else ""
    organization = Account.objects.filter(pk=account).values_list("organization_id", flat=True).first()
    if organization:
        keys["aws:principalorgid"] = organization
    if kind == "user":
        keys |= {"aws:principaltype": "User", "aws:username": name}
        keys |= {"aws:userid": unique_id} if isinstance(found, Principal) else {}
        return Caller.user(arn, unique_id=unique_id), keys
    return Caller(account, (account_arn(account), arn), frozenset({arn})), keys | {"aws:principaltype": "AssumedRole"}


def _evaluated(scenario: Scenario, action: str, resources: Sequence[str]) -> Mapping[str, Any]:
    """Describe what comes of an action on each resource and on all together. No action here has a form of ARN of its own, so that is `*`."""
    results = simulate(scenario, action, resources)
    whole = together(list(results.values()))
    specific = tuple(resources) != ("*",)
    described: dict[str, Any] = {"EvalActionName": action, "EvalResourceName": "*", "EvalDecision": whole.outcome, **_details(whole)}
    if whole.organizations is not None:
        described["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": whole.organizations}
    if specific:
        described.setdefault("EvalDecisionDetails", {})
        described["ResourceSpecificResults"] = [
            {"EvalResourceName": resource, "EvalResourceDecision": result.outcome, **_details(result)} for resource, result in results.items()
        ]
    return described


def _details(result: Result) -> dict[str, Any]:
    described: dict[str, Any] = {"MatchedStatements": [_statement(each) for each in result.matched], "MissingContextValues": list(result.missing)}
    if result.boundary is not None:
        described["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": result.boundary}
    if result.details is not None:
        described["EvalDecisionDetails"] = dict(result.details)
    return described


def _statement(matched: Matched) -> Mapping[str, Any]:
    return {
        "SourcePolicyId": matched.source.id,
        "SourcePolicyType": matched.source.origin,
        "StartPosition": {"Line": matched.start.line, "Column": matched.start.column},
        "EndPosition": {"Line": matched.end.line, "Column": matched.end.column},
    }
