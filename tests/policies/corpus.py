"""The corpus: cases as JSON under `cases/`, so that adding one needs no code."""

import json
from pathlib import Path
from typing import Any

from policies.evaluation.authorization import Policies
from policies.evaluation.request import ANONYMOUS, Caller, Request
from policies.evaluation.statements import Policy
from policies.language import PolicyType, read

Case = dict[str, Any]
FOLDER = Path(__file__).parent / "cases"


def cases(*files: str) -> list[Case]:
    """Return the cases of some files below `cases/`."""
    return [case for file in files for case in json.loads((FOLDER / file).read_text("utf-8"))]


def named(case: Case) -> str:
    """Return what a case is called in the test's id."""
    return str(case["name"])


def policy(document: Any, policy_type: PolicyType, name: str = "") -> Policy:
    """Compile a document that is given as JSON values."""
    return Policy(read(json.dumps(document), policy_type), name=name)


def caller_of(given: dict[str, Any]) -> Caller:
    """Return who asks."""
    match given:
        case {"user": arn}:
            return Caller.user(arn)
        case {"root": account}:
            return Caller.root(account)
        case {"role": role, "session": session}:
            return Caller.role_session(role, session)
        case {"service": name}:
            return Caller.of_service(name)
        case {"federated": provider}:
            return Caller.of_provider(provider)
    return ANONYMOUS


def request_of(given: dict[str, Any]) -> Request:
    """Return the request of a case."""
    return Request.of(given["action"], caller=caller_of(given["caller"]), keys=given["keys"], resource=given["resource"], account=given["account"])


def policies_of(case: Case) -> Policies:
    """Return the policies of a case."""

    def group(name: str, policy_type: PolicyType) -> tuple[Policy, ...]:
        return tuple(policy(document, policy_type, name) for document in case.get(name, []))

    def levels(name: str, policy_type: PolicyType) -> tuple[tuple[Policy, ...], ...]:
        return tuple(tuple(policy(document, policy_type, name) for document in level) for level in case.get(name, []))

    return Policies(
        rcps=levels("rcps", PolicyType.RCP),
        scps=levels("scps", PolicyType.SCP),
        resource=group("resource", PolicyType.RESOURCE),
        identity=group("identity", PolicyType.IDENTITY),
        boundary=group("boundary", PolicyType.IDENTITY) if "boundary" in case else None,
        session=group("session", PolicyType.IDENTITY) if "session" in case else None,
    )
