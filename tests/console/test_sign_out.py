"""Signing out, by how many identities are open (sign-in user guide, "Sign out of AWS")."""

import json

import pytest

from accounts.models import SignInSession
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.console.browsing import TOKEN, Browser


def test_one_identity_signs_out(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    page = laptop.home(session).content.decode()
    assert "Sign out from all sessions" not in page
    assert ">Sign out</button>" in page

    answer = laptop.send(f"/console/{session.name}/sign-out", page=f"/console/{session.name}/home")

    assert (answer.status_code, answer["Location"]) == (303, "/console/?signed_out=1")
    assert not laptop.secret_of(session)
    row = SignInSession.objects.get(pk=session.pk)
    assert row.ended_at is not None
    assert row.end_reason == SignInSession.End.SIGNED_OUT
    event = Event.objects.get(event_name=EventName.CONSOLE_LOGOUT)
    record = json.loads(event.record)
    assert event.succeeded
    assert record["userIdentity"]["userName"] == "Carlos"
    assert record["sourceIPAddress"] == "203.0.113.7"


def test_one_of_several_signs_out_and_the_others_stay(laptop: Browser, iam_user: Person, root_user: Person) -> None:
    carlos, root = laptop.opens(iam_user), laptop.opens(root_user)
    page = laptop.home(carlos).content.decode()
    assert "Sign out from current session" in page
    assert "Sign out from all sessions" in page

    answer = laptop.send(f"/console/{carlos.name}/sign-out", page=f"/console/{carlos.name}/home")

    assert (answer.status_code, answer["Location"]) == (303, "/console/sessions?signed_out=1")
    assert not laptop.is_in(carlos)
    assert laptop.is_in(root)
    assert "These identities are still signed in" in laptop.get(answer["Location"]).content.decode()


def test_all_sessions_sign_out_together(laptop: Browser, desktop: Browser, iam_user: Person, root_user: Person) -> None:
    carlos, root = laptop.opens(iam_user), laptop.opens(root_user)
    elsewhere = desktop.opens(iam_user)

    answer = laptop.send(f"/console/{carlos.name}/sign-out-all", page=f"/console/{carlos.name}/home")

    assert (answer.status_code, answer["Location"]) == (303, "/console/?signed_out=1")
    assert not laptop.secret_of(carlos)
    assert not laptop.secret_of(root)
    assert not laptop.is_in(carlos)
    assert not laptop.is_in(root)
    assert desktop.is_in(elsewhere)
    assert Event.objects.filter(event_name=EventName.CONSOLE_LOGOUT).count() == 2


def test_the_list_signs_out_of_one(laptop: Browser, iam_user: Person, root_user: Person) -> None:
    carlos, root = laptop.opens(iam_user), laptop.opens(root_user)
    answer = laptop.send("/console/sessions/sign-out", page="/console/sessions", session=carlos.name)
    assert answer["Location"] == "/console/sessions?signed_out=1"
    assert not laptop.is_in(carlos)
    assert laptop.is_in(root)


def test_the_list_signs_out_of_all(laptop: Browser, iam_user: Person, root_user: Person) -> None:
    carlos, root = laptop.opens(iam_user), laptop.opens(root_user)
    answer = laptop.send("/console/sign-out-all", page="/console/sessions")
    assert answer["Location"] == "/console/?signed_out=1"
    assert not laptop.is_in(carlos)
    assert not laptop.is_in(root)


def test_ses_04_a_replayed_cookie_and_token_are_dead_after_sign_out(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    home = f"/console/{session.name}/home"
    token, cookies = laptop.token_of(home), dict(laptop.client.cookies.items())

    answer = laptop.client.post(f"/console/{session.name}/sign-out", {"csrfmiddlewaretoken": token})
    assert answer["Clear-Site-Data"] == '"cache"'

    for name, morsel in cookies.items():
        laptop.client.cookies[name] = morsel.value
    again = laptop.get(home)
    assert (again.status_code, again["Location"]) == (303, "/console/?ended=1")
    assert again["Cache-Control"] == "no-store"
    for name, morsel in cookies.items():
        laptop.client.cookies[name] = morsel.value
    posted = laptop.client.post(f"/console/{session.name}/password", {"csrfmiddlewaretoken": token, "password": iam_user.password})
    assert (posted.status_code, posted["Location"]) == (303, "/console/?ended=1")


def test_signing_out_keeps_what_the_browser_remembers(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    laptop.client.cookies["remembered-account"] = "anycompany"
    answer = laptop.send(f"/console/{session.name}/sign-out", page=f"/console/{session.name}/home")
    assert {name for name, morsel in answer.cookies.items() if morsel["max-age"] == 0} == {f"s-{session.name[-8:]}", f"region-{session.name[-8:]}"}


@pytest.mark.parametrize("act", ["sign-out", "sign-out-all", "end-session", "end-others"])
def test_only_a_post_changes_anything(laptop: Browser, iam_user: Person, act: str) -> None:
    session = laptop.opens(iam_user)
    assert laptop.get(f"/console/{session.name}/{act}").status_code == 405
    assert laptop.is_in(session)


def test_signing_out_twice_tells_that_the_session_is_over(laptop: Browser, iam_user: Person, root_user: Person) -> None:
    carlos, root = laptop.opens(iam_user), laptop.opens(root_user)
    laptop.send("/console/sessions/sign-out", page="/console/sessions", session=carlos.name)
    answer = laptop.send("/console/sessions/sign-out", page="/console/sessions", session=carlos.name)
    assert answer["Location"] == "/console/sessions?ended=1"
    assert laptop.is_in(root)
    assert Event.objects.filter(event_name=EventName.CONSOLE_LOGOUT).count() == 1


def test_a_cookie_that_only_looks_like_a_sessions_stops_no_sign_out(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in laptop.client.cookies.items())
    laptop.client.defaults["HTTP_COOKIE"] = f"{cookies}; s-(x)=1; s-a,b=2; s-=3; s-zzzzzzzz=4"
    page = laptop.client.get(f"/console/{session.name}/home").content.decode()
    token = TOKEN.search(page)
    assert token is not None
    laptop.client.cookies.clear()

    answer = laptop.client.post(f"/console/{session.name}/sign-out-all", {"csrfmiddlewaretoken": token[1]})

    assert answer.status_code == 303
    assert SignInSession.objects.get(pk=session.pk).ended_at is not None
    assert set(answer.cookies) >= {f"s-{session.name[-8:]}", "s-zzzzzzzz"}
    assert not {name for name in answer.cookies if "(" in name or name == "s-"}
