"""The outcome of a rehearsal as JSON values, in a shape that programs may rely on (docs/rehearsal.md). Words are English in every language."""

import json
from dataclasses import asdict
from typing import Any

from django.utils import translation

from policies.enforcement.words import denial_words
from policies.evaluation.decision import Decision
from policies.simulator.advice import Advice
from policies.simulator.rehearsal import Cell, Rehearsal
from policies.simulator.scenario import Change, DocumentChange, Phase, Place, Who

VERSION = 1
"""Raised when something that was there is gone or means something else; what is added raises nothing."""


def as_json(rehearsal: Rehearsal) -> dict[str, Any]:
    """Return a rehearsal as JSON values."""
    with translation.override("en"):
        return {
            "version": VERSION,
            "account": rehearsal.account,
            "account_known": rehearsal.known,
            "console_authorization": {"before": rehearsal.evaluated[0], "after": rehearsal.evaluated[1]},
            "region": rehearsal.region,
            "change": _change(rehearsal.change),
            "principals": [_who(who) for who in rehearsal.whos],
            "networks": [_place(place) for place in rehearsal.places],
            "matrix": [_cell(cell) for cell in rehearsal.cells],
            "locked_out": [who.arn for who in rehearsal.locked_out],
            "losing": [{"principal": who.arn, "network": place.name} for who, place in rehearsal.losing],
            "gaining": [{"principal": who.arn, "network": place.name} for who, place in rehearsal.gaining],
            "warnings": [_advice(advice) for advice in rehearsal.warnings],
        }


def _who(who: Who) -> dict[str, str]:
    return {"arn": who.arn, "kind": who.kind.value, "label": who.label}


def _place(place: Place) -> dict[str, str]:
    return {**asdict(place), "label": str(place.label)}


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "principal": cell.who.arn,
        "network": cell.place.name,
        "phase": cell.phase.value,
        "before": _decision(cell.phase, cell.before, reached=cell.reached_before),
        "after": _decision(cell.phase, cell.after, reached=cell.reached),
    }


def _decision(phase: Phase, decision: Decision, *, reached: bool) -> dict[str, Any]:
    return {
        "effect": decision.effect.value,
        "reached": reached,
        "reasons": list(decision.reasons),
        "denied_by": decision.denied_by.value if decision.denied_by else None,
        "deciding": [{"layer": each.layer.value, "policy": each.policy, "statement": each.number + 1, "sid": each.sid} for each in decision.deciding],
        "message": "" if decision.allowed else denial_words(phase, decision),
    }


def _advice(advice: Advice) -> dict[str, Any]:
    return {
        "code": advice.code.value,
        "sentence": advice.sentence,
        "layer": advice.layer.value,
        "policy": advice.policy,
        "statement": None if advice.number is None else advice.number + 1,
        "sid": advice.sid,
        "values": dict(advice.values),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "resource": None if change.resource is None else _document(change.resource),
        "put": [{name: value for name, value in asdict(parameters).items() if value} for parameters in change.put],
        "removed": list(change.removed),
        "rcps": [_attached(document) for document in change.rcps],
        "scps": [_attached(document) for document in change.scps],
        "identity": [{"name": given.name, "arn": given.arn, "document": _given(given.text)} for given in change.identity],
        "authorization": change.authorization,
        "authorization_target": change.authorization_target,
    }


def _attached(document: DocumentChange) -> dict[str, Any]:
    return {"name": document.name, "target": document.target, "document": _given(document.text)}


def _given(text: str | None) -> Any:
    return None if text is None else _document(text)


def _document(text: str) -> Any:
    """Return a document, which has been read, as JSON values; an empty object for one that takes the policy away."""
    return json.loads(text) if text else {}
