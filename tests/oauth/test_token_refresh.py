"""How a program's sign-in goes on, and what ends it."""

from datetime import timedelta

import pytest

from accounts.administration.flows import disable, suspend
from accounts.credentials.flows import replace_password
from accounts.models import Grant, Principal, SignInSession
from accounts.oauth.clients import CROSS_DEVICE_ID
from accounts.oauth.grants import end_grant
from accounts.sessions.flows import end_all, sign_out
from accounts.sessions.tasks import purge_over
from portal.conf import conf
from portal.core import clock
from portal.trail.models import Event
from portal.trail.names import EventName
from tests.fixtures.people import World
from tests.oauth.refusals import CHANGED, CODE_OVER, INVALID, OVER, events, operator
from tests.oauth.tool import BROWSER, Tool

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_oa_06_an_old_refresh_token_ends_the_family(tool: Tool, session: SignInSession) -> None:
    first = tool.signs_in(session)
    second = tool.refreshes(first.refresh_token)
    program = second.program()
    program.answered("sts", "GetCallerIdentity")
    clock.advance(timedelta(seconds=11))
    assert tool.refreshes(first.refresh_token).error == OVER
    assert Grant.objects.get().end_reason == Grant.End.TOKEN_REPLAYED
    assert tool.refreshes(second.refresh_token).error == OVER
    assert program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    assert events()[-2]["additionalEventData"]["success"] == "false"
    assert Event.objects.filter(event_name=EventName.SESSION_ENDED).count() == 1


def test_oa_06_a_token_two_generations_old_is_no_retry(tool: Tool, session: SignInSession) -> None:
    first = tool.signs_in(session)
    second = tool.refreshes(first.refresh_token)
    tool.refreshes(second.refresh_token)
    assert tool.refreshes(first.refresh_token).error == OVER
    assert Grant.objects.get().end_reason == Grant.End.TOKEN_REPLAYED


def test_oa_06_another_key_or_none_gets_nothing_and_ends_nothing(tool: Tool, session: SignInSession) -> None:
    token = tool.signs_in(session).refresh_token
    assert Tool().refreshes(token).error == (INVALID, "invalid_grant")
    assert tool.refreshes(token, proof="").error == (INVALID, "INVALID_REQUEST")
    assert tool.refreshes(token, clientId=CROSS_DEVICE_ID).error == (INVALID, "invalid_grant")
    assert tool.refreshes(token).status == 200


def test_oa_06_a_changed_password_ends_it_with_the_clients_own_words(tool: Tool, session: SignInSession, developer: Principal) -> None:
    answer = tool.signs_in(session)
    program = answer.program()
    program.answered("sts", "GetCallerIdentity")
    replace_password(developer, "Granite-Willow-7731", origin=BROWSER, event=EventName.CHANGE_PASSWORD)
    assert program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    assert tool.refreshes(answer.refresh_token).error == CHANGED
    assert Grant.objects.get().end_reason == Grant.End.CREDENTIALS_CHANGED


def test_ses_05_ending_everything_ends_programs_too(tool: Tool, session: SignInSession, developer: Principal) -> None:
    answer = tool.signs_in(session)
    program = answer.program()
    end_all(developer, SignInSession.End.FACTORS_CHANGED)
    assert program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    assert tool.refreshes(answer.refresh_token).error == CHANGED


def test_signing_out_of_the_console_leaves_the_program_signed_in(tool: Tool, session: SignInSession) -> None:
    answer = tool.signs_in(session)
    sign_out([session], origin=BROWSER)
    assert tool.refreshes(answer.refresh_token).status == 200


def test_a_grant_that_was_ended_gives_nothing_and_its_credentials_die(tool: Tool, session: SignInSession) -> None:
    answer = tool.signs_in(session)
    program = answer.program()
    program.answered("sts", "GetCallerIdentity")
    grant = Grant.objects.select_related("principal__account").get()
    assert end_grant(grant, Grant.End.REVOKED, origin=BROWSER)
    assert not end_grant(grant, Grant.End.REVOKED, origin=BROWSER)
    assert tool.refreshes(answer.refresh_token).error == OVER
    assert program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    assert Event.objects.filter(event_name=EventName.SESSION_ENDED).count() == 1


def test_ses_06_a_disabled_user_gets_nothing_anywhere(tool: Tool, session: SignInSession, developer: Principal) -> None:
    answer = tool.signs_in(session)
    code, program = tool.code(session), answer.program()
    program.answered("sts", "GetCallerIdentity")
    disable(developer, by=operator())
    assert program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    assert tool.refreshes(answer.refresh_token).error == OVER
    assert tool.redeems(code).error == OVER


def test_ses_06_a_deleted_user_gets_nothing_anywhere(tool: Tool, session: SignInSession, developer: Principal) -> None:
    answer = tool.signs_in(session)
    code, program = tool.code(session), answer.program()
    program.answered("sts", "GetCallerIdentity")
    developer.delete()
    assert program.refused("sts", "GetCallerIdentity").code == "InvalidClientTokenId"
    assert tool.refreshes(answer.refresh_token).error == OVER
    assert tool.redeems(code).error == CODE_OVER


def test_thr_07_what_locks_an_identity_stops_refreshes_too(tool: Tool, session: SignInSession, developer: Principal) -> None:
    answer = tool.signs_in(session)
    code = tool.code(session)
    developer.reset_required_because = "found on the internet"
    developer.save()
    assert tool.refreshes(answer.refresh_token).error == CHANGED
    assert tool.redeems(code).error == CHANGED
    developer.reset_required_because = ""
    developer.save()
    token = tool.refreshes(answer.refresh_token).refresh_token
    assert developer.account is not None
    suspend(developer.account, by=operator())
    assert tool.refreshes(token).error == OVER


@pytest.mark.parametrize("token", ["ASOR", "ASOR" + "A" * 71, "x", "ASOR" + "ä" * 71, "A" * 2048])
def test_what_is_no_refresh_token_is_refused(world: World, tool: Tool, token: str) -> None:
    assert tool.refreshes(token).error == OVER


def test_an_altered_refresh_token_is_refused_and_ends_nothing(tool: Tool, session: SignInSession) -> None:
    token = tool.signs_in(session).refresh_token
    for place in (5, 20, 30, len(token) - 1):
        altered = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert tool.refreshes(altered).error == OVER
    assert tool.refreshes(token).status == 200


def test_the_purge_takes_sign_ins_of_long_ago(tool: Tool, session: SignInSession) -> None:
    tool.signs_in(session)
    assert purge_over() == 0
    clock.advance(conf.trail_retention + timedelta(days=1))
    assert purge_over() == 2
    assert not Grant.objects.exists()
