"""Post a mail: one row in the caller's transaction, sent afterwards by a worker. Nothing here waits for a broker or a mail server."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.mail.kinds import MailKind
from accounts.mail.nudge import nudge
from accounts.models import OutgoingMail
from portal.core import clock
from portal.core.errors import BadInput
from portal.core.tokens import seal

_MAILABLE = re.compile(r"[^\s\x00-\x20\x7f,;:<>()\[\]\"\\@]{1,64}@[\w.-]{1,189}")


def post(kind: MailKind, *, recipient: str, language: str, context: Mapping[str, str], worthless_after: datetime | None = None) -> None:
    """Queue a mail within the caller's transaction and wake the worker after it has committed.

    `recipient` is one plain address; empty makes a decoy, which costs the same and is never sent. `context` holds the values
    of `LETTERS[kind].keys`, kept sealed until the mail has gone. A mail still unsent at `worthless_after` is discarded.
    Raises `BadInput` for an address that cannot stand in one header (line breaks, commas, angle brackets). A broker that is
    away changes nothing: the worker sweeps the queue by itself.
    """
    if recipient and not _MAILABLE.fullmatch(recipient):
        raise BadInput(_("Enter one plain email address, such as `name@example.com`."))
    now = clock.now()
    mail = OutgoingMail.objects.create(
        recipient=recipient,
        kind=kind.value,
        language=language,
        sealed_context=seal(json.dumps(dict(context))),
        not_before=now,
        created_at=now,
        worthless_after=worthless_after,
    )
    transaction.on_commit(partial(nudge, mail.pk), robust=True)
