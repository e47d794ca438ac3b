import pytest

from accounts.models import Account, OutgoingMail, RootUser
from accounts.outcomes import Failure, Outcome, Success
from accounts.registration import flows
from accounts.registration.attempt import Registration
from accounts.registration.flows import RegistrationFailure
from portal.core import ids
from portal.network.origin import Origin
from portal.trail.models import Event
from tests.races import racers
from tests.registration.conftest import PASSWORD

ORIGIN = Origin(address="192.0.2.1", region="us-east-1", regional=False, user_agent="tests", host="localhost")


def _registration(email: str = "race@example.com") -> Registration:
    return Registration(email=email, account_name="Race", checked=True, proved=True)


def test_a_taken_account_id_is_drawn_again(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    Account.objects.create(id="111111111111", name="Taken")
    numbers = iter(["111111111111", "111111111111", "222222222222"])
    monkeypatch.setattr(ids, "account_id", lambda: next(numbers))
    registration = _registration()
    assert flows.create_account(registration, password=PASSWORD, origin=ORIGIN) == Success()
    assert registration.account == "222222222222"


def test_a_bound_address_leaves_nothing_behind(db: None) -> None:
    assert flows.create_account(_registration(), password=PASSWORD, origin=ORIGIN) == Success()
    late = _registration("RACE@example.com")
    assert flows.create_account(late, password=PASSWORD, origin=ORIGIN) == Failure(RegistrationFailure.BOUND)
    assert late.account == ""
    assert Account.objects.count() == RootUser.objects.count() == Event.objects.count() == OutgoingMail.objects.count() == 1


def test_the_plus_address_keeps_the_mailbox() -> None:
    assert flows.sub_address("name@example.com") == "name+1@example.com"


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_race_of_parallel_creations_exactly_one_gets_the_address() -> None:
    def work() -> Outcome:
        return flows.create_account(_registration(), password=PASSWORD, origin=ORIGIN)

    with racers(8) as race:
        outcomes: list[Outcome] = race(work)
    assert outcomes.count(Success()) == 1
    assert outcomes.count(Failure(RegistrationFailure.BOUND)) == 7
    assert Account.objects.count() == RootUser.objects.count() == Event.objects.count() == 1
