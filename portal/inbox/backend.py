"""Django's mail backend here: every mail is kept in the inbox and, where an operator has configured a mail server, sent on as well."""

from collections.abc import Sequence
from email.utils import formataddr, make_msgid, parseaddr
from urllib.parse import unquote, urlsplit

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from portal.conf import conf
from portal.core import clock
from portal.core.errors import Forbidden
from portal.core.ids import email_key
from portal.core.realness import is_forbidden_host, is_reserved_domain
from portal.inbox import extract
from portal.inbox.models import Message

TIMEOUT_SECONDS = 10
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class InboxBackend(BaseEmailBackend):
    """Keeps each mail as one row a recipient, once for each Message-ID, then hands it to the operator's server if there is one.

    Sent on, a mail comes from `PORTAL_MAIL_SENDER`, because nobody may send as a simulated domain; the simulated sender stands in
    the header `X-Simulated-Sender`. A server that refuses raises, so that the outbox tries again; the row stays the only one.
    Where mails are sent on and no training is held, the inbox is a log for operators: codes and links are kept out of it.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep and send on `email_messages`; returns how many. Raises `Forbidden` for a recipient or sender that no mail may have."""
        for message in email_messages:
            _refuse_strangers(message)
            message.extra_headers.setdefault("Message-ID", make_msgid(domain=conf.host))
            message.message()  # composes the headers: one with a line break raises before anything is kept
            _keep(message)
        if conf.smtp_url and email_messages:
            with relay() as server:
                for message in email_messages:
                    server.send_messages([_sent_on(message)])
        return len(email_messages)


def relay() -> SmtpBackend:
    """Return the connection to the operator's mail server (`PORTAL_SMTP_URL`). A password crosses a network under TLS only."""
    parts = urlsplit(conf.smtp_url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise Forbidden(detail="PORTAL_SMTP_URL is neither smtp:// nor smtps://")
    direct_tls = parts.scheme == "smtps"
    return SmtpBackend(
        host=parts.hostname,
        port=parts.port or (465 if direct_tls else 25),
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_ssl=direct_tls,
        use_tls=not direct_tls and bool(parts.username) and parts.hostname not in _LOOPBACK,
        timeout=TIMEOUT_SECONDS,
    )


def _domain(address: str) -> str:
    return parseaddr(address)[1].rpartition("@")[2]


def _refuse_strangers(message: EmailMessage) -> None:
    for recipient in message.recipients():
        if not is_reserved_domain(_domain(recipient), allowed=conf.mail_domains):
            raise Forbidden(detail="a recipient is outside the reserved domains and PORTAL_MAIL_DOMAINS")
    for sender in (message.from_email, conf.mail_sender if conf.smtp_url else ""):
        if sender and is_forbidden_host(_domain(sender)):
            raise Forbidden(detail="the sender is under a domain of the real cloud")
    if conf.smtp_url and not _domain(conf.mail_sender):
        raise Forbidden(detail="PORTAL_SMTP_URL needs PORTAL_MAIL_SENDER, an address of the operator's own domain")


def _html_of(message: EmailMessage) -> str:
    alternatives = message.alternatives if isinstance(message, EmailMultiAlternatives) else []
    return next((str(content) for content, mimetype in alternatives if mimetype == "text/html"), "")


def _keep(message: EmailMessage) -> None:
    subject, text, html = message.subject, str(message.body), _html_of(message)
    if conf.smtp_url and not conf.training:
        secrets = {"codes": extract.codes_in(text=text), "links": extract.links_in(text=text, base_url=conf.base_url)}
        text, html = extract.mask(text=text, **secrets), extract.mask(text=html, **secrets)
    now = clock.now()
    rows = [
        Message(
            message_id=message.extra_headers["Message-ID"],
            sender=parseaddr(message.from_email)[1],
            recipient=parseaddr(recipient)[1],
            recipient_key=email_key(parseaddr(recipient)[1]),
            subject=str(subject)[:255],
            text=text,
            html=html,
            received_at=now,
        )
        for recipient in message.recipients()
    ]
    Message.objects.bulk_create(rows, ignore_conflicts=True)


def _sent_on(message: EmailMessage) -> EmailMessage:
    """Return the mail as it leaves for the real server; the row in the inbox keeps the simulated sender."""
    outgoing = EmailMultiAlternatives(
        subject=message.subject,
        body=message.body,
        from_email=formataddr((f"{conf.brand} (simulation)", conf.mail_sender)),
        to=message.to,
        headers=message.extra_headers | {"X-Simulated-Sender": parseaddr(message.from_email)[1]},
    )
    html = _html_of(message)
    if html:
        outgoing.attach_alternative(html, "text/html")
    return outgoing
