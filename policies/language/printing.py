"""Print a document: reading what was printed gives the same document."""

import json
from typing import Any

from policies.language.document import Document, Principals, Statement


def _one_or_many(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def _principals(principals: Principals) -> Any:
    if principals.everyone:
        return "*"
    named = {
        "AWS": principals.aws,
        "Service": principals.service,
        "Federated": principals.federated,
        "CanonicalUser": principals.canonical,
    }
    return {name: _one_or_many(values) for name, values in named.items() if values}


def _statement(statement: Statement) -> dict[str, Any]:
    printed: dict[str, Any] = {}
    if statement.sid:
        printed["Sid"] = statement.sid
    printed["Effect"] = statement.effect.value
    for name, principals in (("Principal", statement.principals), ("NotPrincipal", statement.not_principals)):
        if principals is not None:
            printed[name] = _principals(principals)
    lists = (
        ("Action", statement.actions),
        ("NotAction", statement.not_actions),
        ("Resource", statement.resources),
        ("NotResource", statement.not_resources),
    )
    for name, values in lists:
        if values:
            printed[name] = _one_or_many(values)
    if statement.conditions:
        conditions: dict[str, dict[str, Any]] = {}
        for condition in statement.conditions:
            conditions.setdefault(condition.operator, {})[condition.key] = _one_or_many(condition.values)
        printed["Condition"] = conditions
    return printed


def to_json(document: Document) -> dict[str, Any]:
    """Return the document as JSON values."""
    printed: dict[str, Any] = {}
    if document.version:
        printed["Version"] = document.version
    if document.id:
        printed["Id"] = document.id
    printed["Statement"] = [_statement(statement) for statement in document.statements]
    return printed


def to_text(document: Document) -> str:
    """Return the document as indented JSON text."""
    return json.dumps(to_json(document), indent=2, ensure_ascii=False)
