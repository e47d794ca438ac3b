"""The words: both languages, the strip's sentence, values that stay values."""

import re

import pytest

from accounts.mail.compose import compose
from accounts.mail.kinds import LETTERS, MailKind
from accounts.models import OutgoingMail
from portal.conf import conf
from portal.core.errors import Forbidden

STRIP = "Simulation — training environment. Do not enter real credentials."
VALUES = {
    "link": f"{conf.base_url}/password-reset/token-of-this-test",
    "when": "2026-01-31T09:30:00+00:00",
    "address": "198.51.100.7",
    "device": "Firefox on Linux",
    "code": "314159",
    "reason": "unusual sign-in activity",
    "account_name": "AnyCompany",
    "account_id": "111122223333",
}


def _mail(kind: str, language: str = "en") -> OutgoingMail:
    return OutgoingMail(pk=7, kind=kind, language=language, recipient="root@example.com")


def _parts(kind: str, language: str = "en", **values: str) -> tuple[str, str, str]:
    message = compose(_mail(kind, language), VALUES | values)
    html, mimetype = message.alternatives[0]
    assert mimetype == "text/html"
    return str(message.subject), str(message.body), str(html)


@pytest.mark.parametrize("kind", MailKind)
def test_every_kind_has_text_and_html_with_its_values_and_the_strip(kind: MailKind) -> None:
    subject, text, html = _parts(kind)
    assert subject
    for key in LETTERS[kind].keys:
        expected = "09:30" if key == "when" else VALUES[key]
        shown = text.replace("9:30 a.m.", "09:30"), html.replace("9:30 a.m.", "09:30")
        assert expected in shown[0], key
        assert expected in shown[1], key
    assert STRIP in text
    assert STRIP in html


@pytest.mark.parametrize("kind", MailKind)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_mail_loads_nothing_and_links_only_to_the_portal(kind: MailKind, language: str) -> None:
    _, text, html = _parts(kind, language)
    assert not re.search(r"<(img|script|link|iframe|form|object|svg)|url\(|@import|\bon\w+=", html, re.IGNORECASE)
    for address in re.findall(r"https?://[^\s\"'<>]+", text + html):
        assert address.startswith(conf.base_url)


@pytest.mark.parametrize("kind", MailKind)
def test_a_mail_in_an_unknown_language_is_english(kind: MailKind) -> None:
    assert _parts(kind, "tlh") == _parts(kind, "en")
    assert 'lang="ja"' in _parts(kind, "ja")[2]


def test_codes_come_from_the_verification_sender_and_the_rest_from_the_other() -> None:
    senders = {kind: compose(_mail(kind), VALUES).from_email for kind in MailKind}
    codes = {MailKind.VERIFICATION_CODE, MailKind.REGISTRATION_CODE}
    assert {senders[kind] for kind in codes} == {"no-reply@verify.signin.aws.example"}
    assert {senders[kind] for kind in set(MailKind) - codes} == {"no-reply@signin.aws.example"}


@pytest.mark.parametrize("typed", ["{{7*7}}", "{% now 'Y' %}", "%(code)s", "{{ link }}", "<b>x</b>", "&amp;"])
def test_ml_04_what_was_typed_is_shown_literally(typed: str) -> None:
    _, text, html = _parts(MailKind.WELCOME, account_name=typed)
    assert typed in text
    assert typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#x27;") in html
    assert "<b>" not in html


@pytest.mark.parametrize("typed", ["x\r\nBcc: other@example.com", "x\nSubject: y", "x\u2028y", "x\u202ey", "x\x00y"])
def test_ml_01_what_was_typed_stays_on_its_line_and_out_of_the_headers(typed: str) -> None:
    message = compose(_mail(MailKind.WELCOME), VALUES | {"account_name": typed})
    sent = message.message()
    assert set(sent.keys()) == {"Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID", "X-Simulation", "Auto-Submitted"}
    assert not any(line.startswith(("Bcc:", "Subject:")) for line in str(message.body).splitlines())
    assert not set("\u2028\u202e\x00\r") & set(str(message.body))


@pytest.mark.parametrize("link", ["https://evil.test/x", f"{conf.base_url}.evil.test/x", "//evil.test", "javascript:alert(1)"])
def test_a_link_that_leads_away_is_never_mailed(link: str) -> None:
    with pytest.raises(Forbidden):
        compose(_mail(MailKind.RESET_LINK), VALUES | {"link": link})


def test_a_value_that_is_lacking_is_an_error() -> None:
    with pytest.raises(Forbidden):
        compose(_mail(MailKind.RESET_LINK), {})


def test_the_mail_about_a_required_reset_says_why_and_how() -> None:
    _, text, _ = _parts(MailKind.RESET_REQUIRED)
    assert "unusual sign-in activity" in text
    assert "credentials of the account were found in a public place" in text
    assert "Forgot password?" in text


def test_the_message_id_depends_on_the_row_alone() -> None:
    mail = _mail(MailKind.WELCOME)
    first, second = compose(mail, VALUES), compose(mail, VALUES)
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert compose(_mail(MailKind.WELCOME), VALUES).extra_headers["Message-ID"] != first.extra_headers["Message-ID"]
