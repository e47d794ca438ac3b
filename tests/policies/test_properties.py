"""What holds for every document and every request, not only for those of the corpus."""

import fnmatch
import json
import random
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.evaluation.authorization import Policies, authorize, explain, sign_in
from policies.evaluation.patterns import glob
from policies.evaluation.request import Caller, Request
from policies.evaluation.statements import Policy
from policies.language import PolicyInvalid, PolicyType, Problem, read, to_text
from policies.language.operators import OPERATORS, QUANTIFIERS, Family
from policies.language.variables import pieces

ACCOUNT = "111122223333"
USERS = ("Carlos", "alice", "*")
ACTIONS = ("signin:Authenticate", "signin:AuthorizeOAuth2Access", "s3:GetObject")
KEYS = ("aws:SourceIp", "aws:SourceVpc", "aws:PrincipalArn", "aws:username", "example:Number")
TEXTS = ("203.0.113.9", "198.51.100.7", "vpc-1", f"arn:aws:iam::{ACCOUNT}:user/Carlos", "Carlos", "7", "true", "", "2026-11-23")
_FITTING = {
    Family.IP: ("203.0.113.0/24", "2001:db8::/32"),
    Family.NUMERIC: ("7", "8.5"),
    Family.DATE: ("2026-11-23", "2027-01-01T00:00:00Z"),
    Family.BOOL: ("true", "false"),
    Family.NULL: ("true", "false"),
    Family.BINARY: ("QQ==", "QUI="),
    Family.ARN: (f"arn:aws:iam::{ACCOUNT}:user/Carlos", "arn:aws:iam::*:user/*", "arn:aws:iam::${aws:username}:*"),
}

# Strategies that others draw from are made once: made anew in each draw they cost more than what is drawn.
_NAMES = st.lists(st.sampled_from(sorted(OPERATORS)), max_size=2, unique=True)
_PREFIXES = st.sampled_from(("", *(f"{quantifier}:" for quantifier in QUANTIFIERS)))
_SUFFIXES = st.sampled_from(("", "IfExists"))
_TESTED = st.lists(st.sampled_from(KEYS), min_size=1, max_size=2, unique=True)
_OTHERS = ("Carlos", "c*", "${aws:username}", "vpc-1")
_VALUES = {family: st.lists(st.sampled_from(_FITTING.get(family, _OTHERS)), min_size=1, max_size=2) for family in Family}


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, dict[str, list[str]]]:
    """Return a Condition element that is valid."""
    found: dict[str, dict[str, list[str]]] = {}
    for name in draw(_NAMES):
        family = OPERATORS[name].family
        prefix = draw(_PREFIXES)
        suffix = draw(_SUFFIXES) if family is not Family.NULL else ""
        found[f"{prefix}{name}{suffix}"] = {key: draw(_VALUES[family]) for key in draw(_TESTED)}
    return found


_CONDITIONS = conditions()
_PRINCIPALS = st.sampled_from(("*", {"AWS": ACCOUNT}, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/Carlos"}))
_EFFECTS: dict[tuple[str, ...], st.SearchStrategy[str]] = {effects: st.sampled_from(effects) for effects in (("Allow", "Deny"), ("Deny",))}
_ELEMENTS = {element: st.sampled_from((element, f"Not{element}")) for element in ("Principal", "Action", "Resource")}
_STATED_ACTIONS = st.sampled_from((*ACTIONS, "signin:*", "s3:Get?bject"))
_STATED_RESOURCES = st.sampled_from(("*", "arn:aws:s3:::b/*", "arn:aws:s3:::${aws:username}/*"))


@st.composite
def statements(draw: st.DrawFn, *, effects: tuple[str, ...] = ("Allow", "Deny")) -> dict[str, Any]:
    """Return a statement of a resource policy."""
    return {
        "Effect": draw(_EFFECTS[effects]),
        draw(_ELEMENTS["Principal"]): draw(_PRINCIPALS),
        draw(_ELEMENTS["Action"]): draw(_STATED_ACTIONS),
        draw(_ELEMENTS["Resource"]): draw(_STATED_RESOURCES),
        "Condition": draw(_CONDITIONS),
    }


_CONTEXTS = st.dictionaries(st.sampled_from(KEYS), st.one_of(st.sampled_from(TEXTS), st.lists(st.sampled_from(TEXTS), max_size=2)), max_size=4)
_CALLERS = st.sampled_from(USERS)
_RESOURCES = st.sampled_from(("*", "arn:aws:s3:::b/x", "arn:aws:s3:::Carlos/x"))
_ACTIONS = st.sampled_from(ACTIONS)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Return a request with some of the keys, single or several values."""
    keys = draw(_CONTEXTS)
    caller = Caller.user(f"arn:aws:iam::{ACCOUNT}:user/{draw(_CALLERS)}")
    resource = draw(_RESOURCES)
    return Request.of(draw(_ACTIONS), caller=caller, keys=keys, resource=resource)


def _policy(found: list[dict[str, Any]]) -> Policy:
    return Policy(read(json.dumps({"Version": "2012-10-17", "Statement": found}), PolicyType.RESOURCE))


def _allowed(found: list[dict[str, Any]], request: Request) -> bool:
    return authorize(request, Policies(resource=(_policy(found),))).allowed


@given(st.lists(statements(), min_size=1, max_size=4), statements(effects=("Deny",)), requests())
def test_an_added_denial_never_widens(found: list[dict[str, Any]], denial: dict[str, Any], request: Request) -> None:
    if _allowed([*found, denial], request):
        assert _allowed(found, request)
    policies, more = Policies(resource=(_policy(found),)), Policies(resource=(_policy([*found, denial]),))
    assert sign_in(request, policies).allowed or not sign_in(request, more).allowed


@given(st.lists(statements(), min_size=1, max_size=5), requests(), st.randoms(use_true_random=False))
def test_the_order_of_statements_never_matters(found: list[dict[str, Any]], request: Request, chance: random.Random) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert _allowed(found, request) == _allowed(shuffled, request)


@given(st.lists(statements(), min_size=1, max_size=4))
def test_printing_and_reading_again_gives_the_same_document(found: list[dict[str, Any]]) -> None:
    document = _policy(found).document
    again = read(to_text(document), PolicyType.RESOURCE)
    assert again == document
    assert to_text(again) == to_text(document)


@given(st.lists(statements(), min_size=1, max_size=4), requests())
def test_the_explanation_agrees_with_the_effect(found: list[dict[str, Any]], request: Request) -> None:
    policies = Policies(resource=(_policy(found),))
    decision = sign_in(request, policies)
    (results,) = (layer.statements for layer in explain(request, policies, decision).layers if layer.statements)
    assert decision.allowed is not any(result.applies and result.effect == "Deny" for result in results)
    assert {statement.number for statement in decision.deciding} == {
        result.number for result in results if result.applies and result.effect == "Deny"
    }
    for result in results:
        if result.action:
            assert result.applies is (
                result.principal is not False and result.resource is not False and all(condition.holds for condition in result.conditions)
            )


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=12)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                st.sampled_from(("Version", "Statement", "Effect", "Action", "Principal", "Resource", "Condition", "Sid", "StringLike", "AWS")),
                st.text(max_size=5),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=14,
)


def problems_of(text: str, policy_type: PolicyType) -> tuple[Problem, ...]:
    """Return what is wrong with a document; one with nothing wrong must compile."""
    try:
        Policy(read(text, policy_type))
    except PolicyInvalid as invalid:
        return invalid.problems
    return ()


@settings(max_examples=400)
@given(st.one_of(JSON.map(json.dumps), st.text(max_size=60)), st.sampled_from(list(PolicyType)))
def test_no_document_brings_anything_but_our_own_error(text: str, policy_type: PolicyType) -> None:
    for problem in problems_of(text, policy_type):
        assert problem.text
        assert problem.place.line >= 1
        assert problem.place.column >= 1


@settings(max_examples=300)
@given(statements(), st.dictionaries(st.sampled_from(KEYS), st.one_of(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=3))))
def test_no_context_brings_an_exception(statement: dict[str, Any], keys: dict[str, Any]) -> None:
    request = Request.of("signin:Authenticate", caller=Caller.root(ACCOUNT), keys=keys, resource="arn:aws:s3:::b/x")
    policies = Policies(resource=(_policy([statement]),))
    explain(request, policies, sign_in(request, policies))


@given(st.text(alphabet="ab*?", max_size=8), st.text(alphabet="ab\n", max_size=10))
def test_globs_agree_with_a_plain_expression(pattern: str, text: str) -> None:
    expression = "".join(".*" if part == "*" else "." if part == "?" else re.escape(part) for part in pattern)
    found = pieces(pattern, variables=False, wildcards=True)
    assert found is not None
    assert glob(found)(text) is bool(re.fullmatch(expression, text, re.DOTALL))
    assert glob(found)(text) is fnmatch.fnmatchcase(text, pattern)


def test_pol_07_wildcards_on_long_texts_take_linear_time() -> None:
    """A pattern that makes a backtracking matcher explode; the test ends at all only where it does not."""
    found = pieces("*a" * 2000 + "*b", variables=False, wildcards=True)
    assert found is not None
    assert glob(found)("a" * 10_000) is False
    assert glob(found)("a" * 10_000 + "b") is True
    nested = pieces("?*" * 1000, variables=False, wildcards=True)
    assert nested is not None
    assert glob(nested)("x" * 10_000) is True
