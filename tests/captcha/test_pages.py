import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import CaptchaChallenge
from portal.conf import conf
from portal.core import clock

CHECK = "/register/security-check"


@pytest.fixture
def visitor(db: None) -> Client:
    """A browser that has come to a security check."""
    browser = Client()
    browser.post("/register/", {"email": "visitor@example.com", "account_name": "Visitor"})
    return browser


def _answer(browser: Client) -> str:
    return str(browser.get("/training/api/captcha", headers={"X-Training": "1"}).json()["answer"])


def _sources(browser: Client) -> tuple[str, str]:
    page = browser.get(CHECK).content.decode()
    image = re.search(r'<img[^>]* src="([^"]+)"', page)
    audio = re.search(r'<audio[^>]* src="([^"]+)"', page)
    assert image
    assert audio
    return image[1], audio[1]


def test_the_page_shows_and_speaks_the_characters_and_says_why(visitor: Client) -> None:
    page = visitor.get(CHECK)
    assert page.headers["Cache-Control"] == "no-store"
    assert "Every new account starts with a security check." in page.content.decode()
    image, audio = _sources(visitor)
    for path, kind, start in ((image, "image/png", b"\x89PNG"), (audio, "audio/wav", b"RIFF")):
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == kind
        assert answer.content.startswith(start)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_page_names_its_parts_for_screen_readers(visitor: Client) -> None:
    page = visitor.get(CHECK).content.decode()
    assert re.search(r'<img[^>]* alt="[^"]{20,}"', page)
    assert re.search(r"<audio controls", page)
    assert '<label for="id_captcha">' in page
    assert 'data-testid="submit"' in page


def test_a_reload_shows_the_same_challenge(visitor: Client) -> None:
    assert _sources(visitor) == _sources(visitor)
    assert CaptchaChallenge.objects.count() == 1


def test_cap_01_a_wrong_answer_brings_a_new_challenge_and_says_so(visitor: Client) -> None:
    before = _sources(visitor)
    right = _answer(visitor)
    page = visitor.post(CHECK, {"captcha": "WRONG9"})
    assert page.status_code == 400
    assert b'role="alert"' in page.content
    assert b"WRONG9" not in page.content
    assert _sources(visitor) != before
    assert visitor.post(CHECK, {"captcha": right}).status_code == 400
    assert visitor.post(CHECK, {"captcha": _answer(visitor).lower()}).status_code == 303


def test_new_one_replaces_the_challenge_and_leads_back(visitor: Client) -> None:
    before = _sources(visitor)
    old = _answer(visitor)
    back = visitor.post("/signin/security-check/new", {"purpose": "registration"})
    assert back.status_code == 303
    assert back.headers["Location"] == CHECK
    assert _sources(visitor) != before
    assert visitor.get(before[0]).status_code == 404
    assert _answer(visitor) != old


@pytest.mark.parametrize("body", [{}, {"purpose": "signin"}, {"purpose": "x" * 4000}])
def test_new_one_is_for_pages_that_were_seen(visitor: Client, body: dict[str, str]) -> None:
    visitor.get(CHECK)
    assert visitor.post("/signin/security-check/new", body).status_code == 400
    assert Client().post("/signin/security-check/new", {"purpose": "registration"}).status_code == 400
    assert visitor.get("/signin/security-check/new").status_code == 405


def _answers_wrongly(browser: Client) -> None:
    browser.post(CHECK, {"captcha": "x"})


def _waits_too_long(browser: Client) -> None:
    clock.advance(conf.captcha_lifetime + timedelta(seconds=1))


@pytest.mark.parametrize("end", [_answers_wrongly, _waits_too_long])
def test_pictures_and_recordings_die_with_their_challenge(visitor: Client, end: Callable[[Client], None]) -> None:
    sources = _sources(visitor)
    end(visitor)
    assert [visitor.get(path).status_code for path in sources] == [404, 404]


def test_cap_02_pictures_and_recordings_open_in_their_own_browser_only(visitor: Client) -> None:
    stranger = Client()
    assert [stranger.get(path).status_code for path in _sources(visitor)] == [404, 404]


@pytest.mark.parametrize("number", ["0", "999999999", "9" * 30, "-1", "x"])
def test_challenges_that_do_not_exist_are_not_found(visitor: Client, number: str) -> None:
    visitor.get(CHECK)
    for kind in ("image", "audio"):
        assert visitor.get(f"/signin/security-check/{kind}/{number}").status_code == 404


def test_cap_05_too_many_pictures_are_refused(visitor: Client) -> None:
    image, audio = _sources(visitor)
    answers: list[HttpResponse] = [visitor.get(image) for _ in range(11)]  # type: ignore[misc]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert [visitor.get(audio).status_code for _ in range(6)] == [200] * 5 + [429]


def test_cap_07_answers_are_handed_out_in_training_only(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor.get(CHECK)
    assert len(_answer(visitor)) == 6
    monkeypatch.setenv("PORTAL_TRAINING", "0")
    assert visitor.get("/training/api/captcha", headers={"X-Training": "1"}).status_code in {403, 404}
    assert visitor.post(CHECK, {"captcha": "TEST"}).status_code == 400
