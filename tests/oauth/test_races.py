"""RACE-01, RACE-02: twenty at once with one code, or with one refresh token: one family, no double."""

from collections.abc import Callable
from itertools import count

import pytest
from django.db import transaction

from accounts.models import AuthorizationCode, Grant, Principal, SignInSession
from accounts.oauth import grants
from accounts.oauth.clients import SAME_DEVICE_ID, client_of
from accounts.oauth.terms import Issued, TokenRefused
from accounts.sessions.flows import end_all
from portal.core.tokens import new_token
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.flows import load_world
from tests.oauth.tool import BROWSER, CALLBACK, Tool, session_of, somebody
from tests.races import PARALLEL, racers

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

ROUNDS = 15
KEY = "k" * 43


@pytest.fixture(autouse=True)
def _world(transactional_db: None) -> None:
    load_world(replace=True)


def issued(work: Callable[[], Issued]) -> str:
    """Return the refresh token that came of it; empty where it was refused."""
    try:
        return work().refresh_token
    except TokenRefused:
        return ""


def redemption(tool: Tool, code: str, jkt: str) -> Callable[[], str]:
    client = client_of(SAME_DEVICE_ID)
    assert client is not None
    return lambda: issued(
        lambda: grants.redeem(
            code=code, client=client, redirect_uri=CALLBACK, verifier=tool.verifier, jkt=jkt, origin=BROWSER, permit=lambda *_: None
        )
    )


def refreshing(token: str, jkt: str = KEY) -> Callable[[], str]:
    client = client_of(SAME_DEVICE_ID)
    assert client is not None
    return lambda: issued(lambda: grants.refresh(token=token, client=client, jkt=jkt, origin=BROWSER, permit=lambda *_: None))


def alice() -> Principal:
    return somebody("111122223333", "alice")


def test_race_01_twenty_retries_of_one_redemption_are_one_sign_in() -> None:
    tool, session = Tool(), session_of(alice())
    with racers() as race:
        for number in range(1, ROUNDS + 1):
            outcomes = race(redemption(tool, tool.code(session), KEY))
            assert len(set(outcomes)) == 1
            assert outcomes[0]
            assert Grant.objects.count() == number
    assert not Grant.objects.exclude(ended_at=None).exists()
    assert not AuthorizationCode.objects.filter(used_at=None).exists()


def test_race_01_of_twenty_programs_with_one_code_none_keeps_what_it_got() -> None:
    tool, session = Tool(), session_of(alice())
    with racers() as race:
        for number in range(1, ROUNDS + 1):
            code = tool.code(session)
            outcomes = race(lambda code=code: redemption(tool, code, new_token())())  # type: ignore[misc]  # each racer has a key of its own
            assert sum(map(bool, outcomes)) == 1
            assert Grant.objects.count() == number
            assert Grant.objects.latest("pk").end_reason == Grant.End.CODE_REPLAYED
            assert Event.objects.filter(event_name=EventName.SESSION_ENDED).count() == number


def test_race_02_twenty_refreshes_with_one_token_rotate_once() -> None:
    tool, session = Tool(), session_of(alice())
    with racers() as race:
        for _ in range(ROUNDS):
            token = redemption(tool, tool.code(session), KEY)()
            for generation in (1, 2):
                outcomes = race(refreshing(token))
                assert len(set(outcomes)) == 1
                assert outcomes[0] not in {"", token}
                token = outcomes[0]
                assert Grant.objects.latest("pk").generation == generation
    assert not Grant.objects.exclude(ended_at=None).exists()


def test_race_02_old_tokens_end_the_family_once() -> None:
    tool, session = Tool(), session_of(alice())
    with racers() as race:
        for number in range(1, ROUNDS + 1):
            old = redemption(tool, tool.code(session), KEY)()
            newest = refreshing(refreshing(old)())()
            assert set(race(refreshing(old))) == {""}
            assert refreshing(newest)() == ""
            assert Event.objects.filter(event_name=EventName.SESSION_ENDED).count() == number


def test_race_02_a_refresh_beside_the_end_of_everything_leaves_nothing_alive() -> None:
    tool = Tool()
    with racers() as race:
        for _ in range(ROUNDS):
            token, order, principal = redemption(tool, tool.code(session_of(alice())), KEY)(), count(), alice()

            def work(token: str = token, order: "count[int]" = order, principal: Principal = principal) -> str:
                if next(order) == PARALLEL // 2:
                    with transaction.atomic():
                        end_all(principal, SignInSession.End.PASSWORD_CHANGED)
                    return ""
                return refreshing(token)()

            won = set(race(work)) - {""}
            assert len(won) <= 1
            assert all(refreshing(each)() == "" for each in (token, *won))
            assert Grant.objects.latest("pk").end_reason == Grant.End.CREDENTIALS_CHANGED
