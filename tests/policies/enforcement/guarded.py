"""Accounts whose console is guarded, for tests: what an administrator would have put, without the way there."""

import json
from typing import Any

from policies.models import PolicyDocument, PolicyTarget
from policies.statements.flows import StatementParameters, put_authorization, put_statement

OFFICE = "203.0.113.0/24"
STANDALONE = "123456789012"
MANAGEMENT = "111122223333"
DEVELOPMENT = "444455556666"
ORGANIZATION, ROOT, WORKLOADS, UNIT = "o-exampleorg", "r-ab12cd34ef", "ou-ab12cd34ef-11111111", "ou-ab12cd34ef-33333333"


def excluded(account: str = STANDALONE) -> str:
    """Return the ARN of the account's emergency user."""
    return f"arn:aws:iam::{account}:user/EmergencyAdmin"


def guard(account: str = STANDALONE, *, on: bool = True, **parameters: str) -> str:
    """Let the office and the emergency user into an account's console alone, or as `parameters` say; return the statement's ID."""
    sid = put_statement(account, StatementParameters(**(parameters or {"source_ip": OFFICE, "excluded_principal": excluded(account)})))
    if on:
        put_authorization(account)
    return sid


def deny(*actions: str, **condition: Any) -> str:
    """Return a document that denies everybody `actions`, as identity policies and SCPs say it."""
    return document({"Effect": "Deny", "Action": list(actions), "Resource": "*"} | ({"Condition": condition} if condition else {}))


def deny_rcp(*actions: str, **condition: Any) -> str:
    """Return a resource control policy that denies everybody `actions`."""
    return document({"Effect": "Deny", "Principal": "*", "Action": list(actions), "Resource": "*"} | ({"Condition": condition} if condition else {}))


def document(*statements: dict[str, Any]) -> str:
    """Return a document's text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def attach(kind: PolicyDocument.Type, text: str, *targets: str, name: str = "Perimeter", account: str = "") -> PolicyDocument:
    """Store a document of the organisation, or of `account`, and attach it."""
    row = PolicyDocument(type=kind, name=name, text=text, organization_id=None if account else ORGANIZATION, account_id=account or None)
    row.save()
    for target in targets:
        PolicyTarget(document=row, target=target).save()
    return row
