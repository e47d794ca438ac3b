"""The corpus of policy cases: conditions, documents, decisions, and the guide's examples."""

import pytest

from policies.evaluation.authorization import authorize, explain, sign_in
from policies.evaluation.decision import Layer
from policies.language import Document, PolicyInvalid, PolicyType, Problem, read, to_text
from tests.policies.corpus import Case, cases, named, policies_of, policy, request_of

LAYERS = {
    "rcp": Layer.RCP,
    "scp": Layer.SCP,
    "resource": Layer.RESOURCE,
    "identity": Layer.IDENTITY,
    "boundary": Layer.BOUNDARY,
    "session": Layer.SESSION,
}
CONDITIONS = cases("conditions/operators.json", "conditions/null.json", "conditions/semantics.json", "conditions/variables.json")
DOCUMENTS = cases("documents.json")
DECISIONS = cases("decisions/authorization.json", "decisions/guide.json")


def test_the_corpus_has_its_size() -> None:
    assert len(CONDITIONS) + len(DOCUMENTS) + len(DECISIONS) >= 400


@pytest.mark.parametrize("case", CONDITIONS, ids=named)
def test_a_condition(case: Case) -> None:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "signin:Authenticate", "Resource": "*", "Condition": case["condition"]}
    version = case.get("version", "2012-10-17")
    document = {**({"Version": version} if version else {}), "Statement": [statement]}
    compiled = policy(document, PolicyType.RESOURCE)
    request = request_of({"action": "signin:Authenticate", "resource": "*", "caller": {}, "keys": case["keys"], "account": "111122223333"})
    assert bool(compiled.denying(request)) is case["holds"], case.get("why", "")
    (result,) = compiled.explain(request)
    assert result.applies is case["holds"]
    assert all(condition.holds for condition in result.conditions) is case["holds"]


def read_or_problems(text: str, policy_type: PolicyType) -> Document | tuple[Problem, ...]:
    try:
        return read(text, policy_type)
    except PolicyInvalid as invalid:
        return invalid.problems


@pytest.mark.parametrize("case", DOCUMENTS, ids=named)
def test_a_document(case: Case) -> None:
    policy_type = PolicyType(case["type"])
    found = read_or_problems(case["text"], policy_type)
    if isinstance(found, Document):
        assert case["problems"] == []
        assert read(to_text(found), policy_type) == found
        return
    assert [[problem.rule, problem.place.path] for problem in found] == case["problems"]
    assert list(found) == sorted(found, key=lambda problem: problem.place)
    assert all(problem.text.endswith(".") and "%(" not in problem.text for problem in found)


def test_a_problem_names_its_line_and_column() -> None:
    text = '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {"Effect": "Deny", "Action": "*", "Resource": 5}\n  ]\n}'
    found = read_or_problems(text, PolicyType.IDENTITY)
    assert not isinstance(found, Document)
    assert [str(problem) for problem in found] == ["line 4, column 51 ($.Statement[0].Resource): This is a number. Expected a string or a list."]


@pytest.mark.parametrize("case", DECISIONS, ids=named)
def test_a_decision(case: Case) -> None:
    request, policies = request_of(case["request"]), policies_of(case)
    decision = (sign_in if case["decide"] == "sign_in" else authorize)(request, policies)
    assert decision.effect == case["effect"], decision.reasons
    assert decision.reasons
    if "sids" in case:
        assert [statement.sid for statement in decision.deciding] == case["sids"]
    if "deciding" in case:
        wanted = [(LAYERS[name], int(number)) for name, number in (text.split(":") for text in case["deciding"])]
        assert [(statement.layer, statement.number) for statement in decision.deciding] == wanted
    explanation = explain(request, policies, decision)
    applying = {(layer.layer, result.policy, result.number) for layer in explanation.layers for result in layer.statements if result.applies}
    assert {(statement.layer, statement.policy, statement.number) for statement in decision.deciding} <= applying
