"""RACE-07, RST-08: of twenty who take the same step of a recovery at the same moment, one takes it."""

from collections import Counter

import pytest

from accounts.models import Account, OutgoingMail, Principal
from accounts.outcomes import Outcome, Success
from policies.models import ConsoleAuthorization, PermissionStatement, RecoveryCase, RecoveryVisit
from policies.recovery import flows, rules
from policies.recovery.deletion import Recovered, complete, decision_on
from policies.recovery.visits import case_by_token, visit_of
from policies.statements.flows import StatementParameters, put_statement
from portal.core.throttle import Window
from portal.trail.models import Event
from portal.world.flows import load_world
from tests.policies.enforcement.guarded import OFFICE, STANDALONE
from tests.policies.recovery.cases import CODE, ORIGIN, opened, support, verified, visited, with_code, with_link
from tests.races import PARALLEL, racers

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

ROUNDS = 10


@pytest.fixture(autouse=True)
def _world(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    load_world(replace=True)
    for name in ("MAILS_AN_HOUR", "TRIES_AN_HOUR"):
        monkeypatch.setattr(flows, name, Window(f"test-{name}", allowed=10**6, seconds=60))


def administrator() -> Principal:
    """Return an administrator of the standalone account."""
    return Principal.objects.select_related("account").get(account_id=STANDALONE, name="EmergencyAdmin")


def events(name: str) -> int:
    """Return how many events of that name say that it succeeded."""
    return Event.objects.filter(event_name=name, succeeded=True).count()


def mails(kind: str) -> int:
    """Return how many mails of a kind were written."""
    return OutgoingMail.objects.filter(kind=kind).count()


def looked_at(visit: RecoveryVisit) -> RecoveryVisit:
    """Return a visit whose page was opened before, as it always was: what decides is known then, and all come to the deletion at once."""
    assert decision_on(visit, ORIGIN).allowed
    return visit


def test_race_07_a_case_is_opened_by_one_of_twenty() -> None:
    by, account = support(), Account.objects.get(pk=STANDALONE)
    with racers() as race:
        answers = race(lambda: flows.open_case(account, reason="race", by=by))
    assert sum(isinstance(answer, flows.CaseOpened) for answer in answers) == 1
    assert RecoveryCase.objects.count() == 1
    assert events("SupportRecoveryOpened") == 1


@pytest.mark.parametrize("step", ["send_code", "issue_link", "withdraw"])
def test_race_07_a_step_is_taken_by_one_of_twenty_operators(step: str) -> None:
    by = support()
    with_link(STANDALONE, by)
    kind = {"send_code": "support_code", "issue_link": "support_link"}.get(step)
    with racers() as race:
        for _ in range(ROUNDS):
            case = verified(STANDALONE, by) if step == "issue_link" else opened(STANDALONE, by)
            before = mails(kind) if kind else 0

            def take(case: RecoveryCase = case) -> Outcome:
                outcome: Outcome = getattr(flows, step)(case, seen=case.version, by=by)
                return outcome

            assert race(take).count(Success()) == 1
            assert not kind or mails(kind) == before + 1
            assert RecoveryCase.objects.get(pk=case.pk).version == case.version + 1


def test_rst_08_a_code_verifies_for_one_of_twenty() -> None:
    by = support()
    with racers() as race:
        for rounds in range(1, ROUNDS + 1):
            case = with_code(STANDALONE, by)
            # More than five at once share the five tries: whoever has one of them and comes first has verified.
            won = race(lambda case=case: flows.verify(case, CODE, seen=case.version, by=by))  # type: ignore[misc]
            assert won.count(Success()) == 1
            assert events("SupportRecoveryEmailVerified") == rounds


def test_rst_08_twenty_wrong_tries_at_once_are_five() -> None:
    by = support()
    case = with_code(STANDALONE, by)
    with racers() as race:
        race(lambda: flows.verify(case, "271828", seen=case.version, by=by))
    case.refresh_from_db()
    assert (case.tries, case.email_verified_at) == (rules.TRIES, None)
    assert flows.verify(case, CODE, seen=case.version, by=by) != Success()


@pytest.mark.parametrize("visits", [1, PARALLEL])
def test_race_07_a_link_deletes_for_one_of_twenty(visits: int) -> None:
    by, principal = support(), administrator()
    with racers() as race:
        for rounds in range(1, ROUNDS + 1):
            case, _token = with_link(STANDALONE, by)
            found = [looked_at(visited(case, principal)) for _ in range(visits)] * (PARALLEL // visits)

            def confirm(found: list[RecoveryVisit] = found) -> str:
                return type(complete(found.pop(), origin=ORIGIN)).__name__

            assert Counter(race(confirm)) == {Recovered.__name__: 1, "Failure": PARALLEL - 1}
            assert events("DeleteConsoleAuthorizationConfiguration") == events("SupportRecoveryCompleted") == rounds
            assert mails("console_recovered") == rounds
            assert not RecoveryVisit.objects.filter(ended_at=None).exists()
            assert not PermissionStatement.objects.filter(removed_at=None).exists()


def test_race_07_a_link_is_replaced_or_used_and_never_both() -> None:
    by, principal = support(), administrator()
    with racers() as race:
        for _ in range(ROUNDS):
            case, token = with_link(STANDALONE, by)
            visit = looked_at(visited(case, principal))
            turns = iter(range(PARALLEL))

            def either(case: RecoveryCase = case, visit: RecoveryVisit = visit, turns: object = turns) -> str:
                if next(turns) % 2:  # type: ignore[call-overload]  # an iterator of numbers
                    return "used" if isinstance(complete(visit, origin=ORIGIN), Recovered) else ""
                return "withdrawn" if flows.withdraw(case, seen=case.version, by=by) == Success() else ""

            assert len(list(filter(None, race(either)))) == 1
            case.refresh_from_db()
            on = ConsoleAuthorization.objects.filter(target=STANDALONE, removed_at=None).exists()
            assert on is (case.outcome == RecoveryCase.Outcome.WITHDRAWN)
            assert case_by_token(token) is None
            assert visit_of("x" * 43) is None


def test_race_07_no_statement_is_left_behind_half_deleted() -> None:
    """A statement that is put at the same moment is deleted with the rest, or put after it; authorization is off either way."""
    by, principal = support(), administrator()
    with racers() as race:
        for _ in range(ROUNDS):
            case, _token = with_link(STANDALONE, by)
            visit = looked_at(visited(case, principal))
            turns = iter(range(PARALLEL))

            def either(visit: RecoveryVisit = visit, turns: object = turns) -> str:
                if next(turns) % 4:  # type: ignore[call-overload]  # an iterator of numbers
                    return put_statement(STANDALONE, StatementParameters(source_ip=OFFICE))
                return type(complete(visit, origin=ORIGIN)).__name__

            assert race(either).count(Recovered.__name__) == 1
            assert not ConsoleAuthorization.objects.filter(target=STANDALONE, removed_at=None).exists()
            PermissionStatement.objects.filter(removed_at=None).delete()
