"""The words: both languages, the strip's sentence, values that stay values."""

import re

import pytest

from accounts.mail.compose import compose
from accounts.mail.kinds import LETTERS, MailKind
from accounts.models import OutgoingMail
from mfa.base.events import Change
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
    "name": "front-door-key",
    "change": "registered",
    "minutes": "15",
    "hours": "72",
    "principal": "EmergencyAdmin",
}
WORDS_OF_A_CHANGE = {
    "registered": "An MFA device was registered for root@example.com.",
    "renamed": "An MFA device of root@example.com was renamed.",
    "removed": "An MFA device of root@example.com was removed.",
    "deactivated": "An administrator deactivated an MFA device of root@example.com.",
    "resynchronised": "An MFA device of root@example.com was resynchronized",
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
        expected = {"when": "09:30", "change": WORDS_OF_A_CHANGE["registered"]}.get(key, VALUES[key])
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
    codes = {MailKind.VERIFICATION_CODE, MailKind.REGISTRATION_CODE, MailKind.SIGN_IN_CODE, MailKind.SUPPORT_CODE}
    recovery = {MailKind.FACTOR_RECOVERY_LINK, MailKind.FACTOR_RECOVERED}
    assert {senders[kind] for kind in codes} == {"no-reply@verify.signin.aws.example"}
    assert {senders[kind] for kind in recovery} == {"recover-mfa-no-reply@verify.signin.aws.example"}
    assert {senders[kind] for kind in set(MailKind) - codes - recovery} == {"no-reply@signin.aws.example"}


@pytest.mark.parametrize("change", Change)
def test_a_mail_about_a_device_says_what_happened_to_it_and_what_else_did(change: Change) -> None:
    _, text, html = _parts(MailKind.FACTOR_CHANGED, change=change.value)
    for shown in (text, html):
        assert [known for known, words in WORDS_OF_A_CHANGE.items() if words in shown] == [change.value]
        assert ("sessions were ended" in shown) is (change in {Change.REMOVED, Change.DEACTIVATED})
        assert ("Browsers that you trusted ask for MFA again" in shown) is (change not in {Change.RENAMED, Change.RESYNCHRONISED})


def test_ml_04_a_device_name_is_shown_literally() -> None:
    _, text, html = _parts(MailKind.FACTOR_CHANGED, name="<b>{{ link }}</b>")
    assert "<b>{{ link }}</b>" in text
    assert "&lt;b&gt;{{ link }}&lt;/b&gt;" in html


def test_the_mail_of_a_recovery_says_how_long_its_link_lives_and_what_to_do_when_it_was_not_you(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_FACTOR_RECOVERY_SECONDS", "1500")
    _, text, _ = _parts(MailKind.FACTOR_RECOVERY_LINK)
    assert "within 25 minutes" in text
    assert "someone knows your password" in text


def test_mfa_10_the_mail_after_repeated_failures_says_who_must_know_the_password() -> None:
    _, text, _ = _parts(MailKind.FACTOR_FAILED)
    assert "someone knows your password" in text
    assert "198.51.100.7" in text


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
