"""A mail server that does as it is told."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message as Received
from email.policy import default
from urllib.parse import urlsplit, urlunsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection

from accounts.mail.kinds import MailKind
from accounts.mail.outbox import post
from accounts.models import OutgoingMail
from portal.conf import conf
from portal.demo.parts import free_port


@dataclass
class Sink:
    """An SMTP server that keeps what it took.

    `answers` are its next replies to DATA, `hang_up` breaks off after having taken a mail, `stall` takes a mail and then says nothing.
    """

    port: int
    answers: list[str] = field(default_factory=list)
    hang_up: bool = False
    stall: bool = False
    taken: list[Received] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250"):
            self.taken.append(message_from_bytes(envelope.original_content or b"", policy=default))
            self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
        if self.hang_up and server.transport:
            self.hang_up = False
            server.transport.close()
        while self.stall:  # noqa: ASYNC110  # set from the thread of the test, where an event of this loop cannot be
            await asyncio.sleep(0.02)
        return answer

    @property
    def message_ids(self) -> set[str]:
        """What a mailbox would show: mails by Message-ID."""
        return {str(mail["Message-ID"]) for mail in self.taken}


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """The operator's mail server, configured with the operator's own domain."""
    taken_by = Sink(port=free_port())
    controller = Controller(taken_by, hostname="127.0.0.1", port=taken_by.port)
    controller.start()
    monkeypatch.setenv("PORTAL_SMTP_URL", f"smtp://127.0.0.1:{taken_by.port}")
    monkeypatch.setenv("PORTAL_MAIL_SENDER", "portal@training.anycompany.test")
    yield taken_by
    controller.stop()


@pytest.fixture
def a_code(db: None) -> Callable[..., OutgoingMail]:
    """Post a verification code and return its row."""

    def make(recipient: str = "root@example.com", code: str = "314159", language: str = "en", **more: object) -> OutgoingMail:
        post(MailKind.VERIFICATION_CODE, recipient=recipient, language=language, context={"code": code}, **more)  # type: ignore[arg-type]
        return OutgoingMail.objects.latest("id")

    return make


@pytest.fixture
def database_url(transactional_db: None) -> str:
    """The address of the tests' own database, for another process."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(conf.database_url)._replace(path=f"/{name}"))
