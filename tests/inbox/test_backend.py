"""The backend: one row a recipient, once; nothing to strangers; injected headers refused."""

import pytest
from django.core.mail import BadHeaderError, EmailMessage, EmailMultiAlternatives, send_mail

from portal.core.errors import Forbidden
from portal.inbox.models import Message


def test_each_recipient_has_a_row(db: None) -> None:
    mail = EmailMultiAlternatives("Hello", "text", "Portal <no-reply@signin.aws.example>", ["A@example.com", "b@example.com"], cc=["c@example.com"])
    mail.attach_alternative("<p>html</p>", "text/html")
    assert mail.send() == 1
    rows = Message.objects.order_by("recipient_key")
    assert [row.recipient_key for row in rows] == ["a@example.com", "b@example.com", "c@example.com"]
    assert {(row.sender, row.subject, row.text, row.html) for row in rows} == {("no-reply@signin.aws.example", "Hello", "text", "<p>html</p>")}


def test_the_same_message_id_is_kept_once(db: None) -> None:
    for _ in range(3):
        EmailMessage("Hello", "text", None, ["a@example.com"], headers={"Message-ID": "<one@signin.aws.example>"}).send()
    assert Message.objects.count() == 1


def test_mails_without_an_id_are_different_mails(db: None) -> None:
    for _ in range(2):
        send_mail("Hello", "text", None, ["a@example.com"])
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("subject", "sender", "recipient"),
    [
        ("x\r\nBcc: b@example.com", "no-reply@signin.aws.example", "a@example.com"),
        ("x", "no-reply@signin.aws.example\nBcc: b@example.com", "a@example.com"),
        ("x", "no-reply@signin.aws.example", "a@example.com\nBcc: b@example.com"),
    ],
)
def test_ml_01_a_line_break_in_a_header_is_refused_before_anything_is_kept(db: None, subject: str, sender: str, recipient: str) -> None:
    with pytest.raises((BadHeaderError, Forbidden)):
        EmailMessage(subject, "text", sender, [recipient]).send()
    assert not Message.objects.exists()


@pytest.mark.parametrize("recipient", ["someone@gmail.com", "a@example.com.evil.org", "a@amazon.com", "a"])
def test_ml_05_strangers_are_refused_without_a_server_too(db: None, recipient: str) -> None:
    with pytest.raises(Forbidden):
        EmailMessage("x", "text", None, ["a@example.com", recipient]).send()
    assert not Message.objects.exists()


@pytest.mark.parametrize("sender", ["no-reply@signin.aws", "x@amazon.com", "Support <x@support.aws.amazon.com>"])
def test_nothing_is_sent_as_the_real_cloud(db: None, sender: str) -> None:
    with pytest.raises(Forbidden):
        EmailMessage("x", "text", sender, ["a@example.com"]).send()
