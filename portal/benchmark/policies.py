"""`bench policies`: what a decision costs, what keeping policies compiled saves, and how other evaluators fare with the same documents."""

import json
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts.models import Account
from policies.enforcement import stamp
from policies.enforcement.middleware import SigninPolicies
from policies.evaluation.authorization import Policies, explain, sign_in
from policies.evaluation.request import ANONYMOUS, Request
from policies.evaluation.statements import Policy
from policies.language import PolicyType, read
from policies.statements.consolidated import Numbered, policy_of
from policies.statements.flows import put_authorization, put_statement
from policies.statements.rules import StatementParameters
from portal.core.actions import SigninAction, Subject, declares

ACCOUNT = "123456789012"
ACTION = "signin:Authenticate"
KEYS = {
    "aws:SourceIp": "203.0.113.10",
    "aws:RequestedRegion": "us-east-1",
    "aws:ResourceAccount": ACCOUNT,
    "signin:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/alice",
}
OFFICE = StatementParameters(source_ip="203.0.113.0/24", excluded_principal=f"arn:aws:iam::{ACCOUNT}:user/EmergencyAdmin")
EXCLUDED = ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root", "arn:aws:iam::777788889999:user/EmergencyUser"]

Json = dict[str, Any]


def median_us(call: Callable[[], object], *, rounds: int = 5000) -> float:
    """Return the median duration of a call in microseconds of real time: the best of five parts, so that a neighbour's work counts little."""
    medians = []
    for _ in range(5):
        taken = []
        for _ in range(rounds // 5):
            began = time.perf_counter_ns()
            call()
            taken.append(time.perf_counter_ns() - began)
        medians.append(statistics.median(taken))
    return round(min(medians) / 1000, 2)


def two_statements() -> Json:
    """Return the guide's second example."""
    policy = policy_of([Numbered("", OFFICE)], ACCOUNT)
    assert policy is not None  # noqa: S101  # there is a statement
    return policy


def many_statements(total: int, *, naming: int) -> Json:
    """Return a policy of `total` statements of which `naming` name the action, the others those after authentication."""
    before, after = two_statements()["Statement"]
    return {"Version": "2012-10-17", "Statement": [before] * naming + [after] * (total - naming)}


def first_example() -> str:
    """Return the guide's first example, a resource control policy of three statements, as text."""
    network = {"NotIpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}, "StringNotEquals": {"aws:SourceVpc": "vpc-0abc123def456789a"}}
    deny = {"Effect": "Deny", "Principal": "*", "Resource": "*"}
    after = ["signin:CreateOAuth2Token", "signin:AuthorizeOAuth2Access"]
    region = {"StringEquals": {"aws:SourceVpc": "vpc-0abc123def456789a"}, "StringNotEqualsIfExists": {"aws:RequestedRegion": "us-west-2"}}
    statements = [
        deny | {"Sid": "PreAuth", "Action": [ACTION], "Condition": {"ArnNotEquals": {"signin:PrincipalArn": EXCLUDED}} | network},
        deny | {"Sid": "PostAuth", "Action": after, "Condition": {"ArnNotEquals": {"aws:PrincipalArn": EXCLUDED}} | network},
        deny | {"Sid": "Region", "Action": [ACTION, *after], "Condition": region},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def decision_figures(name: str, document: Json) -> dict[str, float]:
    """Return what a decision with its request context costs against a document, and what explaining it costs, in microseconds."""
    policies = Policies(resource=(Policy(read(json.dumps(document), PolicyType.RESOURCE), name="bench"),))

    def request() -> Request:
        return Request.of(ACTION, caller=ANONYMOUS, keys=KEYS, account=ACCOUNT)

    def decide() -> object:
        return sign_in(request(), policies)

    def decide_and_explain() -> object:
        asked = request()
        return explain(asked, policies, sign_in(asked, policies))

    decided = median_us(decide)
    explained = median_us(decide_and_explain, rounds=500)
    return {f"{name}_us": decided, f"{name}_explained_us": explained, f"{name}_explained_ratio": round(explained / decided, 2)}


def enforcement_figures() -> dict[str, float]:
    """Return what the middleware adds to a sign-in request once warm: microseconds and queries.

    An account of its own is guarded for it, in a transaction that is rolled back. The shared stamp, which costs one look in the cache
    twice a second, is taken as seen. Empty where the database is not there.
    """
    try:
        with transaction.atomic():
            account = Account(name="Bench")
            account.save(force_insert=True)
            put_statement(account.pk, OFFICE)
            put_authorization(account.pk)
            figures = _enforced(account.pk)
            transaction.set_rollback(True)
    except DatabaseError:
        return {}
    finally:
        stamp.changed()
    return figures


def _enforced(account: str) -> dict[str, float]:
    subject = Subject(account, f"arn:aws:iam::{account}:user/alice")

    @declares(SigninAction.AUTHENTICATE, lambda _request: subject)
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    middleware = SigninPolicies(view)
    factory = RequestFactory()
    requests = [factory.post("/signin/iam", REMOTE_ADDR="203.0.113.10") for _ in range(2001)]
    asked = iter(requests)

    def enforce() -> object:
        return middleware.process_view(next(asked), view, (), {})

    queries: list[str] = []

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        queries.append(sql)
        return execute(sql, *rest)

    with stamp.held():
        enforce()
        with connection.execute_wrapper(count):
            added = median_us(enforce, rounds=1990)
    return {"middleware_us": added, "middleware_queries": len(queries)}


def moto_figures(document: Json) -> dict[str, float]:
    """Return what moto's evaluation of a document costs, in microseconds; empty where moto is not installed. It looks at no condition."""
    try:
        from moto.iam.access_control import IAMPolicy  # noqa: PLC0415  # only where somebody has installed it
    except ImportError:
        return {}
    text = json.dumps(document)
    return {"moto_us": median_us(lambda: IAMPolicy(text).is_action_permitted(ACTION, "*"), rounds=1000)}


_SIMULATE = """
import { runUnsafeSimulation } from "@cloud-copilot/iam-simulate";
const { simulation, rounds } = JSON.parse(process.argv[1]);
const taken = [];
for (let round = 0; round < rounds + rounds / 10; round++) {
  const began = process.hrtime.bigint();
  await runUnsafeSimulation(simulation, {});
  if (round >= rounds / 10) taken.push(Number(process.hrtime.bigint() - began));
}
taken.sort((one, other) => one - other);
console.log(taken[taken.length >> 1] / 1000);
"""


def simulate_figures(document: Json) -> dict[str, float]:
    """Return what iam-simulate's evaluation costs, in microseconds; empty where node or the package is not there.

    The package is looked for from the current folder up, as node does.
    """
    node = shutil.which("node")
    if node is None:
        return {}
    simulation = {
        "request": {
            "action": ACTION,
            "resource": {"resource": "*", "accountId": ACCOUNT},
            "principal": KEYS["signin:PrincipalArn"],
            "contextVariables": KEYS,
        },
        "identityPolicies": [],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [{"orgIdentifier": "r-ab12", "policies": [{"name": "bench", "policy": document}]}],
    }
    argument = json.dumps({"simulation": simulation, "rounds": 500})
    command = [node, "--input-type=module", "-e", _SIMULATE, argument]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "NODE_NO_WARNINGS": "1"})
    return {"iam_simulate_us": round(float(done.stdout), 2)} if done.returncode == 0 else {}


def not_measured(figures: Mapping[str, float]) -> list[str]:
    """Return a sentence for each part of `run` whose figures are missing: why, and how to have them."""
    missing = {
        "middleware_us": "The middleware was not measured: there is no database yet. Start the demo once, or name its folder with --data.",
        "moto_us": "No ratio to moto: it is not installed. `pip install moto` into this environment, and bench again.",
        "iam_simulate_us": "No ratio to iam-simulate: no node, or no package. `npm install @cloud-copilot/iam-simulate` here, and bench again.",
    }
    return [sentence for figure, sentence in missing.items() if figure not in figures]


def run() -> dict[str, float]:
    """Return all figures of one run, durations in microseconds of real time."""
    guide = two_statements()
    figures = decision_figures("decision_2", guide)
    figures |= decision_figures("decision_50", many_statements(50, naming=25))
    figures |= decision_figures("decision_1000_of_which_10", many_statements(1000, naming=10))
    example = first_example()
    figures["compile_first_example_us"] = median_us(lambda: Policy(read(example, PolicyType.RCP)), rounds=500)
    figures |= enforcement_figures()
    for name, peer in (("moto", moto_figures(guide)), ("iam_simulate", simulate_figures(guide))):
        if peer:
            figures |= peer | {f"{name}_ratio": round(peer[f"{name}_us"] / figures["decision_2_us"], 1)}
    return figures
