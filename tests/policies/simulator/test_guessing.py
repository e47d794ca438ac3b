"""What a document is taken for that nobody says it of."""

import json

import pytest

from policies.language import PolicyType
from policies.simulator.guessing import named_arns, pinned_accounts, type_of
from tests.policies.enforcement.guarded import STANDALONE, deny
from tests.policies.simulator.rehearsals import EXAMPLE_1, EXCLUDED, example_2, statement, text

ALICE = f"arn:aws:iam::{STANDALONE}:user/alice"
PINNED = text(statement(["signin:Authenticate"], StringEquals={"aws:ResourceAccount": [STANDALONE]}))
MIXED = text(statement(["signin:Authenticate"]), statement(["signin:Authenticate"], {"AWS": ALICE}))


@pytest.mark.parametrize(
    ("document", "is_member", "target", "expected"),
    [
        (EXAMPLE_1, True, "", PolicyType.RCP),
        (EXAMPLE_1, False, "", PolicyType.RESOURCE),
        (example_2(), True, "", PolicyType.RESOURCE),
        (PINNED, True, "", PolicyType.RESOURCE),
        (MIXED, True, "", PolicyType.RESOURCE),
        (deny("signin:*"), True, "", PolicyType.SCP),
        (deny("signin:*"), False, "", PolicyType.IDENTITY),
        (deny("signin:*"), True, ALICE, PolicyType.IDENTITY),
        ("{", True, "", PolicyType.RESOURCE),
        ("[]", True, "", PolicyType.RESOURCE),
        ('{"Statement": {"NotPrincipal": "*"}}', True, "", PolicyType.RESOURCE),
        ('{"Statement": ["x", 1, null]}', False, "", PolicyType.RESOURCE),
        ("[" * 100_000, True, "", PolicyType.RESOURCE),
    ],
)
def test_the_type(document: str, is_member: bool, target: str, expected: PolicyType) -> None:
    guess = type_of(document, is_member=is_member, target=target)
    assert guess.type is expected
    assert guess.because


def test_the_accounts_that_a_document_is_pinned_to() -> None:
    assert pinned_accounts(PINNED) == pinned_accounts(example_2()) == (STANDALONE,)
    assert pinned_accounts(EXAMPLE_1) == pinned_accounts("{") == pinned_accounts("null") == ()
    odd = {"Statement": {"Condition": {"StringEquals": {"AWS:RESOURCEACCOUNT": ["1", 2, STANDALONE]}, "Bool": 1}}}
    assert pinned_accounts(json.dumps(odd)) == (STANDALONE,)


def test_the_principals_that_a_document_names() -> None:
    assert named_arns(EXAMPLE_1) == tuple(EXCLUDED)
    assert named_arns('{"a": "arn:aws:iam::*:user/x", "b": "arn:aws:iam::123456789012:user/*", "c": "arn:aws:s3:::b"}') == ()
