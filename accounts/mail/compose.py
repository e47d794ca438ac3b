"""Turn a row of the outbox into a mail: subject, text and HTML in its language, from fixed templates."""

import unicodedata
from collections.abc import Mapping
from datetime import UTC

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import is_aware

from accounts.mail.kinds import LETTERS, MailKind
from accounts.models import OutgoingMail
from portal.conf import conf
from portal.core.errors import Forbidden
from portal.core.tokens import keyed_digest

_LANGUAGES = frozenset(code for code, _ in settings.LANGUAGES)


def compose(mail: OutgoingMail, context: Mapping[str, str]) -> EmailMultiAlternatives:
    """Return the mail to send: text and HTML, plain sender address, and a Message-ID that is the same at every try.

    Values enter the templates as values only: HTML is escaped, line breaks and control characters become spaces, and nothing of
    them reaches a header. `when` may be an ISO-8601 time and is written out in the mail's language. Raises `Forbidden` for a
    kind that does not exist, a value that its template needs and lacks, and a link that leads away from the portal.
    """
    if mail.kind not in LETTERS:
        raise Forbidden(detail="there is no such kind of mail")
    letter = LETTERS[MailKind(mail.kind)]
    missing = [key for key in letter.keys if key not in context]
    if missing:
        raise Forbidden(detail=f"its context lacks {', '.join(missing)}")
    with translation.override(mail.language if mail.language in _LANGUAGES else settings.LANGUAGE_CODE):
        values = {key: _printable(context[key]) for key in letter.keys} | _surroundings(mail.recipient)
        _refuse_foreign_link(values)
        values |= {"when": _written_out(values["when"])} if "when" in values else {}
        subject = str(letter.subject)
        message = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string(f"mail/{mail.kind}.txt", values).strip() + "\n",
            from_email=letter.sender,
            to=[mail.recipient],
            headers={"Message-ID": message_id(mail, letter.sender), "X-Simulation": "1", "Auto-Submitted": "auto-generated"},
        )
        html = render_to_string(f"mail/{mail.kind}.html", values | {"subject": subject, "language": translation.get_language()})
        message.attach_alternative(html, "text/html")
    return message


def message_id(mail: OutgoingMail, sender: str) -> str:
    """Return the mail's Message-ID. It depends on the row alone, so a sink that sees a second try can tell that it has the mail."""
    made_from = keyed_digest("message-id", str(mail.pk), mail.created_at.isoformat())
    return f"<{made_from[:32]}@{sender.rpartition('@')[2]}>"


def _surroundings(recipient: str) -> dict[str, str]:
    return {
        "brand": conf.brand,
        "base_url": conf.base_url,
        "recipient": recipient,
        "link_minutes": str(int(conf.reset_link_lifetime.total_seconds() // 60)),
        "code_minutes": str(int(conf.mailed_code_lifetime.total_seconds() // 60)),
        "recovery_minutes": str(int(conf.factor_recovery_lifetime.total_seconds() // 60)),
    }


def _printable(value: str) -> str:
    """Return `value` on one line: whatever could break a line or hide text becomes a space."""
    return " ".join("".join(" " if unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp", "Cs"} else character for character in value).split())


def _written_out(when: str) -> str:
    try:
        moment = parse_datetime(when)
    except ValueError:
        moment = None
    if moment is None:
        return when
    return f"{date_format(moment.astimezone(UTC) if is_aware(moment) else moment, 'DATETIME_FORMAT')} UTC"


def _refuse_foreign_link(values: Mapping[str, str]) -> None:
    if "link" in values and not values["link"].startswith(f"{conf.base_url}/"):
        raise Forbidden(detail="its link leads away from the portal")
