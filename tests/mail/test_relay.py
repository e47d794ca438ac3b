"""Where a real server is configured: who a mail comes from, and what the inbox then keeps."""

from collections.abc import Callable

import pytest

from accounts.mail.tasks import sweep
from accounts.models import OutgoingMail
from portal.core.errors import Forbidden
from portal.inbox.backend import relay
from portal.inbox.extract import MASK
from portal.inbox.models import Message
from tests.mail.conftest import Sink

Post = Callable[..., OutgoingMail]


def test_a_mail_sent_on_comes_from_the_operator_and_names_the_simulated_sender(a_code: Post, sink: Sink) -> None:
    a_code("root@example.com", code="271828")
    sweep()
    received = sink.taken[0]
    assert str(received["From"]) == '"Simulated AWS (simulation)" <portal@training.anycompany.test>'
    assert received["X-Simulated-Sender"] == "no-reply@verify.signin.aws.example"
    assert received["X-Simulation"] == "1"
    assert received["To"] == "root@example.com"
    assert sink.envelopes == [("portal@training.anycompany.test", ["root@example.com"])]
    kept = Message.objects.get()
    assert kept.sender == "no-reply@verify.signin.aws.example"
    assert kept.message_id == received["Message-ID"]
    assert "271828" in kept.text


def test_outside_training_the_inbox_of_sent_mails_holds_no_code(a_code: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TRAINING", "0")
    a_code("root@example.com", code="271828")
    sweep()
    kept = Message.objects.get()
    assert "271828" not in kept.text + kept.html
    assert MASK in kept.text
    assert MASK in kept.html
    assert "271828" in str(sink.taken[0].get_body(("plain",)).get_content())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("url", "port", "use_ssl", "use_tls"),
    [
        ("smtps://user:p%40ss@mail.anycompany.org", 465, True, False),
        ("smtp://user:p%40ss@mail.anycompany.org:587", 587, False, True),
        ("smtp://mail.anycompany.org", 25, False, False),
        ("smtp://user:p%40ss@127.0.0.1:2525", 2525, False, False),
    ],
)
def test_a_password_crosses_a_network_under_tls_only(monkeypatch: pytest.MonkeyPatch, url: str, port: int, use_ssl: bool, use_tls: bool) -> None:
    monkeypatch.setenv("PORTAL_SMTP_URL", url)
    server = relay()
    assert (server.port, server.use_ssl, server.use_tls) == (port, use_ssl, use_tls)
    assert server.password == ("p@ss" if "@" in url else "")
    assert server.timeout == 10


@pytest.mark.parametrize("url", ["http://mail.anycompany.org", "smtp://", "mail.anycompany.org"])
def test_an_address_that_is_no_mail_server_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("PORTAL_SMTP_URL", url)
    with pytest.raises(Forbidden):
        relay()
