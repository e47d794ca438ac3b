"""A rehearsal says what enforcement then does: every cell is compared with the decision once the change is really made."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import PolicyAttachment, Principal, Role, RolePolicy
from policies.enforcement.context import question_of
from policies.enforcement.decide import decide
from policies.enforcement.identity import read_identities, read_identity
from policies.evaluation.decision import Decision
from policies.models import ConsoleAuthorization, PolicyDocument, PolicyTarget
from policies.simulator.flows import people_of, rehearse
from policies.simulator.rehearsal import Rehearsal
from policies.simulator.scenario import NO_CHANGE, Change, DocumentChange, IdentityChange
from policies.statements.flows import (
    StatementParameters,
    consolidated,
    delete_authorization,
    delete_statement,
    numbered,
    put_authorization,
    put_statement,
)
from portal.conf import conf
from portal.core import clock
from portal.core.actions import Subject
from tests.policies.enforcement.guarded import DEVELOPMENT, MANAGEMENT, ORGANIZATION, ROOT, STANDALONE, UNIT, attach, deny, deny_rcp, document
from tests.policies.simulator.rehearsals import EXAMPLE_1, HOME, IN_VPC, OFFICE, PLACES, rehearsed, who

pytestmark = pytest.mark.usefixtures("world")

Kind = PolicyDocument.Type
Answer = tuple[bool, object, frozenset[tuple[str, str, int]]]
ADMIN = "arn:aws:iam::{}:user/{}"


def answer(decision: Decision) -> Answer:
    """Return what of a decision does not hang on the ID that a statement gets."""
    return decision.allowed, decision.denied_by, frozenset((each.layer.value, each.policy, each.number) for each in decision.deciding)


@pytest.fixture
def settle(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let every Region learn of all changes."""
    monkeypatch.setenv("PORTAL_TRAINING", "1")
    return lambda: clock.advance(conf.policy_propagation + timedelta(seconds=1))


def enforced(rehearsal: Rehearsal) -> list[Answer]:
    """Return what enforcement answers now on every cell of a rehearsal."""
    found = []
    for cell in rehearsal.cells:
        subject = Subject(rehearsal.account, cell.who.arn)
        found.append(answer(decide(question_of(cell.phase, subject, cell.place.origin))))
    return found


def same(rehearsal: Rehearsal) -> None:
    """Check every cell after the change."""
    assert [answer(cell.after) for cell in rehearsal.cells] == enforced(rehearsal)


OFFICE_ONLY = StatementParameters(source_ip="203.0.113.0/24", excluded_principal=ADMIN.format(STANDALONE, "EmergencyAdmin"))
VPC_ONLY = StatementParameters(source_vpc="vpc-0abc123def456789a", requested_region="us-west-2", vpc_source_ip="10.0.0.0/16")


def test_a_permission_statement_is_added(settle: Callable[[], None]) -> None:
    put_statement(STANDALONE, VPC_ONLY)
    rehearsal = rehearsed(Change(put=(OFFICE_ONLY,), authorization=True))
    assert rehearsal.losing
    put_statement(STANDALONE, OFFICE_ONLY)
    put_authorization(STANDALONE)
    settle()
    same(rehearsal)


def test_a_permission_statement_is_removed(settle: Callable[[], None]) -> None:
    gone, _kept = put_statement(STANDALONE, OFFICE_ONLY), put_statement(STANDALONE, VPC_ONLY)
    put_authorization(STANDALONE)
    rehearsal = rehearsed(Change(removed=(gone,)))
    assert rehearsal.gaining
    delete_statement(STANDALONE, gone)
    settle()
    same(rehearsal)


def test_the_consolidated_policy_as_a_document_is_the_same_as_its_statement(settle: Callable[[], None]) -> None:
    put_statement(STANDALONE, OFFICE_ONLY)
    rehearsal = rehearsed(Change(resource=json.dumps(consolidated(STANDALONE, "us-east-1")), authorization=True))
    put_authorization(STANDALONE)
    settle()
    same(rehearsal)


@pytest.mark.parametrize("target", [DEVELOPMENT, ORGANIZATION, ROOT])
def test_authorization_is_switched_on_and_off(target: str, settle: Callable[[], None]) -> None:
    put_statement(DEVELOPMENT, StatementParameters(source_ip="203.0.113.0/24"))
    on = rehearsed(Change(authorization=True, authorization_target=target), DEVELOPMENT)
    assert on.losing
    put_authorization(target)
    settle()
    same(on)
    off = rehearsed(Change(authorization=False), DEVELOPMENT)
    assert off.gaining
    delete_authorization(target)
    settle()
    same(off)


def test_authorization_of_the_account_goes_off_while_that_of_the_organisation_stays(settle: Callable[[], None]) -> None:
    put_statement(DEVELOPMENT, StatementParameters(source_ip="203.0.113.0/24"))
    for target in (DEVELOPMENT, ORGANIZATION):
        put_authorization(target)
    rehearsal = rehearsed(Change(authorization=False, authorization_target=DEVELOPMENT), DEVELOPMENT)
    assert not rehearsal.gaining
    delete_authorization(DEVELOPMENT)
    settle()
    same(rehearsal)


@pytest.mark.parametrize("account", [DEVELOPMENT, MANAGEMENT, STANDALONE])
@pytest.mark.parametrize("kind", [Kind.RCP, Kind.SCP])
@pytest.mark.parametrize("target", [ROOT, UNIT, DEVELOPMENT])
def test_a_policy_of_the_organisation_is_attached_replaced_and_detached(
    account: str, kind: PolicyDocument.Type, target: str, settle: Callable[[], None]
) -> None:
    put_authorization(account)
    first = deny_rcp("signin:*", NotIpAddress={"aws:SourceIp": "203.0.113.0/24"}) if kind is Kind.RCP else deny("signin:CreateOAuth2Token")
    second = deny_rcp("signin:*") if kind is Kind.RCP else deny("signin:*", StringEquals={"aws:RequestedRegion": "us-west-2"})

    def change(text: str | None, at: str = target) -> Change:
        documents = (DocumentChange("Perimeter", at, text),)
        return Change(rcps=documents) if kind is Kind.RCP else Change(scps=documents)

    attached = rehearsed(change(first), account)
    assert bool(attached.losing) is (account == DEVELOPMENT)
    row = attach(kind, first, target)
    settle()
    same(attached)
    replaced = [rehearsed(change(second, at), account) for at in (target, "")]
    row.text = second
    row.save()
    settle()
    for rehearsal in replaced:
        same(rehearsal)
    detached = [rehearsed(change(None, at), account) for at in (target, "")]
    PolicyTarget.objects.get(document=row, target=target).delete()
    settle()
    for rehearsal in detached:
        same(rehearsal)


def test_a_policy_that_is_attached_nowhere_is_replaced_nowhere() -> None:
    put_authorization(DEVELOPMENT)
    assert not rehearsed(Change(rcps=(DocumentChange("Perimeter", "", deny_rcp("signin:*")),)), DEVELOPMENT).losing


def test_an_identity_policy_is_given_replaced_and_taken_away(settle: Callable[[], None]) -> None:
    put_authorization(STANDALONE)
    role = who("role/Admin")
    given = rehearsed(Change(identity=(IdentityChange("Mine", role.arn, deny("signin:*")),)))
    assert [somebody.label for somebody in given.locked_out] == ["role/Admin"]
    assert all(cell.after.allowed for cell in given.cells if cell.phase == "signin:Authenticate"), "before authentication nobody knows who it is"
    row = attach(Kind.IDENTITY, deny("signin:*"), role.arn, name="Mine", account=STANDALONE)
    settle()
    same(given)
    replaced = rehearsed(Change(identity=(IdentityChange("Mine", role.arn, deny("signin:CreateOAuth2Token")),)))
    row.text = deny("signin:CreateOAuth2Token")
    row.save()
    settle()
    same(replaced)
    taken = rehearsed(Change(identity=(IdentityChange("Mine", role.arn, None),)))
    assert taken.gaining
    row.delete()
    settle()
    same(taken)


def test_a_root_user_has_no_identity_policy() -> None:
    put_authorization(STANDALONE)
    assert not rehearsed(Change(identity=(IdentityChange("Mine", who("root").arn, deny("signin:*")),))).losing


@pytest.mark.parametrize("kind", [Kind.RCP, Kind.SCP])
def test_a_stored_document_that_cannot_be_read_denies_and_is_said_and_replacing_it_helps(
    kind: PolicyDocument.Type, settle: Callable[[], None]
) -> None:
    put_authorization(DEVELOPMENT)
    row = attach(kind, "{", UNIT, name="Broken")
    broken = rehearsed(NO_CHANGE, DEVELOPMENT)
    assert not any(cell.before.allowed for cell in broken.cells)
    assert [(advice.code, advice.policy) for advice in broken.warnings] == [("unreadable", "Broken")]
    assert "line 1" in broken.warnings[0].sentence
    settle()
    same(broken)
    mended = (DocumentChange("Broken", UNIT, deny_rcp("signin:Nothing") if kind is Kind.RCP else deny("signin:Nothing")),)
    helped = rehearsed(Change(rcps=mended) if kind is Kind.RCP else Change(scps=mended), DEVELOPMENT)
    assert len(helped.gaining) == len(helped.whos) * len(helped.places)
    row.text = str(mended[0].text)
    row.save()
    settle()
    same(helped)


def test_an_identity_policy_that_cannot_be_read_denies_its_holder_after_authentication(settle: Callable[[], None]) -> None:
    put_authorization(STANDALONE)
    row = attach(Kind.IDENTITY, "{", who("user/alice").arn, name="Broken", account=STANDALONE)
    rehearsal = rehearsed(NO_CHANGE)
    assert {cell.phase.value for cell in rehearsal.cells if not cell.before.allowed} == {"signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"}
    assert {cell.who.label for cell in rehearsal.cells if not cell.before.allowed} == {"user/alice"}
    assert [advice.code for advice in rehearsal.warnings] == ["unreadable"]
    settle()
    same(rehearsal)
    helped = rehearsed(Change(identity=(IdentityChange("Broken", who("user/alice").arn, None),)))
    assert {somebody.label for somebody, _place in helped.gaining} == {"user/alice"}
    row.delete()
    settle()
    same(helped)


parameters = st.builds(
    StatementParameters,
    source_ip=st.sampled_from(["", "203.0.113.0/24", "2001:db8:85a3::/48", "198.51.100.7"]),
    source_vpc=st.sampled_from(["", "vpc-0abc123def456789a"]),
    signin_source_vpce=st.sampled_from(["", "vpce-0fed987cba654321f"]),
    requested_region=st.sampled_from(["us-west-2", "eu-central-1"]),
    excluded_principal=st.sampled_from(["", ADMIN.format(STANDALONE, "EmergencyAdmin"), f"arn:aws:iam::{STANDALONE}:role/Admin"]),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(standing=st.lists(parameters, max_size=2), added=st.lists(parameters, max_size=2), removed=st.booleans(), on=st.booleans(), data=st.data())
def test_any_change_of_statements_is_rehearsed_as_it_is_enforced(
    settle: Callable[[], None], standing: list[StatementParameters], added: list[StatementParameters], removed: bool, on: bool, data: st.DataObject
) -> None:
    for known in numbered(STANDALONE, "us-east-1"):
        delete_statement(STANDALONE, known.sid)
    sids = [put_statement(STANDALONE, each) for each in standing]
    if on:
        put_authorization(STANDALONE)
    elif is_on():
        delete_authorization(STANDALONE)
    settle()
    unchanged = rehearsed(NO_CHANGE)
    assert (unchanged.losing, unchanged.gaining, unchanged.locked_out) == ((), (), ())
    assert [answer(cell.before) for cell in unchanged.cells] == enforced(unchanged)
    gone = tuple(sids[:1]) if removed else ()
    wish = data.draw(st.sampled_from([None, True]))
    rehearsal = rehearsed(Change(put=tuple(added), removed=gone, authorization=wish))
    assert set(rehearsal.locked_out) <= {somebody for somebody, _place in rehearsal.losing}
    for each in added:
        put_statement(STANDALONE, each)
    for sid in gone:
        delete_statement(STANDALONE, sid)
    if wish:
        put_authorization(STANDALONE)
    settle()
    same(rehearsal)


def is_on() -> bool:
    """Tell whether console authorization is on for the account."""
    return ConsoleAuthorization.objects.filter(target=STANDALONE, removed_at=None).exists()


def test_what_has_not_reached_a_region_yet_counts_all_the_same() -> None:
    put_statement(STANDALONE, OFFICE_ONLY)
    put_authorization(STANDALONE)
    rehearsal = rehearsed(NO_CHANGE, STANDALONE, IN_VPC)
    assert not rehearsal.row(who("user/alice"), IN_VPC)[0].before.allowed
    assert not rehearsal.losing


def test_a_region_is_reached_from_places_without_one() -> None:
    put_statement(STANDALONE, StatementParameters(requested_region="us-west-2"))
    change, people = Change(authorization=True), (who("user/alice"),)
    assert len(rehearse(STANDALONE, change, people, (HOME,)).losing) == 1
    assert not rehearse(STANDALONE, change, people, (HOME,), region="us-west-2").losing


def test_queries_do_not_grow_with_cells() -> None:
    put_statement(DEVELOPMENT, StatementParameters(source_ip="203.0.113.0/24"))
    attach(Kind.RCP, EXAMPLE_1, ROOT)
    for name in ("One", "Two", "Three"):
        attach(Kind.IDENTITY, deny("signin:Nothing"), who("user/Mary_Major", DEVELOPMENT).arn, name=name, account=DEVELOPMENT)
    for number in range(20):
        user = Principal.objects.create(kind="iam_user", account_id=DEVELOPMENT, name=f"user{number}")
        PolicyAttachment.objects.create(principal=user, policy_arn=f"arn:aws:iam::{DEVELOPMENT}:policy/One")
    people = people_of(DEVELOPMENT)
    assert len(people) > 20
    counts = []
    for whos, places in ((people[:3] + people[-1:], (OFFICE,)), (people, PLACES)):
        with CaptureQueriesContext(connection) as captured:
            rehearsal = rehearse(DEVELOPMENT, Change(authorization=True), whos, places)
        assert len(rehearsal.cells) == 3 * len(whos) * len(places)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 16
    with CaptureQueriesContext(connection) as captured:
        assert rehearsal.cells[0].explanation_after.layers
        assert rehearsal.losing
    assert len(captured) == 0


def test_policies_read_together_are_those_read_one_by_one() -> None:
    mine = attach(Kind.IDENTITY, deny("signin:A"), who("user/alice").arn, who("role/Admin").arn, name="Mine", account=STANDALONE)
    attach(Kind.IDENTITY, "{", who("user/EmergencyAdmin").arn, name="Broken", account=STANDALONE)
    PolicyAttachment.objects.create(
        principal=Principal.objects.get(account_id=STANDALONE, name="alice"), policy_arn=f"arn:aws:iam::{STANDALONE}:policy/{mine.name}"
    )
    role = Role.objects.create(account_id=STANDALONE, name="Deep", path="/team/", unique_id="AROADEEP", trust=document())
    RolePolicy.objects.create(role=role, policy_arn="arn:aws:iam::aws:policy/NoSuchPolicy")
    arns = [somebody.arn for somebody in people_of(STANDALONE)] + [who("user/nobody").arn, who("role/nobody").arn]
    assert role.arn in arns
    found = read_identities(STANDALONE, arns)
    for arn in arns:
        alone = read_identity(arn)
        assert found[arn].policies == alone.policies
        assert [str(error) for error in found[arn].unreadable] == [str(error) for error in alone.unreadable]
    assert [len(found[arn].unreadable) for arn in arns[-2:]] == [1, 1]
    assert [policy.name for policy in found[who("user/alice").arn].policies].count("Mine") == 2


def test_people_are_root_user_users_and_roles_who_can_sign_in_at_all() -> None:
    assert [somebody.label for somebody in people_of(STANDALONE)] == [
        "root",
        "user/alice",
        "user/EmergencyAdmin",
        "role/Admin",
        "role/BreakGlassRole",
    ]
    labels = [somebody.label for somebody in people_of(MANAGEMENT)]
    assert "user/Terry_Whitlock" not in labels, "who is disabled cannot be locked out"
    assert "root" in labels
    assert "root" not in [somebody.label for somebody in people_of("777788889999")], "its root user has no credentials"
    assert people_of("999999999999") == ()


def test_people_beyond_the_first_two_hundred_are_said_to_be_there() -> None:
    assert not people_of(STANDALONE).more
    Principal.objects.bulk_create(
        Principal(kind="iam_user", account_id=STANDALONE, name=f"u{n}", name_key=f"u{n}", unique_id=f"AIDA{n}") for n in range(230)
    )
    people = people_of(STANDALONE)
    assert (len(people), people.more) == (200, True)
