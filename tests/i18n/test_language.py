"""The language menu, and what is written in the language of whoever asked: pages, mails, dates, Django's own texts."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.utils.translation import override

from accounts.mail.compose import compose
from accounts.mail.kinds import LETTERS, MailKind
from accounts.models import OutgoingMail
from portal.conf import conf
from portal.core import clock
from portal.world.people import Person
from tests.i18n.conftest import Reader
from tests.i18n.reading import english_in, language_of, said_by
from tests.journeys.visitor import TOKEN, Visitor

JAPANESE = re.compile(r"[\u3041-\u30fa\u4e00-\u9fff]")
CHOICES = re.compile(r'<button[^>]*name="language" value="([a-z]+)"')
NEXT = re.compile(r'<form id="preferences"[^>]* method="post" action="/language"[^>]*>.*?name="next" value="([^"]*)"', re.DOTALL)
VALUES = {
    "link": f"{conf.base_url}/password/reset/abc",
    "when": "2026-11-23T05:46:07Z",
    "address": "203.0.113.7",
    "device": "Firefox 140 · Windows",
    "code": "123456",
    "reason": "試験のため。",
    "account_name": "Newcomer Ltd",
    "account_id": "123456789012",
    "change": "registered",
    "name": "root-phone",
    "principal": "EmergencyAdmin",
    "minutes": "15",
    "hours": "72",
}


@pytest.fixture
def visitor(world: object) -> Visitor:
    """Someone whose browser asks for English."""
    return Visitor()


def switches(visitor: Visitor, page: Any, language: str) -> Any:
    """Choose a language in the menu of a page, and return the page that comes back."""
    html = page.content.decode()
    assert set(CHOICES.findall(html)) == {code for code, _name in settings.LANGUAGES}
    token, target = TOKEN.search(html), NEXT.search(html)
    assert token
    assert target
    where = target[1].replace("&amp;", "&")
    answer = visitor.posts("/language", {"csrfmiddlewaretoken": token[1], "language": language, "next": where})
    assert (answer.status_code, answer.headers["Location"]) == (303, where)
    cookie = answer.cookies["language"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (language, True, "Lax", 365 * 86400)
    return visitor.get(where)


PLACES = [
    "/",
    "/misuse",
    "/console/?user=iam&account=anycompany",
    "/signin/",
    "/signin/root",
    "/signin/iam",
    "/signin/operator",
    "/signin/which-user",
    "/register/",
    "/password/forgot",
    "/password/forgot/iam-user",
    "/inbox/",
    "/trail/",
    "/training/",
]


def test_the_menu_switches_the_page_it_is_on(visitor: Visitor) -> None:
    material = Reader().material
    for path in PLACES:
        page = visitor.get(path)
        assert language_of(page.content.decode()) == "en", path
        page = switches(visitor, page, "ja")
        assert page.request["PATH_INFO"] == path.partition("?")[0]
        assert language_of(page.content.decode()) == "ja", path
        assert not english_in(page.content.decode(), material=material), path
        assert language_of(visitor.get("/signin/").content.decode()) == "ja", "the choice holds on every page"
        page = switches(visitor, page, "en")
        assert language_of(page.content.decode()) == "en", path


def test_the_menu_of_an_error_page_leads_to_the_first_page(visitor: Visitor) -> None:
    page = switches(visitor, visitor.get("/nothing-here"), "ja")
    assert page.request["PATH_INFO"] == "/", "an error page does not repeat the address that was asked for"
    assert language_of(visitor.get("/nothing-here").content.decode()) == "ja"


def test_the_menu_works_in_the_console(visitor: Visitor, iam_user: Person) -> None:
    name = visitor.signs_in_as_iam_user(iam_user)
    for place in ("home", "security"):
        page = switches(visitor, visitor.opens(f"/console/{name}/{place}"), "ja")
        assert language_of(page.content.decode()) == "ja"
        assert not english_in(page.content.decode())
        page = switches(visitor, page, "en")
        assert language_of(page.content.decode()) == "en"
        assert not JAPANESE.search(" ".join(said_by(page.content.decode())).replace("日本語", ""))
    switches(visitor, visitor.opens("/console/sessions"), "ja")


def test_the_menu_works_in_the_middle_of_a_sign_in(visitor: Visitor, root_user: Person) -> None:
    page = switches(visitor, visitor.reaches_root_password(root_user), "ja")
    page = visitor.goes(visitor.sends(page, password=root_user.password), "/signin/verification-code")
    page = switches(visitor, page, "en")
    visitor.enters_console(visitor.gives_mailed_code(page, root_user))


def test_the_menu_works_on_the_admin_site(visitor: Visitor, operator: Person) -> None:
    page = switches(visitor, visitor.signs_in_as_operator(operator), "ja")
    assert language_of(page.content.decode()) == "ja"
    assert language_of(switches(visitor, page, "en").content.decode()) == "en"


def test_what_a_browser_asks_for_counts_until_somebody_chooses(world: object) -> None:
    reader = Visitor(language="ja-JP,ja;q=0.9,en;q=0.5")
    page = reader.opens("/signin/")
    assert language_of(page.content.decode()) == "ja"
    assert language_of(switches(reader, page, "en").content.decode()) == "en"
    assert language_of(Visitor(language="fr-FR").opens("/signin/").content.decode()) == "en"


def test_a_language_that_the_portal_does_not_speak_is_refused(visitor: Visitor) -> None:
    token = TOKEN.search(visitor.opens("/signin/").content.decode())
    assert token
    assert visitor.posts("/language", {"csrfmiddlewaretoken": token[1], "language": "xx", "next": "/"}).status_code == 400
    visitor.client.cookies["language"] = "../../etc"
    assert language_of(visitor.opens("/signin/").content.decode()) == "en"


def test_mails_are_in_the_language_of_whoever_asked(reader: Reader, visitor: Visitor, root_user: Person) -> None:
    for someone, subject in ((reader, "パスワードのリセット"), (visitor, "Reset your password")):
        page = someone.goes(someone.sends(someone.opens("/password/forgot"), email=root_user.email), "/password/forgot/security-check")
        someone.goes(someone.passes_check(page), "/password/forgot/sent")
        assert someone.newest_mail(root_user.email)["subject"] == subject
        clock.reset()
    someone = Reader()
    someone.reaches_code(root_user)
    mail = someone.newest_mail(root_user.email)
    assert mail["subject"] == "検証コードのお知らせ"
    assert "シミュレーション — トレーニング環境です。" in mail["text"]


@pytest.mark.parametrize("kind", list(MailKind))
def test_every_kind_of_mail_speaks_both_languages(kind: MailKind) -> None:
    values = {key: VALUES[key] for key in LETTERS[kind].keys}
    row = OutgoingMail(pk=1, kind=kind, recipient="management@example.com", created_at=datetime(2026, 11, 23, tzinfo=UTC))
    for language in ("ja", "en"):
        row.language = language
        mail = compose(row, values)
        assert isinstance(mail.body, str)
        html = str(mail.alternatives[0][0])
        assert language_of(html) == language
        for text in (mail.subject, mail.body):
            assert bool(JAPANESE.search(text.replace("試験のため。", ""))) == (language == "ja")
        if language == "ja":
            assert not english_in(html)
            assert not english_in(f"<p>{mail.subject}</p>" + "".join(f"<p>{line}</p>" for line in mail.body.splitlines()))
            assert "when" not in values or "2026年11月23日" in mail.body


def test_dates_are_written_as_the_reader_writes_them(reader: Reader, visitor: Visitor, iam_user: Person) -> None:
    reader.signs_in_as_iam_user(iam_user)
    today = clock.now()
    japanese, english = reader.opens("/trail/").content.decode(), visitor.opens("/trail/").content.decode()
    assert f"{today.year}年{today.month}月{today.day}日" in japanese
    assert "年" not in english.replace("日本語", "")
    assert today.strftime("%B") in english or today.strftime("%b") in english


def test_djangos_own_texts_are_japanese(reader: Reader) -> None:
    reader.training("clock", advance_seconds=3600)
    page = reader.posts("/training/clock", {"csrfmiddlewaretoken": training_token(reader), "amount": "x", "unit": "1"})
    assert "整数を入力してください。" in page.content.decode()
    page = reader.posts("/training/clock", {"csrfmiddlewaretoken": training_token(reader), "amount": "", "unit": "1"})
    assert "このフィールドは必須です。" in page.content.decode()
    assert "1時間" in reader.opens("/training/").content.decode().replace("\xa0", ""), "how far the clock is ahead"


def training_token(visitor: Visitor) -> str:
    found = TOKEN.search(visitor.opens("/training/").content.decode())
    assert found
    return found[1]


def test_counted_things_are_counted_in_both_languages() -> None:
    from accounts.signin.password import wait_words  # noqa: PLC0415  # lazy texts must not be settled before Django is ready

    with override("en"):
        assert wait_words(1) == "Too many attempts. Wait 1 second and try again."
        assert wait_words(90) == "Too many attempts. Wait 2 minutes and try again."
    with override("ja"):
        assert wait_words(1) == "試行回数が多すぎます。1 秒待ってから、もう一度お試しください。"
        assert wait_words(90) == "試行回数が多すぎます。2 分待ってから、もう一度お試しください。"
