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


def test_ses_12_five_identities_are_open_and_a_sixth_is_refused(browser: Browser, world: World) -> None:
    sessions = [browser.opens(world[key]) for key in FIVE]
    assert all(browser.is_in(session) for session in sessions)

    page = browser.home(sessions[0]).content.decode()
    assert page.count('data-testid="switch"') == 4
    assert 'data-testid="add-session"' not in page
    assert "5 identities are signed in in this browser. Sign out of one to add another." in page

    sixth = browser.get("/console/?add=1")
    assert 'type="password"' not in sixth.content.decode()
    header = "; ".join(f"{name}={morsel.value}" for name, morsel in browser.client.cookies.items())
    assert len(header) < 8192
    assert all(len(morsel.OutputString()) < 4096 for morsel in browser.client.cookies.values())


def test_another_session_can_be_added_while_there_is_room(browser: Browser, iam_user: Person) -> None:
    session = browser.opens(iam_user)
    page = browser.home(session).content.decode()
    assert '<a href="../?add=1" target="_blank" rel="noopener" data-testid="add-session">' in page
    assert browser.get("/console/?add=1").status_code == 200


def test_the_list_opens_each_session(browser: Browser, iam_user: Person, root_user: Person) -> None:
    sessions = browser.opens(iam_user), browser.opens(root_user)
    page = browser.get("/console/sessions").content.decode()
    for session in sessions:
        assert f'href="{session.name}/home"' in page


def test_the_list_without_sessions_leads_to_sign_in(browser: Browser) -> None:
    answer = browser.get("/console/sessions")
    assert (answer.status_code, answer["Location"]) == (303, "/console/")


def test_ses_13_mixed_requests_of_five_sessions_never_mix(browser: Browser, world: World) -> None:
    chance = random.Random(13)
    sessions = [browser.opens(world[key]) for key in FIVE]
    names = {session.name for session in sessions}
    for turn in range(120):
        if turn == 60:
            gone = sessions.pop(2)
            browser.send(f"/console/{gone.name}/sign-out", page=f"/console/{gone.name}/home")
            assert not browser.is_in(gone)
            sessions.append(browser.opens(world["111122223333", "zhang@example.com"]))
            assert sessions[-1].name not in names
        assert browser.is_in(chance.choice(sessions))


def test_ses_13_the_token_of_one_session_fails_in_another(browser: Browser, iam_user: Person, root_user: Person) -> None:
    carlos, root = browser.opens(iam_user), browser.opens(root_user)
    token = browser.token_of(f"/console/{carlos.name}/home")
    answer = browser.client.post(f"/console/{root.name}/sign-out", {"csrfmiddlewaretoken": token})
    assert answer.status_code == 403
    assert browser.is_in(root)


def test_ses_13_the_secret_of_one_session_opens_no_other(browser: Browser, iam_user: Person, root_user: Person) -> None:
    carlos, root = browser.opens(iam_user), browser.opens(root_user)
    browser.client.cookies[session_cookie(root.name)] = browser.secret_of(carlos)
    assert not browser.is_in(root)


def test_another_browser_learns_nothing_from_a_name(browser: Browser, other_browser: Browser, iam_user: Person) -> None:
    session = browser.opens(iam_user)
    real, invented = other_browser.home(session), other_browser.get("/console/111122223333-zzzzzzzz/home")
    assert (real.status_code, real["Location"]) == (invented.status_code, invented["Location"]) == (303, "/console/?ended=1")
    assert real.content == invented.content


def test_a_session_that_has_not_opened_the_console_yet_opens_no_page(browser: Browser, iam_user: Person) -> None:
    session = browser.opens(iam_user)
    SignInSession.objects.filter(pk=session.pk).update(console_since=None)
    answer = browser.home(session)
    assert answer.status_code == 303
    assert browser.secret_of(session), "a sign-in that is on its way must not be lost"


def test_the_cookie_of_a_dead_session_is_dropped(browser: Browser, iam_user: Person, root_user: Person) -> None:
    carlos, root = browser.opens(iam_user), browser.opens(root_user)
    SignInSession.objects.filter(pk=carlos.pk).delete()
    answer = browser.home(carlos)
    assert answer["Location"] == "/console/sessions?ended=1"
    assert not browser.secret_of(carlos)
    assert browser.is_in(root)


def test_only_names_of_sessions_are_pages(browser: Browser) -> None:
    for name in ("111122223333-AB12CD34", "operator-ab12cd34", "11112222333-ab12cd34", "111122223333-ab12cd34x"):
        assert browser.get(f"/console/{name}/home").status_code == 404


def test_language_and_theme_can_be_changed_from_a_console_page(browser: Browser, iam_user: Person) -> None:
    home = f"/console/{browser.opens(iam_user).name}/home"
    for address, choice in (("/theme", {"theme": "dark"}), ("/language", {"language": "ja"})):
        answer = browser.send(address, page=home, next=home, **choice)
        assert answer.status_code in {302, 303}, address
        assert answer["Location"] == home
    page = browser.get(home).content.decode()
    assert '<html lang="ja" data-theme="dark">' in page
