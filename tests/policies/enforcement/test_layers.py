"""Which policies have a say in a console sign-in, and what keeping them compiled costs and must not cost."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
import redis
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, PolicyAttachment, Principal, Role
from policies.enforcement import stamp
from policies.enforcement.context import question_of
from policies.enforcement.decide import decide
from policies.enforcement.layers import console_policies
from policies.evaluation.decision import Decision, DeniedBy, Layer, Question
from policies.models import PermissionStatement, PolicyDocument
from policies.statements.flows import delete_authorization, delete_statement, put_authorization
from portal.conf import conf
from portal.core import clock
from portal.core.actions import NOBODY, SigninAction, Subject
from portal.core.stamps import KEEP_SECONDS
from portal.network.origin import Origin
from tests.policies.enforcement.guarded import (
    DEVELOPMENT,
    MANAGEMENT,
    ORGANIZATION,
    ROOT,
    STANDALONE,
    UNIT,
    WORKLOADS,
    attach,
    deny,
    deny_rcp,
    document,
    guard,
)

pytestmark = pytest.mark.usefixtures("world")

Kind = PolicyDocument.Type
ACTIONS = tuple(SigninAction)
AFTER = ACTIONS[1:]
HOME, OFFICE = "198.51.100.7", "203.0.113.10"


def question(
    action: SigninAction = ACTIONS[0], account: str = STANDALONE, name: str = "user/alice", *, address: str = HOME, region: str = "us-east-1"
) -> Question:
    """Return a question; from home unless it says otherwise."""
    origin = Origin(address=address, region=region, regional=True, user_agent="", host="")
    return question_of(action, Subject(account, f"arn:aws:iam::{account}:{name}"), origin)


def ask(
    action: SigninAction = ACTIONS[0], account: str = STANDALONE, name: str = "user/alice", *, address: str = HOME, region: str = "us-east-1"
) -> Decision | None:
    """Return the decision; None where nothing was evaluated."""
    return console_policies(question(action, account, name, address=address, region=region))


def denied(decision: Decision | None) -> bool:
    """Tell whether a decision denies."""
    return decision is not None and not decision.allowed


def queries(call: Callable[[], object]) -> int:
    """Return how many queries a call makes."""
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def test_nothing_is_evaluated_until_authorization_is_on() -> None:
    guard(on=False)
    attach(Kind.RCP, deny_rcp("signin:*"), ROOT)
    attach(Kind.IDENTITY, deny("signin:*"), f"arn:aws:iam::{STANDALONE}:user/alice", name="Mine", account=STANDALONE)
    PolicyDocument.objects.create(type="rcp", name="Broken", text="{", organization_id=ORGANIZATION)
    assert [ask(action) for action in ACTIONS] == [None] * 3
    assert [ask(action, DEVELOPMENT, "user/Mary_Major") for action in ACTIONS] == [None] * 3


@pytest.mark.parametrize("action", ACTIONS)
def test_the_resource_policy_decides_every_action(action: SigninAction) -> None:
    sid = guard()
    decision = ask(action)
    assert decision is not None
    assert (decision.allowed, decision.denied_by) == (False, DeniedBy.RESOURCE_POLICY)
    (deciding,) = decision.deciding
    assert (deciding.layer, deciding.sid) == (Layer.RESOURCE, sid)
    assert not denied(ask(action, address=OFFICE))
    assert not denied(ask(action, name="user/EmergencyAdmin"))
    assert denied(ask(action, name="root")), "the root user is subject to the policy unless it is excluded"


def test_nobody_and_other_accounts_are_not_concerned() -> None:
    guard()
    origin = Origin(address=HOME, region="us-east-1", regional=False, user_agent="", host="")
    assert console_policies(question_of(SigninAction.AUTHENTICATE, NOBODY, origin)) is None
    assert ask(account=DEVELOPMENT) is None
    assert ask(account="999999999999") is None


@pytest.mark.parametrize("target", [DEVELOPMENT, ORGANIZATION, ROOT])
def test_authorization_is_on_for_the_account_its_organisation_or_its_root(target: str) -> None:
    guard(DEVELOPMENT, on=False)
    assert ask(account=DEVELOPMENT) is None
    put_authorization(target)
    assert denied(ask(account=DEVELOPMENT))
    assert ask(account=STANDALONE) is None
    delete_authorization(target)
    assert ask(account=DEVELOPMENT) is None


@pytest.mark.parametrize("target", [ROOT, WORKLOADS, UNIT, DEVELOPMENT])
@pytest.mark.parametrize(("kind", "by", "layer"), [(Kind.RCP, DeniedBy.RESOURCE_CONTROL_POLICY, Layer.RCP), (Kind.SCP, DeniedBy.OTHER, Layer.SCP)])
def test_policies_of_the_organisation_reach_down_the_tree(target: str, kind: PolicyDocument.Type, by: DeniedBy, layer: Layer) -> None:
    put_authorization(ORGANIZATION)
    assert not denied(ask(account=DEVELOPMENT))
    attach(kind, deny_rcp("signin:*") if kind is Kind.RCP else deny("signin:*"), target)
    for action in ACTIONS:
        decision = ask(action, DEVELOPMENT, "user/Mary_Major")
        assert decision is not None
        assert (decision.allowed, decision.denied_by, decision.deciding[0].layer) == (False, by, layer)
        assert decision.deciding[0].policy == "Perimeter"
    assert not denied(ask(account="777788889999")) or target in {ROOT, WORKLOADS}


@pytest.mark.parametrize("kind", [Kind.RCP, Kind.SCP])
def test_policies_of_the_organisation_have_no_effect_on_the_management_account(kind: PolicyDocument.Type) -> None:
    put_authorization(ORGANIZATION)
    attach(kind, deny_rcp("signin:*") if kind is Kind.RCP else deny("signin:*"), ROOT, MANAGEMENT)
    assert not denied(ask(account=MANAGEMENT, name="user/Carlos"))
    assert denied(ask(account=DEVELOPMENT))


def test_an_account_that_moves_gets_the_policies_of_its_new_unit() -> None:
    put_authorization(ORGANIZATION)
    attach(Kind.RCP, deny_rcp("signin:*"), UNIT)
    assert denied(ask(account=DEVELOPMENT))
    account = Account.objects.get(pk=DEVELOPMENT)
    account.unit_id = "ou-ab12cd34ef-44444444"
    account.save()
    assert not denied(ask(account=DEVELOPMENT))


def test_a_policy_of_another_organisation_or_of_no_target_has_no_say() -> None:
    put_authorization(ORGANIZATION)
    attach(Kind.RCP, deny_rcp("signin:*"))
    attach(Kind.IDENTITY, deny("signin:*"), DEVELOPMENT, name="Mine", account=DEVELOPMENT)
    assert not denied(ask(account=DEVELOPMENT))


@pytest.mark.parametrize(("action", "blocks"), [(ACTIONS[0], False), (ACTIONS[1], True), (ACTIONS[2], True)])
def test_identity_policies_have_a_say_after_authentication(action: SigninAction, blocks: bool) -> None:
    put_authorization(STANDALONE)
    attach(Kind.IDENTITY, deny("signin:*"), f"arn:aws:iam::{STANDALONE}:user/alice", name="NoConsole", account=STANDALONE)
    decision = ask(action)
    assert denied(decision) is blocks
    if blocks:
        assert decision is not None
        assert (decision.denied_by, decision.deciding[0].layer, decision.deciding[0].policy) == (DeniedBy.OTHER, Layer.IDENTITY, "NoConsole")
    assert not denied(ask(action, name="user/EmergencyAdmin"))


def test_an_attached_policy_of_the_account_has_a_say_too() -> None:
    put_authorization(STANDALONE)
    attach(Kind.IDENTITY, deny("signin:CreateOAuth2Token"), name="NoToken", account=STANDALONE)
    alice = Principal.objects.get(account=STANDALONE, name="alice")
    assert not denied(ask(ACTIONS[2]))
    PolicyAttachment(principal=alice, policy_arn=f"arn:aws:iam::{STANDALONE}:policy/NoToken").save()
    assert denied(ask(ACTIONS[2]))
    assert not denied(ask(ACTIONS[1]))


def test_a_role_has_policies_as_well() -> None:
    put_authorization(STANDALONE)
    assert not denied(ask(ACTIONS[2], name="role/Admin"))
    role = Role.objects.get(account=STANDALONE, name="Admin")
    attach(Kind.IDENTITY, deny("signin:*"), role.arn, name="NoConsole", account=STANDALONE)
    assert denied(ask(ACTIONS[2], name="role/Admin"))


def test_without_an_allow_the_console_is_open_all_the_same() -> None:
    put_authorization(STANDALONE)
    PolicyAttachment.objects.all().delete()
    stamp.changed()
    assert not denied(ask(ACTIONS[2]))


@pytest.mark.parametrize("action", AFTER)
def test_somebody_whom_nobody_knows_is_denied_after_authentication(action: SigninAction) -> None:
    put_authorization(STANDALONE)
    for name in ("user/Nobody", "role/Nobody", "federated-user/x"):
        assert denied(ask(action, name=name))


def test_pol_02_a_broken_document_denies_and_says_which() -> None:
    put_authorization(ORGANIZATION)
    row = attach(Kind.RCP, deny_rcp("signin:*"), UNIT)
    PolicyDocument.objects.filter(pk=row.pk).update(text='{"Version": "2012-10-17", "Statement": [{"Effect": "Deny"}]}')
    stamp.changed()
    for action in ACTIONS:
        decision = ask(action, DEVELOPMENT, "user/Mary_Major")
        assert decision is not None
        assert (decision.allowed, decision.denied_by) == (False, DeniedBy.RESOURCE_CONTROL_POLICY)
        assert "Perimeter" in decision.reasons[0]
        assert "Principal" in decision.reasons[0], "the first thing that is wrong"
    assert not denied(ask(account="777788889999")), "it concerns whom it is attached to"


def test_pol_02_a_broken_identity_policy_denies_its_identity_after_authentication() -> None:
    put_authorization(STANDALONE)
    attach(Kind.IDENTITY, "not JSON", f"arn:aws:iam::{STANDALONE}:user/alice", name="Broken", account=STANDALONE)
    assert [denied(ask(action)) for action in ACTIONS] == [False, True, True]
    assert not denied(ask(ACTIONS[2], name="user/EmergencyAdmin"))


def test_pol_02_an_attached_policy_that_is_not_there_denies() -> None:
    put_authorization(STANDALONE)
    alice = Principal.objects.get(account=STANDALONE, name="alice")
    PolicyAttachment(principal=alice, policy_arn="arn:aws:iam::aws:policy/Nothing").save()
    decision = ask(ACTIONS[1])
    assert decision is not None
    assert not decision.allowed
    assert "arn:aws:iam::aws:policy/Nothing" in decision.reasons[0]


def test_pol_02_a_statement_that_was_tampered_with_denies() -> None:
    guard()
    PermissionStatement.objects.update(source_ip="banana")
    stamp.changed()
    decision = ask(address=OFFICE)
    assert decision is not None
    assert (decision.allowed, decision.denied_by) == (False, DeniedBy.RESOURCE_POLICY)


def test_pol_02_a_database_that_fails_denies(monkeypatch: pytest.MonkeyPatch) -> None:
    guard()

    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr("policies.enforcement.layers.read_console", fail)
    assert not decide(question(address=OFFICE)).allowed


def test_a_kept_decision_makes_no_query() -> None:
    guard(DEVELOPMENT)
    attach(Kind.RCP, deny_rcp("signin:*", StringEquals={"aws:SourceIp": "never"}), ROOT)
    for action in ACTIONS:
        assert queries(partial(ask, action, DEVELOPMENT, "user/Mary_Major")) > 0 or action is ACTIONS[2]
    for action in ACTIONS:
        assert queries(partial(ask, action, DEVELOPMENT, "user/Mary_Major")) == 0
        assert queries(partial(ask, action, DEVELOPMENT, "user/Mary_Major", address=OFFICE)) == 0


def test_while_authorization_is_off_everywhere_a_question_costs_no_query_either() -> None:
    ask()
    assert queries(ask) == 0
    assert queries(lambda: ask(account=DEVELOPMENT)) == 0


@pytest.mark.django_db(transaction=True)
def test_pol_08_a_change_in_another_process_counts_within_a_second(cache_client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    sid = guard()
    assert denied(ask())
    # Another process's change: the rows change and the stamp in the cache does, and this process is told nothing.
    PermissionStatement.objects.filter(sid=sid).update(removed_at=clock.now())
    assert denied(ask()), "kept"
    cache_client.set(stamp.KEY, "another")
    real = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + 0.6)
    assert not denied(ask()), "seen at the next look, twice a second"


@pytest.mark.django_db(transaction=True)
def test_pol_08_every_change_sets_a_new_stamp_once_it_is_committed(cache_client: redis.Redis) -> None:
    seen = {cache_client.get(stamp.KEY)}
    sid = guard()
    steps: list[Callable[[], object]] = [
        lambda: delete_statement(STANDALONE, sid),
        lambda: delete_authorization(STANDALONE),
        lambda: attach(Kind.RCP, deny_rcp("signin:*"), ROOT),
        lambda: PolicyDocument.objects.get().targets.get().delete(),
        lambda: PolicyDocument.objects.get().delete(),
        PolicyAttachment.objects.all()[0].delete,
        lambda: Account.objects.get(pk=DEVELOPMENT).save(),
    ]
    seen.add(cache_client.get(stamp.KEY))
    for number, step in enumerate(steps):
        step()
        seen.add(cache_client.get(stamp.KEY))
        assert len(seen) == number + 3


def test_a_change_in_this_process_counts_at_once() -> None:
    sid = guard()
    assert denied(ask())
    delete_statement(STANDALONE, sid)
    assert not denied(ask())
    guard(source_ip="203.0.113.0/24")
    assert denied(ask())


def test_without_a_cache_policies_are_read_anew_and_hold_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    guard()
    monkeypatch.setenv("PORTAL_REDIS_URL", "redis://127.0.0.1:9/0")
    stamp.changed()
    assert denied(ask())
    assert queries(ask) > 0
    PermissionStatement.objects.all().delete()
    assert not denied(ask())


def test_what_is_kept_is_read_anew_after_a_while_even_if_nobody_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    guard()
    assert denied(ask())
    PermissionStatement.objects.update(removed_at=clock.now())
    real = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + KEEP_SECONDS + 1)
    assert not denied(ask())


def test_another_region_enforces_a_change_when_it_learns_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TRAINING", "1")
    put_authorization(STANDALONE, now=clock.now() - timedelta(hours=1))
    sid = guard(on=False)
    wait = conf.policy_propagation + timedelta(seconds=1)
    assert (denied(ask()), denied(ask(region="us-west-2"))) == (True, False)
    clock.advance(wait)
    assert denied(ask(region="us-west-2"))
    delete_statement(STANDALONE, sid)
    assert (denied(ask()), denied(ask(region="us-west-2"))) == (False, True)
    clock.advance(wait)
    assert not denied(ask(region="us-west-2"))


def test_authorization_reaches_another_region_later_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TRAINING", "1")
    guard()
    clock.advance(timedelta(hours=1))
    assert denied(ask(region="us-west-2"))
    delete_authorization(STANDALONE)
    assert (ask(), denied(ask(region="us-west-2"))) == (None, True)
    clock.advance(timedelta(seconds=21))
    assert ask(region="us-west-2") is None
    put_authorization(STANDALONE)
    assert (denied(ask()), ask(region="us-west-2")) == (True, None)


def test_a_clock_that_goes_back_does_not_leave_yesterdays_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TRAINING", "1")
    put_authorization(STANDALONE, now=clock.now() - timedelta(hours=1))
    guard(on=False)
    clock.advance(timedelta(minutes=1))
    assert denied(ask(region="us-west-2"))
    clock.advance(timedelta(minutes=-1))
    assert not denied(ask(region="us-west-2"))


def test_the_resource_of_a_sign_in_can_be_named() -> None:
    put_authorization(ORGANIZATION)
    statement = {"Effect": "Deny", "Principal": "*", "Action": "signin:Authenticate", "Resource": "arn:aws:signin:*:*:console/*"}
    attach(Kind.RCP, document(statement), ROOT)
    assert denied(ask(account=DEVELOPMENT))
    assert not denied(ask(account=MANAGEMENT))
