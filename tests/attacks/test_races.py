"""RACE: what is single use is won once, whoever comes at the same moment.

The mailed code, the security check and the sign-up race in their own rooms' tests. Password hashes are left out of these races:
they take place before anything is consumed, and would only make the rest rare.
"""

from copy import deepcopy
from functools import partial
from itertools import count

import pytest
from django.db import transaction

from accounts.administration.acts import Actor
from accounts.administration.flows import disable
from accounts.credentials import flows as credentials
from accounts.credentials.flows import PasswordChanged, PasswordFailure, PasswordRefused, replace_password
from accounts.models import OutgoingMail, PasswordRecovery, Principal, SignInSession
from accounts.oauth.clients import CONSOLE_CLIENT_ID
from accounts.oauth.flows import Redeemed, RedeemFailure, find_code, make_code, redeem_for_console
from accounts.password_reset import flows as recovery
from accounts.sessions.browser import live
from accounts.sessions.flows import end_all, end_one, open_session, sign_out
from accounts.signin.guessing import FROM_NEW_BROWSERS
from portal.conf import conf
from portal.core import clock, pkce
from portal.core.tokens import digest, new_token
from portal.network.origin import Origin
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.flows import load_world
from tests.races import PARALLEL, ROUNDS, racers

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

ORIGIN = Origin(address="203.0.113.7", region="us-east-1", regional=False, user_agent="race", host="localhost")
CALLBACK = f"{conf.base_url}/console/callback"


@pytest.fixture(autouse=True)
def _world(transactional_db: None) -> None:
    load_world(replace=True)


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Store passwords as they are: which of the racers' passwords is stored can then be read."""
    monkeypatch.setattr(credentials, "hashed", lambda password: f"plain${password}")
    monkeypatch.setattr(credentials, "verify", lambda password, encoded: encoded == f"plain${password}")


def root() -> Principal:
    """Return the root user of the management account as the database has it now."""
    return Principal.objects.select_related("account").get(kind="root", account_id="111122223333")


def carlos() -> Principal:
    """Return an IAM user as the database has it now."""
    return Principal.objects.select_related("account").get(kind="iam_user", account_id="111122223333", name="Carlos")


def code_for(principal: Principal) -> tuple[SignInSession, str, str, str]:
    """Open a session and make its code; return session, secret, code and verifier."""
    session, secret = open_session(principal, origin=ORIGIN)
    verifier = new_token()
    challenge = pkce.challenge_of(verifier=verifier)
    code = make_code(session, client_id=CONSOLE_CLIENT_ID, redirect_uri=CALLBACK, code_challenge=challenge, scope="openid")
    return session, secret, code, verifier


def redeem(code: str, secret: str, verifier: str) -> Redeemed | RedeemFailure:
    """Redeem a code as the console does."""
    row = find_code(code)
    assert row is not None
    return redeem_for_console(
        row, client_id=CONSOLE_CLIENT_ID, redirect_uri=CALLBACK, verifier=verifier, browser_digest=digest(secret), origin=ORIGIN
    )


def test_race_01_a_code_is_redeemed_once_and_its_second_use_ends_the_session() -> None:
    principal = carlos()
    with racers() as race:
        for number in range(1, ROUNDS + 1):
            session, secret, code, verifier = code_for(principal)

            def work(code: str = code, secret: str = secret, verifier: str = verifier) -> Redeemed | RedeemFailure:
                return redeem(code, secret, verifier)

            outcomes = race(work)
            assert sum(isinstance(outcome, Redeemed) for outcome in outcomes) == 1
            assert outcomes.count(RedeemFailure.USED) == PARALLEL - 1
            session.refresh_from_db()
            assert session.end_reason == SignInSession.End.CODE_REPLAYED
            assert not live().filter(pk=session.pk).exists()
            assert Event.objects.filter(event_name=EventName.SESSION_ENDED).count() == number


def test_race_03_a_reset_link_is_used_once_and_the_winners_password_is_stored(quick_hashes: None) -> None:
    names = count()
    with racers() as race:
        for number in range(1, ROUNDS + 1):
            principal = root()
            open_session(principal, origin=ORIGIN)
            now = clock.now()
            row = PasswordRecovery.objects.create(
                principal=principal,
                token_digest=digest(new_token()),
                credential_epoch=principal.credential_epoch,
                created_at=now,
                expires_at=now + conf.reset_link_lifetime,
            )

            # Each has looked at the link before anybody uses it, which is the hardest case, and holds what it read by itself.
            found = recovery.live_link(row.token_digest)
            assert found
            links = [deepcopy(found) for _ in range(PARALLEL)]

            def work(links: list[recovery.Link] = links) -> tuple[str, PasswordChanged | PasswordRefused]:
                password = f"Harbor-{next(names)}-Lantern"
                return password, recovery.complete(links.pop(), password, origin=ORIGIN)

            outcomes = race(work)
            assert recovery.live_link(row.token_digest) is None
            winners = [password for password, outcome in outcomes if isinstance(outcome, PasswordChanged)]
            assert len(winners) == 1
            assert {outcome.reason for _, outcome in outcomes if isinstance(outcome, PasswordRefused)} <= {PasswordFailure.SUPERSEDED}
            assert root().password == f"plain${winners[0]}"
            assert Event.objects.filter(event_name=EventName.PASSWORD_RECOVERY_COMPLETED).count() == number
            assert OutgoingMail.objects.filter(kind="password_changed").count() == number
    assert not live().exists()


def test_race_a_session_ends_once() -> None:
    principal = carlos()
    with racers() as race:
        for number in range(1, ROUNDS + 1):
            session, _ = open_session(principal, origin=ORIGIN)

            def work(name: str = session.name) -> bool:
                return end_one(principal, name, origin=ORIGIN)

            assert race(work).count(True) == 1
            assert Event.objects.filter(event_name=EventName.SESSION_ENDED).count() == number


def test_race_a_sign_out_is_recorded_once() -> None:
    session, _ = open_session(carlos(), origin=ORIGIN)
    with racers() as race:
        race(lambda: sign_out([session], origin=ORIGIN))
    assert Event.objects.filter(event_name=EventName.CONSOLE_LOGOUT).count() == 1


def test_race_10_no_session_of_an_old_password_survives(quick_hashes: None) -> None:
    """Sign-ins, password changes, ended sessions and a disabled user at once: who is in afterwards gave the password that is stored now."""
    operator = Principal.objects.get(kind="operator")
    with racers() as race:
        for number in range(ROUNDS):
            Principal.objects.filter(pk=carlos().pk).update(is_active=True)
            turns = count()

            def work(turns: "count[int]" = turns, number: int = number) -> tuple[str, int, str] | None:
                turn = next(turns)
                if turn == 3:
                    with transaction.atomic():
                        end_all(carlos(), SignInSession.End.ENDED_BY_OPERATOR)
                elif turn == 5 and number % 5 == 0:
                    disable(carlos(), by=Actor(operator, ORIGIN))
                elif turn % 4 == 1:
                    replace_password(carlos(), f"Harbor-{number}-{turn}-Lantern", origin=ORIGIN, event=EventName.CHANGE_PASSWORD)
                else:
                    proved = carlos()
                    session, secret, code, verifier = code_for(proved)
                    redeem(code, secret, verifier)
                    return session.name, proved.credential_epoch, proved.password
                return None

            signed_in = {name: password for name, _, password in filter(None, race(work))}
            principal = carlos()
            surviving = set(live().filter(principal=principal).values_list("name", flat=True)) & signed_in.keys()
            assert all(signed_in[name] == principal.password for name in surviving)
            assert principal.is_active or not surviving


def _wait(identity: str) -> int:
    return FROM_NEW_BROWSERS.climb(identity).wait


def test_race_of_guesses_one_takes_the_next_place() -> None:
    tries, _ = FROM_NEW_BROWSERS.rungs[0]
    with racers() as race:
        for number in range(10):
            identity = f"race {number}"
            for _ in range(tries):
                assert FROM_NEW_BROWSERS.climb(identity).wait == 0
            waits = race(partial(_wait, identity))
            assert waits.count(0) == 1
