"""Programs' sign-ins on the security page and on the admin site: listed, and ended."""

import re
from datetime import timedelta

import pytest

from accounts.administration import flows as administration
from accounts.administration.acts import Actor
from accounts.models import Grant, Principal, SignInSession
from accounts.oauth.clients import CROSS_DEVICE_ID
from portal.conf import conf
from portal.core import clock
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.console.browsing import Browser, principal_of
from tests.fixtures.people import World
from tests.oauth.tool import BROWSER, Tool, session_of

ROW = re.compile(r'<tr data-program="([^"]+)">(.*?)</tr>', re.DOTALL)
OVER = ("AccessDeniedException", "TOKEN_EXPIRED")


@pytest.fixture
def alice(world: World) -> Person:
    """Who may use the command line with her console sign-in."""
    return world["111122223333", "alice"]


def rows(laptop: Browser, session: SignInSession) -> dict[str, str]:
    """Return the listed programs by the sign-in's name."""
    return dict(ROW.findall(laptop.get(f"/console/{session.name}/security").content.decode()))


def test_the_list_shows_program_place_and_times_and_no_secret(laptop: Browser, alice: Person) -> None:
    here = laptop.opens(alice)
    assert "No program is signed in." in laptop.get(f"/console/{here.name}/security").content.decode()
    first, second = Tool(), Tool(CROSS_DEVICE_ID, address="198.51.100.9")
    answer = first.signs_in(session_of(principal_of(alice), factor="arn:aws:iam::111122223333:mfa/phone"))
    second.signs_in(session_of(principal_of(alice)))
    clock.advance(timedelta(minutes=5))
    first.refreshes(answer.refresh_token)
    newest, oldest = rows(laptop, here).values()
    assert "another device" in newest
    assert "198.51.100.9" in newest
    assert "Without MFA" in newest
    assert "AWS CLI or SDK" in oldest
    assert "same device" in oldest
    assert "aws-cli/2.38.5" in oldest
    assert "With MFA" in oldest
    grant = Grant.objects.get(jkt=first.jkt)
    for moment in (grant.created_at, grant.rotated_at, grant.expires_at):
        assert f'datetime="{moment:%Y-%m-%dT%H:%M:%SZ}"' in oldest
    assert grant.rotated_at - grant.created_at >= timedelta(minutes=4)
    assert grant.jkt not in oldest
    assert "ASOR" not in oldest


def test_one_program_is_ended_and_gets_nothing_more(laptop: Browser, alice: Person) -> None:
    here = laptop.opens(alice)
    one, other = Tool(), Tool()
    tokens = [tool.signs_in(session_of(principal_of(alice))).refresh_token for tool in (one, other)]
    name = Grant.objects.get(jkt=one.jkt).name
    security = f"/console/{here.name}/security"
    for notice in ("program", "program_over"):
        answer = laptop.send(f"/console/{here.name}/end-program", page=security, program=name)
        assert (answer.status_code, answer["Location"]) == (303, f"{security}?done={notice}")
    assert "The program is signed out." in laptop.get(f"{security}?done=program").content.decode()
    assert one.refreshes(tokens[0]).error == OVER
    assert other.refreshes(tokens[1]).status == 200
    assert list(rows(laptop, here)) == [Grant.objects.get(jkt=other.jkt).name]
    assert Grant.objects.get(jkt=one.jkt).end_reason == Grant.End.REVOKED
    assert Event.objects.filter(event_name=EventName.SESSION_ENDED).count() == 1


def test_all_programs_are_ended_and_the_console_stays_open(laptop: Browser, alice: Person, iam_user: Person) -> None:
    here = laptop.opens(alice)
    mine, foreign = [Tool(), Tool()], Tool()
    tokens = [tool.signs_in(session_of(principal_of(alice))).refresh_token for tool in mine]
    others = foreign.signs_in(session_of(principal_of(iam_user))).refresh_token
    answer = laptop.send(f"/console/{here.name}/end-programs", page=f"/console/{here.name}/security")
    assert answer["Location"] == f"/console/{here.name}/security?done=programs"
    assert [tool.refreshes(token).error for tool, token in zip(mine, tokens, strict=True)] == [OVER, OVER]
    assert foreign.refreshes(others).status == 200
    assert laptop.is_in(here)
    assert rows(laptop, here) == {}


def test_pol_03_a_program_of_somebody_else_does_not_exist_here(laptop: Browser, alice: Person, iam_user: Person) -> None:
    here, tool = laptop.opens(alice), Tool()
    token = tool.signs_in(session_of(principal_of(iam_user))).refresh_token
    for name in (Grant.objects.get().name, "", "x" * 3000, "x" * 22):
        answer = laptop.send(f"/console/{here.name}/end-program", page=f"/console/{here.name}/security", program=name)
        assert answer.status_code == 404
    assert tool.refreshes(token).status == 200


@pytest.mark.parametrize("act", ["end-program", "end-programs"])
def test_ending_needs_a_recent_proof(laptop: Browser, alice: Person, act: str) -> None:
    here, tool = laptop.opens(alice), Tool()
    tool.signs_in(session_of(principal_of(alice)))
    clock.advance(conf.reauthentication_lifetime)
    answer = laptop.send(f"/console/{here.name}/{act}", page=f"/console/{here.name}/security", program=Grant.objects.get().name)
    assert answer["Location"].startswith(f"/console/{here.name}/mfa/confirm")
    assert Grant.objects.get().ended_at is None


def test_a_sign_in_that_is_over_is_not_listed(laptop: Browser, alice: Person) -> None:
    Tool().signs_in(session_of(principal_of(alice)))
    clock.advance(conf.login_grant_lifetime)
    here = laptop.opens(alice)
    assert rows(laptop, here) == {}


def test_an_operator_ends_a_program_from_the_admin_site(alice: Person) -> None:
    tool = Tool()
    token = tool.signs_in(session_of(principal_of(alice))).refresh_token
    by = Actor(Principal.objects.get(kind="operator"), BROWSER)
    grant = Grant.objects.select_related("principal").get()
    assert administration.end_program(grant, by=by)
    assert not administration.end_program(grant, by=by)
    assert tool.refreshes(token).error == OVER
    assert Event.objects.filter(event_name=EventName.OPERATOR_ACTION).count() == 1
