"""The engine against a tiny slow evaluator, written from the order of the user guide alone (security catalogue POL-06)."""

import json
import random
from typing import Any

from policies.evaluation.authorization import Policies, authorize
from policies.evaluation.request import Caller, Request
from policies.evaluation.statements import Policy
from policies.language import PolicyType, read

ACCOUNT, OTHER = "111122223333", "444455556666"
USER, ROLE = f"arn:aws:iam::{ACCOUNT}:user/Carlos", f"arn:aws:iam::{ACCOUNT}:role/Admin"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/carlos"
ACTIONS = ("s3:GetObject", "s3:PutObject", "ec2:RunInstances")
ROUNDS = 100_000

Statement = dict[str, Any]
Group = list[list[Statement]]


def _applies(statement: Statement, action: str, names: list[str], keys: dict[str, str]) -> bool:
    pattern = statement["Action"]
    if pattern not in {"*", action} and not (pattern.endswith("*") and action.startswith(pattern[:-1])):
        return False
    principal = statement.get("Principal")
    if principal is not None and principal != "*" and principal["AWS"] not in names:
        return False
    for operator, wanted in statement.get("Condition", {}).items():
        for key, value in wanted.items():
            if operator == "StringEquals" and keys.get(key) != value:
                return False
            if operator == "StringNotEquals" and keys.get(key) == value:
                return False
            if operator == "BoolIfExists" and key in keys and keys[key] != value:
                return False
    return True


def _reference(asked: dict[str, Any]) -> bool:
    """Answer as the flow chart of the user guide does, one box after the other."""
    names = asked["names"]

    def any_of(group: Group, effect: str) -> list[Statement]:
        return [
            statement
            for document in group
            for statement in document
            if statement["Effect"] == effect and _applies(statement, asked["action"], names, asked["keys"])
        ]

    everything = [*asked["rcps"], *asked["scps"], asked["resource"], asked["identity"], asked["boundary"] or [], asked["session"] or []]
    if any(any_of(group, "Deny") for group in everything):
        return False
    if not all(any_of(level, "Allow") for level in asked["scps"]):
        return False
    by_resource = [statement["Principal"] for statement in any_of(asked["resource"], "Allow")]
    own = names[-1]
    limits = all(group is None or any_of(group, "Allow") for group in (asked["boundary"], asked["session"]))
    identity = bool(any_of(asked["identity"], "Allow")) or asked["root"]
    if asked["account"] != ACCOUNT:
        return bool(by_resource) and identity and limits
    if any(principal == "*" or (principal["AWS"] == own and not asked["root"]) for principal in by_resource):
        return True
    if len(names) == 4 and any(principal["AWS"] == names[2] for principal in by_resource):
        return limits
    return identity and limits


def _statement(chance: random.Random, *, principal: bool, effects: tuple[str, ...]) -> Statement:
    found: Statement = {"Effect": chance.choice(effects), "Action": chance.choice((*ACTIONS, "s3:*", "ec2:*")), "Resource": "*"}
    if principal:
        found["Principal"] = chance.choice(("*", {"AWS": ACCOUNT}, {"AWS": USER}, {"AWS": ROLE}, {"AWS": SESSION}))
    if chance.random() < 0.4:
        operator = chance.choice(("StringEquals", "StringNotEquals", "BoolIfExists"))
        found["Condition"] = (
            {"BoolIfExists": {"aws:MultiFactorAuthPresent": chance.choice(("true", "false"))}}
            if operator == "BoolIfExists"
            else {operator: {"aws:PrincipalTag/team": chance.choice(("red", "blue"))}}
        )
    return found


class _Shelf:
    """Documents made beforehand, compiled once each, so that many rounds are affordable."""

    def __init__(self, chance: random.Random, policy_type: PolicyType, effects: tuple[str, ...]) -> None:
        principal = policy_type in {PolicyType.RESOURCE, PolicyType.RCP}
        self.documents: list[tuple[list[Statement], Policy]] = []
        for _ in range(60):
            statements = [_statement(chance, principal=principal, effects=effects) for _ in range(chance.randint(1, 3))]
            if policy_type is PolicyType.RCP:
                statements = [{**statement, "Principal": "*"} for statement in statements]
            text = json.dumps({"Version": "2012-10-17", "Statement": statements})
            self.documents.append((statements, Policy(read(text, policy_type))))

    def pick(self, chance: random.Random, most: int) -> tuple[Group, tuple[Policy, ...]]:
        picked = [chance.choice(self.documents) for _ in range(chance.randint(0, most))]
        return [statements for statements, _policy in picked], tuple(policy for _statements, policy in picked)


def test_pol_06_the_engine_agrees_with_a_slow_reference_on_random_cases() -> None:
    chance = random.Random(20261123)
    both = ("Allow", "Allow", "Allow", "Deny")
    resource, identity = _Shelf(chance, PolicyType.RESOURCE, both), _Shelf(chance, PolicyType.IDENTITY, both)
    scps, rcps = _Shelf(chance, PolicyType.SCP, both), _Shelf(chance, PolicyType.RCP, ("Deny",))
    callers = (
        (Caller.user(USER), [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", USER], False),
        (Caller.role_session(ROLE, SESSION), [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ROLE, SESSION], False),
        (Caller.root(ACCOUNT), [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"], True),
    )
    allowed = 0
    for _ in range(ROUNDS):
        caller, names, is_root = chance.choice(callers)
        keys = {}
        if chance.random() < 0.7:
            keys["aws:PrincipalTag/team"] = chance.choice(("red", "blue"))
        if chance.random() < 0.5:
            keys["aws:MultiFactorAuthPresent"] = chance.choice(("true", "false"))
        picked = {"resource": resource.pick(chance, 2), "identity": identity.pick(chance, 2)}
        levels = [scps.pick(chance, 2) for _ in range(chance.choice((0, 0, 0, 1, 2)))]
        rcp_levels = [rcps.pick(chance, 1) for _ in range(chance.choice((0, 0, 1)))]
        boundary = identity.pick(chance, 2) if chance.random() < 0.2 else None
        session = identity.pick(chance, 2) if chance.random() < 0.2 else None
        action, account = chance.choice(ACTIONS), chance.choice((ACCOUNT, ACCOUNT, OTHER))
        expected = _reference(
            {
                "action": action,
                "account": account,
                "names": names,
                "keys": keys,
                "root": is_root,
                "rcps": [group for group, _ in rcp_levels],
                "scps": [group for group, _ in levels],
                "resource": picked["resource"][0],
                "identity": picked["identity"][0],
                "boundary": boundary[0] if boundary else None,
                "session": session[0] if session else None,
            }
        )
        found = authorize(
            Request.of(action, caller=caller, keys=keys, account=account),
            Policies(
                rcps=tuple(policies for _, policies in rcp_levels),
                scps=tuple(policies for _, policies in levels),
                resource=picked["resource"][1],
                identity=picked["identity"][1],
                boundary=boundary[1] if boundary else None,
                session=session[1] if session else None,
            ),
        )
        assert found.allowed is expected, (action, account, names, keys, found)
        allowed += expected
    assert ROUNDS // 20 < allowed < ROUNDS // 2
