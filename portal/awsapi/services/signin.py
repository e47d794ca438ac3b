"""AWS Sign-In's control plane: permission statements, the consolidated policy, console authorization (service model `signin` 2023-01-01)."""

from accounts.models import Account, Organization
from policies.statements import flows
from policies.statements.errors import ResourceNotFoundException, ValidationException
from policies.statements.flows import Authorization, StatementParameters
from portal.awsapi.errors import CallRefused, Fault
from portal.awsapi.registry import Answer, Call, operation
from portal.core import regions


def _written_here(call: Call) -> None:
    """Refuse a change elsewhere than in the one Region that takes changes (guide, "Regional availability")."""
    if call.region != regions.DEFAULT:
        raise ValidationException(f"Changes are made in {regions.DEFAULT} only; this call was to {call.region}. Use --region {regions.DEFAULT}.")


@operation("signin")
def put_resource_permission_statement(call: Call) -> Answer:
    """Add a permission statement to the account's policy."""
    _written_here(call)
    given = call.parameters
    parameters = StatementParameters(
        source_vpc=given.get("sourceVpc", ""),
        signin_source_vpce=given.get("signinSourceVpce", ""),
        console_source_vpce=given.get("consoleSourceVpce", ""),
        vpc_source_ip=given.get("vpcSourceIp", ""),
        source_ip=given.get("sourceIp", ""),
        requested_region=given.get("requestedRegion", ""),
        excluded_principal=given.get("excludedPrincipal", ""),
    )
    sid = flows.put_statement(call.signer.account, parameters, client_token=given.get("clientToken", ""), now=call.now)
    return Answer({"statementId": sid})


@operation("signin")
def delete_resource_permission_statement(call: Call) -> Answer:
    """Remove a permission statement."""
    _written_here(call)
    flows.delete_statement(call.signer.account, call.parameters["statementId"], now=call.now)
    return Answer()


@operation("signin", reads=True)
def list_resource_permission_statements(call: Call) -> Answer:
    """List the permission statements that this Region knows of."""
    given = call.parameters
    page = flows.list_statements(call.signer.account, call.region, limit=given.get("maxResults"), after=given.get("nextToken", ""), now=call.now)
    listed = [{"sid": statement.sid, "condition": statement.condition} for statement in page.statements]
    return Answer({"permissionStatements": listed, "nextToken": page.next_token or None})


@operation("signin", reads=True)
def get_resource_policy(call: Call) -> Answer:
    """Return the consolidated policy as this Region knows it."""
    policy = flows.consolidated(call.signer.account, call.region, now=call.now)
    if policy is None:
        raise ResourceNotFoundException(f"Account {call.signer.account} has no permission statements in {call.region}.")
    return Answer({"signinResourceBasedPolicy": _by_model(policy)})


def _by_model(policy: dict[str, object]) -> dict[str, object]:
    """Return a policy by the model's names of its members, which start with small letters where the wire has capitals."""
    statements = policy["Statement"]
    assert isinstance(statements, list)  # noqa: S101  # what the flow returns
    return {
        "version": policy["Version"],
        "statement": [{name[:1].lower() + name[1:]: value for name, value in statement.items()} for statement in statements],
    }


@operation("signin")
def put_console_authorization_configuration(call: Call) -> Answer:
    """Switch console authorization on for an account, or for an organisation."""
    _written_here(call)
    return _answer(flows.put_authorization(_target(call), now=call.now))


@operation("signin", reads=True)
def get_console_authorization_configuration(call: Call) -> Answer:
    """Tell whether console authorization is on, as this Region knows it."""
    return _answer(flows.authorization_of(_target(call), call.region, now=call.now))


@operation("signin")
def delete_console_authorization_configuration(call: Call) -> Answer:
    """Switch console authorization off."""
    _written_here(call)
    return _answer(flows.delete_authorization(_target(call), now=call.now))


def _answer(found: Authorization) -> Answer:
    return Answer({"targetId": found.target, "scope": found.scope, "consoleAuthorizationEnabled": found.enabled})


def _target(call: Call) -> str:
    """Return what the call is about: the caller's own account unless it names another.

    The management account may name the organisation, its root and its member accounts; what is not the caller's is not found.
    """
    own, target = call.signer.account, str(call.parameters.get("targetId", ""))
    if target in {"", own}:
        return own
    managed = Organization.objects.filter(management_account_id=own).first()
    if managed is not None and target in {managed.pk, managed.root_id}:
        return target
    if managed is not None and Account.objects.filter(pk=target, organization=managed).exists():
        return target
    theirs = call.signer.holder.account.organization if call.signer.holder.account else None
    if theirs is not None and target in {theirs.pk, theirs.root_id}:
        raise CallRefused(Fault.DENIED, f"Only the management account may configure {target}; this is account {own}.")
    raise ResourceNotFoundException(f"There is no account or organization {target} that account {own} may configure.")
