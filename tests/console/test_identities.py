"""Up to five identities beside each other in one browser, which never mix (console guide, "Signing in to multiple accounts")."""

import random

from accounts.models import SignInSession
from accounts.sessions.browser import session_cookie
from portal.world.people import Person
from tests.console.browsing import Browser

World = dict[tuple[str, str], Person]
FIVE = (
    ("111122223333", "management@example.com"),
    ("111122223333", "Carlos"),
    ("111122223333", "alice"),
    ("444455556666", "Mary_Major"),
    ("123456789012", "standalone@example.com"),
)


def test_ses_12_five_identities_are_open_and_a_sixth_is_refused(laptop: Browser, world: World) -> None:
    sessions = [laptop.opens(world[key]) for key in FIVE]
    assert all(laptop.is_in(session) for session in sessions)

    page = laptop.home(sessions[0]).content.decode()
    assert page.count('data-testid="switch"') == 4
    assert 'data-testid="add-session"' not in page
    assert "5 identities are signed in in this browser. Sign out of one to add another." in page

    sixth = laptop.get("/console/?add=1")
    assert 'type="password"' not in sixth.content.decode()
    header = "; ".join(f"{name}={morsel.value}" for name, morsel in laptop.client.cookies.items())
    assert len(header) < 8192
    assert all(len(morsel.OutputString()) < 4096 for morsel in laptop.client.cookies.values())


def test_another_session_can_be_added_while_there_is_room(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    page = laptop.home(session).content.decode()
    assert '<a href="/console/?add=1" target="_blank" rel="noopener" data-testid="add-session">' in page
    assert laptop.get("/console/?add=1").status_code == 200


def test_the_list_opens_each_session(laptop: Browser, iam_user: Person, root_user: Person) -> None:
    sessions = laptop.opens(iam_user), laptop.opens(root_user)
    page = laptop.get("/console/sessions").content.decode()
    for session in sessions:
        assert f'href="{session.name}/home"' in page


def test_the_list_without_sessions_leads_to_sign_in(laptop: Browser) -> None:
    answer = laptop.get("/console/sessions")
    assert (answer.status_code, answer["Location"]) == (303, "/console/")


def test_ses_13_mixed_requests_of_five_sessions_never_mix(laptop: Browser, world: World) -> None:
    chance = random.Random(13)
    sessions = [laptop.opens(world[key]) for key in FIVE]
    names = {session.name for session in sessions}
    for turn in range(120):
        if turn == 60:
            gone = sessions.pop(2)
            laptop.send(f"/console/{gone.name}/sign-out", page=f"/console/{gone.name}/home")
            assert not laptop.is_in(gone)
            sessions.append(laptop.opens(world["111122223333", "zhang@example.com"]))
            assert sessions[-1].name not in names
        assert laptop.is_in(chance.choice(sessions))


def test_ses_13_the_token_of_one_session_fails_in_another(laptop: Browser, iam_user: Person, root_user: Person) -> None:
    carlos, root = laptop.opens(iam_user), laptop.opens(root_user)
    token = laptop.token_of(f"/console/{carlos.name}/home")
    answer = laptop.client.post(f"/console/{root.name}/sign-out", {"csrfmiddlewaretoken": token})
    assert answer.status_code == 403
    assert laptop.is_in(root)


def test_ses_13_the_secret_of_one_session_opens_no_other(laptop: Browser, iam_user: Person, root_user: Person) -> None:
    carlos, root = laptop.opens(iam_user), laptop.opens(root_user)
    laptop.client.cookies[session_cookie(root.name)] = laptop.secret_of(carlos)
    assert not laptop.is_in(root)


def test_another_browser_learns_nothing_from_a_name(laptop: Browser, desktop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    real, invented = desktop.home(session), desktop.get("/console/111122223333-zzzzzzzz/home")
    assert (real.status_code, real["Location"]) == (invented.status_code, invented["Location"]) == (303, "/console/?ended=1")
    assert real.content == invented.content


def test_a_session_that_has_not_opened_the_console_yet_opens_no_page(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    SignInSession.objects.filter(pk=session.pk).update(console_since=None)
    answer = laptop.home(session)
    assert answer.status_code == 303
    assert laptop.secret_of(session), "a sign-in that is on its way must not be lost"


def test_the_cookie_of_a_dead_session_is_dropped(laptop: Browser, iam_user: Person, root_user: Person) -> None:
    carlos, root = laptop.opens(iam_user), laptop.opens(root_user)
    SignInSession.objects.filter(pk=carlos.pk).delete()
    answer = laptop.home(carlos)
    assert answer["Location"] == "/console/sessions?ended=1"
    assert not laptop.secret_of(carlos)
    assert laptop.is_in(root)


def test_only_names_of_sessions_are_pages(laptop: Browser) -> None:
    for name in ("111122223333-AB12CD34", "operator-ab12cd34", "11112222333-ab12cd34", "111122223333-ab12cd34x"):
        assert laptop.get(f"/console/{name}/home").status_code == 404


def test_language_and_theme_can_be_changed_from_a_console_page(laptop: Browser, iam_user: Person) -> None:
    home = f"/console/{laptop.opens(iam_user).name}/home"
    for address, choice in (("/theme", {"theme": "dark"}), ("/language", {"language": "ja"})):
        answer = laptop.send(address, page=home, next=home, **choice)
        assert answer.status_code in {302, 303}, address
        assert answer["Location"] == home
    page = laptop.get(home).content.decode()
    assert '<html lang="ja" data-theme="dark">' in page


def test_cookies_of_dead_sessions_hide_no_live_one(laptop: Browser, iam_user: Person) -> None:
    session = laptop.opens(iam_user)
    secret = laptop.secret_of(session)
    dead = "; ".join(f"s-dead{number:04}=secret of a session that is over {number}" for number in range(200))
    laptop.client.cookies.clear()
    laptop.client.defaults["HTTP_COOKIE"] = f"{dead}; {session_cookie(session.name)}={secret}"  # browsers send the oldest first
    assert laptop.is_in(session)
