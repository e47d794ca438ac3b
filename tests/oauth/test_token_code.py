"""What a code is bound to, how long it lives, and what a second use of it does."""

import json
from datetime import timedelta

import pytest

from accounts.credentials.flows import replace_password
from accounts.models import Grant, Principal, SignInSession
from accounts.oauth.clients import CROSS_DEVICE_ID
from accounts.sessions.flows import sign_out
from portal.core import clock
from portal.trail.models import Event
from portal.trail.names import EventName
from tests.awsapi.program import Failed
from tests.oauth.refusals import CHANGED, CODE_OVER, INVALID, OVER
from tests.oauth.tool import BROWSER, CALLBACK, Tool, session_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.mark.parametrize(
    "verifier",
    ["", "a" * 42, "a" * 129, "b" * 64, "ä" * 50, None],
    ids=["empty", "short", "long", "wrong", "not ASCII", "none"],
)
def test_oa_02_only_the_right_verifier_redeems_and_a_wrong_one_burns_nothing(tool: Tool, session: SignInSession, verifier: str | None) -> None:
    code = tool.code(session)
    assert tool.redeems(code, codeVerifier=verifier).kind == INVALID
    assert tool.redeems(code).status == 200


def test_oa_03_a_code_lives_for_a_minute(tool: Tool, session: SignInSession) -> None:
    code, late, later = tool.code(session), tool.code(session), tool.code(session)
    clock.advance(timedelta(seconds=58))
    assert tool.redeems(code).status == 200
    clock.advance(timedelta(seconds=3))
    assert tool.redeems(late).error == CODE_OVER
    clock.advance(timedelta(minutes=10))
    assert tool.redeems(later).error == CODE_OVER
    assert Grant.objects.count() == 1


@pytest.mark.parametrize("seconds", [1, 30])
def test_oa_04_a_code_used_twice_revokes_what_it_gave(tool: Tool, session: SignInSession, seconds: int) -> None:
    code = tool.code(session)
    answer = tool.redeems(code)
    program = answer.program()
    program.answered("sts", "GetCallerIdentity")
    clock.advance(timedelta(seconds=seconds))
    # One second later only another program's use is no retry; half a minute later nobody's is one.
    second = tool if seconds > 10 else Tool(verifier=tool.verifier)
    assert second.redeems(code).error == CODE_OVER
    assert Grant.objects.get().end_reason == Grant.End.CODE_REPLAYED
    assert tool.refreshes(answer.refresh_token).error == OVER
    assert isinstance(program.calls("sts", "GetCallerIdentity"), Failed)
    ended = json.loads(Event.objects.get(event_name=EventName.SESSION_ENDED).record)
    assert ended["additionalEventData"]["reason"] == "code_replayed"


def test_a_retry_of_a_redemption_gets_the_same_sign_in(tool: Tool, session: SignInSession) -> None:
    code, proof = tool.code(session), tool.proof()
    first, again = tool.redeems(code, proof=proof), tool.redeems(code, proof=proof)
    anew = tool.redeems(code)
    assert first.refresh_token == again.refresh_token == anew.refresh_token
    assert first.body["accessToken"] != again.body["accessToken"]
    assert again.body["idToken"]
    assert Grant.objects.count() == 1
    # Once the refresh token has been used, the code is nobody's to retry.
    tool.refreshes(first.refresh_token)
    assert tool.redeems(code).error == CODE_OVER


def test_oa_05_a_code_belongs_to_its_client_redirect_uri_and_key(tool: Tool, session: SignInSession) -> None:
    code = tool.code(session, jkt=tool.jkt)
    other = Tool(verifier=tool.verifier)
    assert other.redeems(code).error == (INVALID, "invalid_grant")
    assert tool.redeems(code, clientId=CROSS_DEVICE_ID).error == (INVALID, "invalid_grant")
    for address in (f"{CALLBACK}/", CALLBACK.replace("49152", "49153"), f"{CALLBACK}?x=1", "http://localhost:49152/oauth/callback"):
        assert tool.redeems(code, redirectUri=address).error == (INVALID, "invalid_grant")
    assert tool.redeems(code).status == 200


def test_a_code_of_the_console_gives_a_program_nothing(tool: Tool, session: SignInSession) -> None:
    console = "arn:aws:signin:::console/vestibule"
    assert tool.redeems(tool.code(session), clientId=console).error == (INVALID, "INVALID_REQUEST")


def test_a_code_dies_with_the_session_and_with_the_password(tool: Tool, developer: Principal) -> None:
    session = session_of(developer)
    code = tool.code(session)
    sign_out([session], origin=BROWSER)
    assert tool.redeems(code).error == CODE_OVER
    code = tool.code(session_of(developer))
    replace_password(developer, "Granite-Willow-7731", origin=BROWSER, event=EventName.CHANGE_PASSWORD)
    assert tool.redeems(code).error == CHANGED
    assert not Grant.objects.exists()
