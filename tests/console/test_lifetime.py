"""When a console session ends by itself, and what its cookie looks like."""

from datetime import timedelta

import pytest

from accounts.models import Account, Principal, SignInSession
from portal.core import clock
from portal.world.people import Person
from tests.console.browsing import Browser, principal_of


def test_ses_07_a_console_session_lasts_twelve_hours_whatever_it_does(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    for _ in range(11):
        clock.advance(timedelta(hours=1))
        assert laptop.is_in(session)
    clock.advance(timedelta(minutes=59))
    assert laptop.is_in(session)
    clock.advance(timedelta(minutes=2))
    assert not laptop.is_in(session)


def test_ses_07_an_idle_session_ends_where_the_portal_wants_it(laptop: Browser, iam_user: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_CONSOLE_IDLE_SECONDS", "3600")
    session = laptop.opens(iam_user)
    clock.advance(timedelta(minutes=59))
    assert laptop.is_in(session)
    clock.advance(timedelta(minutes=59))
    assert laptop.is_in(session)
    clock.advance(timedelta(minutes=61))
    assert not laptop.is_in(session)


def test_last_seen_is_kept(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    clock.advance(timedelta(minutes=30))
    laptop.home(session)
    assert SignInSession.objects.get(pk=session.pk).last_seen_at >= session.created_at + timedelta(minutes=30)


def test_ses_06_a_disabled_user_is_out_at_once(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    assert laptop.is_in(session)
    Principal.objects.filter(pk=principal_of(iam_user).pk).update(is_active=False)
    assert not laptop.is_in(session)


def test_ses_06_a_suspended_account_is_out_at_once(laptop: Browser, iam_user: Person, root_user: Person) -> None:
    sessions = laptop.opens(iam_user), laptop.opens(root_user)
    Account.objects.filter(pk="111122223333").update(status=Account.Status.SUSPENDED)
    assert not any(laptop.is_in(session) for session in sessions)


def test_ses_06_a_deleted_user_is_out_at_once(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    principal_of(iam_user).delete()
    answer = laptop.home(session)
    assert (answer.status_code, answer["Location"]) == (303, "/console/?ended=1")


def test_ses_03_cookies_are_narrow(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    page = laptop.get(f"/console/{session.name}/home?region=eu-west-1")
    out = laptop.send(f"/console/{session.name}/sign-out", page=f"/console/{session.name}/home")
    for morsel in [*page.cookies.values(), *out.cookies.values()]:
        assert morsel["httponly"]
        assert morsel["samesite"] == "Lax"
        assert (morsel["path"], morsel["domain"]) == ("/", "")


def test_ses_03_cookies_carry_the_host_prefix_over_tls(laptop: Browser, iam_user: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    session = laptop.opens(iam_user)
    monkeypatch.setenv("PORTAL_BASE_URL", "https://portal.example")
    laptop.client.cookies[f"__Host-s-{session.name[-8:]}"] = laptop.secret_of(session)
    page = laptop.get(f"/console/{session.name}/home?region=eu-west-1")
    assert page.status_code == 200
    assert [(name, bool(morsel["secure"])) for name, morsel in page.cookies.items()] == [(f"__Host-region-{session.name[-8:]}", True)]


def test_ses_04_pages_are_never_stored(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    for page in (f"/console/{session.name}/home", f"/console/{session.name}/security", "/console/sessions"):
        assert laptop.get(page)["Cache-Control"] == "no-store"


@pytest.mark.parametrize("act", ["sign-out", "sign-out-all", "end-session", "end-others", "password"])
def test_nothing_can_be_done_in_an_expired_session(laptop: Browser, desktop: Browser, iam_user: Person, act: str) -> None:
    session = laptop.opens(iam_user)
    token = laptop.token_of(f"/console/{session.name}/home")
    clock.advance(timedelta(hours=13))
    elsewhere = desktop.opens(iam_user)
    answer = laptop.client.post(
        f"/console/{session.name}/{act}",
        {
            "csrfmiddlewaretoken": token,
            "session": elsewhere.name,
            "password": iam_user.password,
            "new_password": "Fresh-Harbor-1",
            "confirm_password": "Fresh-Harbor-1",
        },
    )
    assert (answer.status_code, answer["Location"]) == (303, "/console/?ended=1")
    assert desktop.is_in(elsewhere)
