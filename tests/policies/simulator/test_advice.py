"""Every warning: a document that earns it, and one that does not."""

from typing import Any

import pytest

from policies.simulator.advice import Advice, Code, advise
from policies.simulator.changing import changed
from policies.simulator.scenario import Change, DocumentChange, IdentityChange
from policies.simulator.standing import unknown_account
from policies.statements.rules import StatementParameters
from tests.policies.enforcement.guarded import STANDALONE
from tests.policies.simulator.rehearsals import AUTHENTICATE, AUTHORIZE, CORPORATE, EXAMPLE_1, PRODUCTION, TOKEN, VPC, example_2, statement, text

ALL = [AUTHENTICATE, AUTHORIZE, TOKEN]
ADMIN = f"arn:aws:iam::{STANDALONE}:user/EmergencyAdmin"
OUTSIDE: dict[str, Any] = {"NotIpAddress": {"aws:SourceIp": CORPORATE}}


def rcp(document: str, account: str = STANDALONE) -> list[Advice]:
    """Return the warnings on a resource control policy of a member account."""
    return list(advise(changed(unknown_account(account), Change(rcps=(DocumentChange("Perimeter", account, document),)))))


def scp(document: str) -> list[Advice]:
    """Return the warnings on a service control policy."""
    return list(advise(changed(unknown_account(STANDALONE), Change(scps=(DocumentChange("Guardrail", STANDALONE, document),)))))


def resource(document: str) -> list[Advice]:
    """Return the warnings on an account's resource-based policy."""
    return list(advise(changed(unknown_account(STANDALONE), Change(resource=document))))


def put(*parameters: StatementParameters) -> list[Advice]:
    """Return the warnings on permission statements."""
    return list(advise(changed(unknown_account(STANDALONE), Change(put=parameters))))


def codes(found: list[Advice]) -> list[tuple[Code, int | None]]:
    """Return the code and the statement's number of each warning."""
    return [(advice.code, advice.number) for advice in found]


def phases(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Return a document of two statements: before authentication and after it."""
    return text(statement([AUTHENTICATE], sid="Pre", **before), statement([TOKEN, AUTHORIZE], sid="Post", **after))


def excluding(key: str, *excluded: str, operator: str = "ArnNotEquals") -> dict[str, Any]:
    """Return the conditions of a perimeter that leaves somebody out."""
    return {operator: {key: list(excluded)}, **OUTSIDE}


def test_the_guides_own_examples_earn_none() -> None:
    assert rcp(EXAMPLE_1, PRODUCTION) == []
    assert resource(example_2()) == []


@pytest.mark.parametrize(
    "parameters",
    [
        {"source_ip": CORPORATE},
        {"source_vpc": "vpc-0abc123def456789a", "requested_region": "us-west-2"},
        {"source_vpc": "vpc-0abc123def456789a", "requested_region": "us-west-2", "source_ip": CORPORATE},
        {"signin_source_vpce": "vpce-0fed987cba654321f", "requested_region": "us-west-2", "vpc_source_ip": "10.0.0.0/16"},
        {"requested_region": "us-west-2"},
    ],
)
def test_permission_statements_earn_one_where_nobody_is_excluded_and_none_otherwise(parameters: dict[str, str]) -> None:
    assert [advice.code for advice in put(StatementParameters(**parameters))] == [Code.NO_EXCLUDED_PRINCIPAL]
    assert put(StatementParameters(**parameters, excluded_principal=ADMIN)) == []


def test_no_excluded_principal_is_left_where_a_second_statement_excludes_nobody() -> None:
    one = StatementParameters(source_ip=CORPORATE, excluded_principal=ADMIN)
    (advice,) = put(one, StatementParameters(source_ip="198.51.100.0/24"))
    assert (advice.code, advice.policy, advice.number, advice.sid) == (
        Code.NO_EXCLUDED_PRINCIPAL,
        f"sign-in policy of account {STANDALONE}",
        2,
        "new 2",
    )
    assert put(one, StatementParameters(source_ip="198.51.100.0/24", excluded_principal=ADMIN)) == []


def test_no_excluded_principal_is_left_who_is_excluded_in_one_phase_only() -> None:
    found = rcp(phases(excluding("signin:PrincipalArn", ADMIN), OUTSIDE))
    assert [(advice.code, advice.sid) for advice in found] == [(Code.NO_EXCLUDED_PRINCIPAL, "Post")]
    assert rcp(phases(excluding("signin:PrincipalArn", ADMIN), excluding("aws:PrincipalArn", ADMIN))) == []


def test_an_excluded_principal_of_another_account_is_none_here() -> None:
    other = "arn:aws:iam::444455556666:root"
    document = phases(excluding("signin:PrincipalArn", other), excluding("aws:PrincipalArn", other))
    assert codes(rcp(document)) == [(Code.NO_EXCLUDED_PRINCIPAL, 0)]
    assert rcp(document, "444455556666") == []


@pytest.mark.parametrize("pattern", ["arn:aws:iam::*:user/Emergency*", "arn:aws:iam::*:role/BreakGlass-?"])
def test_an_excluded_principal_may_be_a_pattern(pattern: str) -> None:
    like = {"operator": "ArnNotLike"}
    assert rcp(phases(excluding("signin:PrincipalArn", pattern, **like), excluding("aws:PrincipalArn", pattern, **like))) == []


def test_a_policy_that_does_not_deny_everybody_outside_needs_no_exclusion() -> None:
    assert rcp(text(statement(ALL, IpAddress={"aws:SourceIp": "192.0.2.0/24"}))) == []
    assert (
        rcp(phases({"ArnLike": {"signin:PrincipalArn": "arn:aws:iam::*:user/*"}}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}})) == []
    )
    assert codes(rcp(text(statement(ALL)))) == [(Code.NO_EXCLUDED_PRINCIPAL, 0)]


def test_a_policy_of_identities_alone_excludes_whom_it_names() -> None:
    document = phases({"ArnNotEquals": {"signin:PrincipalArn": ADMIN}}, {"ArnNotEquals": {"aws:PrincipalArn": ADMIN}})
    assert rcp(document) == []


@pytest.mark.parametrize(
    ("actions", "missing"),
    [([AUTHENTICATE], [AUTHORIZE, TOKEN]), ([AUTHORIZE, TOKEN], [AUTHENTICATE]), (["signin:Auth*"], [TOKEN]), (["signin:*"], []), (ALL, [])],
)
def test_a_phase_that_is_not_covered(actions: list[str], missing: list[str]) -> None:
    block = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    found = rcp(text(statement(actions, sid="Only", **block)))
    assert [(advice.code, advice.sid, dict(advice.values)) for advice in found] == [
        (Code.PHASE_UNCOVERED, "Only", {"action": name}) for name in missing
    ]
    assert all(name in advice.sentence for advice, name in zip(found, missing, strict=True))


def test_a_policy_that_is_not_about_signing_in_covers_no_phase_and_need_not() -> None:
    assert rcp(text(statement(["s3:*"], StringNotEquals={"aws:PrincipalOrgID": "o-exampleorg"}))) == []
    assert scp(text({"Effect": "Deny", "Action": TOKEN, "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}})) == []


def test_a_principal_key_before_authentication() -> None:
    found = rcp(phases(excluding("aws:PrincipalArn", ADMIN), excluding("aws:PrincipalArn", ADMIN)))
    assert codes(found) == [(Code.KEY_BEFORE_AUTHENTICATION, 0), (Code.NO_EXCLUDED_PRINCIPAL, 0)]
    assert dict(found[0].values) == {"key": "aws:PrincipalArn", "action": AUTHENTICATE, "consequence": "always"}
    assert found[0].sentence.endswith("There the condition is always true and excludes nobody.")
    account = phases({"StringEquals": {"aws:PrincipalAccount": STANDALONE}}, {"StringEquals": {"aws:PrincipalAccount": STANDALONE}})
    (advice,) = [advice for advice in rcp(account) if advice.code is not Code.NO_EXCLUDED_PRINCIPAL]
    assert (advice.code, dict(advice.values)["consequence"]) == (Code.KEY_BEFORE_AUTHENTICATION, "never")


def test_signins_principal_key_after_authentication() -> None:
    found = rcp(phases(excluding("signin:PrincipalArn", ADMIN), excluding("signin:PrincipalArn", ADMIN)))
    after = Code.KEY_AFTER_AUTHENTICATION
    assert codes(found) == [(after, 1), (after, 1), (Code.NO_EXCLUDED_PRINCIPAL, 1)]
    assert [dict(advice.values)["action"] for advice in found[:2]] == [AUTHORIZE, TOKEN]


def test_both_principal_keys_in_one_statement_are_one_condition_on_all_phases() -> None:
    both = {"ArnNotEquals": {"signin:PrincipalArn": ADMIN, "aws:PrincipalArn": ADMIN}, **OUTSIDE}
    assert rcp(text(statement(ALL, **both))) == []
    positive = {"ArnEquals": {"signin:PrincipalArn": ADMIN, "aws:PrincipalArn": ADMIN}}
    assert [advice.code for advice in rcp(text(statement(ALL, **positive)))] == [
        Code.KEY_AFTER_AUTHENTICATION,
        Code.KEY_AFTER_AUTHENTICATION,
        Code.KEY_BEFORE_AUTHENTICATION,
    ]


def test_a_key_that_a_sign_in_never_has() -> None:
    found = rcp(text(statement([AUTHENTICATE, TOKEN, AUTHORIZE], BoolIfExists={"aws:MultiFactorAuthPresent": "false"})))
    assert [advice.code for advice in found[:3]] == [Code.UNKNOWN_KEY] * 3
    assert dict(found[0].values) == {"key": "aws:MultiFactorAuthPresent", "action": AUTHENTICATE, "consequence": "always"}
    known = {"StringNotEquals": {"AWS:RequestedRegion": "us-west-2", "aws:resourceaccount": "1", "aws:SourceVpce": "vpce-0fed987cba654321f"}}
    assert [advice.code for advice in rcp(text(statement(ALL, **known)))] == [Code.NO_EXCLUDED_PRINCIPAL]
    assert [advice.code for advice in rcp(text(statement(ALL, Null={"aws:MultiFactorAuthPresent": "true"})))] == [Code.NO_EXCLUDED_PRINCIPAL]


def test_identity_policies_are_warned_of_for_the_phases_that_ask_them() -> None:
    arn = f"arn:aws:iam::{STANDALONE}:user/alice"
    force_mfa = text(
        {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}
    )
    found = list(advise(changed(unknown_account(STANDALONE), Change(identity=(IdentityChange("ForceMFA", arn, force_mfa),)))))
    assert [(advice.code, dict(advice.values)["action"]) for advice in found] == [(Code.UNKNOWN_KEY, AUTHORIZE), (Code.UNKNOWN_KEY, TOKEN)]
    of_principal = text(
        {"Effect": "Deny", "Action": "signin:*", "Resource": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}}
    )
    assert list(advise(changed(unknown_account(STANDALONE), Change(identity=(IdentityChange("Roles", arn, of_principal),))))) == []


def test_if_exists_is_missing_on_a_statement_of_address_and_vpc() -> None:
    exempt = {"ArnNotEquals": {"signin:PrincipalArn": ADMIN, "aws:PrincipalArn": ADMIN}}
    vpc = {"StringNotEquals": {"aws:SourceVpc": VPC}}
    found = rcp(text(statement(ALL, sid="Mixed", **exempt, **vpc, **OUTSIDE)))
    assert [(advice.code, advice.number, advice.sid) for advice in found] == [(Code.IF_EXISTS_MISSING, 0, "Mixed")]
    assert "NotIpAddressIfExists" in found[0].sentence
    assert rcp(text(statement(ALL, **exempt, **vpc, NotIpAddressIfExists={"aws:SourceIp": CORPORATE}))) == []
    assert rcp(text(statement(ALL, **exempt, **vpc), statement(ALL, **exempt, **OUTSIDE))) == []


def test_if_exists_is_missing_with_an_endpoint_or_a_private_address_too() -> None:
    exempt = {"ArnNotEquals": {"signin:PrincipalArn": ADMIN, "aws:PrincipalArn": ADMIN}}
    for other in ({"StringNotEquals": {"aws:SourceVpce": "vpce-0fed987cba654321f"}}, {"StringEquals": {"aws:SourceVpc": VPC}}):
        assert codes(rcp(text(statement(ALL, **exempt, **other, **OUTSIDE)))) == [(Code.IF_EXISTS_MISSING, 0)]
    private = {"NotIpAddress": {"aws:VpcSourceIp": "10.0.0.0/16", "aws:SourceIp": CORPORATE}}
    assert codes(rcp(text(statement(ALL, **exempt, **private)))) == [(Code.IF_EXISTS_MISSING, 0)]
    assert rcp(text(statement(ALL, **exempt, **OUTSIDE, Null={"aws:SourceVpc": "true"}))) == [], "who asks whether there is a VPC has thought of it"


def test_a_policy_attached_twice_is_warned_of_once() -> None:
    document = text(statement([AUTHENTICATE], StringEquals={"aws:RequestedRegion": "eu-west-1"}))
    twice = Change(rcps=(DocumentChange("Perimeter", STANDALONE, document), DocumentChange("Perimeter", "r-ab12", document)))
    found = list(advise(changed(unknown_account(STANDALONE), twice)))
    assert [advice.code for advice in found] == [Code.PHASE_UNCOVERED] * 2
