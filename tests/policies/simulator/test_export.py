"""The export as JSON: its shape, which programs rely on, and its words, which are English in every language."""

import json

import pytest
from django.utils import translation

from policies.simulator.as_json import as_json
from policies.simulator.as_text import as_text
from policies.simulator.scenario import Change, DocumentChange, IdentityChange
from policies.statements.rules import StatementParameters
from tests.policies.enforcement.guarded import DEVELOPMENT, ROOT, STANDALONE, deny
from tests.policies.simulator.rehearsals import EXAMPLE_1, HOME, OFFICE, example_2, rehearsed, who

pytestmark = pytest.mark.usefixtures("world")


def test_the_shape() -> None:
    made = as_json(rehearsed(Change(resource=example_2(), authorization=True), STANDALONE, OFFICE, HOME))
    assert json.loads(json.dumps(made)) == made
    assert list(made) == [
        *("version", "account", "account_known", "console_authorization", "region", "change", "principals", "networks", "matrix"),
        *("locked_out", "losing", "gaining", "warnings"),
    ]
    assert (made["version"], made["account"], made["account_known"]) == (1, STANDALONE, True)
    assert made["console_authorization"] == {"before": False, "after": True}
    assert made["principals"][0] == {"arn": f"arn:aws:iam::{STANDALONE}:root", "kind": "root", "label": "root"}
    assert made["networks"][1] == {"name": "home", "label": "Home", "address": "198.51.100.7", "region": "", "vpc": "", "vpce": ""}
    assert len(made["matrix"]) == 3 * len(made["principals"]) * 2
    assert made["losing"][0] == {"principal": f"arn:aws:iam::{STANDALONE}:root", "network": "home"}
    assert made["change"]["resource"] == json.loads(example_2())
    assert not any(made["change"][key] for key in ("put", "removed", "rcps", "scps", "identity"))


def test_a_cell() -> None:
    made = as_json(rehearsed(Change(resource=example_2(), authorization=True), STANDALONE, HOME))
    assert made["matrix"][0] == {
        "principal": f"arn:aws:iam::{STANDALONE}:root",
        "network": "home",
        "phase": "signin:Authenticate",
        "before": {
            "effect": "Allow",
            "reached": True,
            "reasons": ["no policy restricts this sign-in"],
            "denied_by": None,
            "deciding": [],
            "message": "",
        },
        "after": {
            "effect": "Deny",
            "reached": True,
            "reasons": [f"denied by resource-based policy `sign-in policy of account {STANDALONE}`, statement 1"],
            "denied_by": "resource-based policy",
            "deciding": [{"layer": "resource-based policy", "policy": f"sign-in policy of account {STANDALONE}", "statement": 1, "sid": ""}],
            "message": "Your authentication information is incorrect. Please try again.",
        },
    }
    assert made["matrix"][1]["after"]["reached"] is False
    assert made["locked_out"] == [who.arn for who in rehearsed(Change(resource=example_2(), authorization=True), STANDALONE, HOME).locked_out]


def test_a_change_with_everything_in_it() -> None:
    alice = who("user/Mary_Major", DEVELOPMENT).arn
    change = Change(
        put=(StatementParameters(source_ip="203.0.113.0/24"),),
        removed=("A" * 64,),
        rcps=(DocumentChange("Perimeter", ROOT, EXAMPLE_1),),
        scps=(DocumentChange("Guardrail", "", None),),
        identity=(IdentityChange("Mine", alice, deny("signin:*")),),
        authorization=True,
        authorization_target=ROOT,
    )
    made = as_json(rehearsed(change, DEVELOPMENT))
    assert made["change"] == {
        "resource": None,
        "put": [{"source_ip": "203.0.113.0/24"}],
        "removed": ["A" * 64],
        "rcps": [{"name": "Perimeter", "target": ROOT, "document": json.loads(EXAMPLE_1)}],
        "scps": [{"name": "Guardrail", "target": "", "document": None}],
        "identity": [{"name": "Mine", "arn": alice, "document": json.loads(deny("signin:*"))}],
        "authorization": True,
        "authorization_target": ROOT,
    }
    (warning,) = [each for each in made["warnings"] if each["code"] == "no_excluded_principal"]
    assert {key: warning[key] for key in ("layer", "policy", "sid")} == {
        "layer": "resource-based policy",
        "policy": f"sign-in policy of account {DEVELOPMENT}",
        "sid": "new",
    }
    assert isinstance(warning["statement"], int)
    assert warning["sentence"].startswith("No excluded principal is left")


def test_words_are_english_whatever_the_reader_speaks() -> None:
    rehearsal = rehearsed(Change(resource=example_2(), authorization=True))
    with translation.override("ja"):
        there = as_json(rehearsal)
    assert there == as_json(rehearsal)


def test_as_text_the_table_is_aligned_and_losses_stand_under_what_denies() -> None:
    made = as_text(rehearsed(Change(resource=example_2(), authorization=True), STANDALONE, OFFICE, HOME))
    lines = made.splitlines()
    head = next(line for line in lines if line.startswith("PRINCIPAL"))
    row = next(line for line in lines if line.startswith("user/alice") and "home" in line)
    assert row[head.index("NETWORK") :].startswith("home (198.51.100.7)")
    assert row[head.index("NOW") :].startswith("signs in")
    assert row[head.index("AFTER") :].startswith("denied at Authenticate")
    assert row.endswith("loses")
    assert "Locked out by this change: none" in lines
    assert f"  signin:Authenticate: denied by resource-based policy `sign-in policy of account {STANDALONE}`, statement 1" in lines
    assert "    user/alice from home" in lines
    assert "Warnings: none" in lines
