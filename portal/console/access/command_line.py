"""The same by AWS CLI: lines ready to paste into a shell (guide, "Getting started with console access control using resource policies"). Pure."""

import shlex

from policies.statements.rules import StatementParameters
from portal.core import regions

_OPTIONS = {
    "source_vpc": "--source-vpc",
    "signin_source_vpce": "--signin-source-vpce",
    "console_source_vpce": "--console-source-vpce",
    "vpc_source_ip": "--vpc-source-ip",
    "source_ip": "--source-ip",
    "requested_region": "--requested-region",
    "excluded_principal": "--excluded-principal",
}


def _line(operation: str, options: dict[str, str], region: str = regions.DEFAULT) -> str:
    given = [f"{option} {shlex.quote(value)}" for option, value in (options | {"--region": region}).items()]
    return " \\\n  ".join([f"aws signin {operation}", *given]) if options else f"aws signin {operation} {given[0]}"


def put_line(parameters: StatementParameters) -> str:
    """Return the command that adds a statement."""
    return _line("put-resource-permission-statement", {option: value for name, option in _OPTIONS.items() if (value := getattr(parameters, name))})


def delete_line(sid: str) -> str:
    """Return the command that deletes a statement."""
    return _line("delete-resource-permission-statement", {"--statement-id": sid})


def list_line() -> str:
    """Return the command that lists the statements."""
    return _line("list-resource-permission-statements", {})


def policy_line(region: str) -> str:
    """Return the command that prints the consolidated policy as a Region knows it."""
    return _line("get-resource-policy", {}, region)


def on_line(target: str) -> str:
    """Return the command that switches console authorization on."""
    return _line("put-console-authorization-configuration", {"--target-id": target})


def off_line(target: str) -> str:
    """Return the command that switches console authorization off."""
    return _line("delete-console-authorization-configuration", {"--target-id": target})
