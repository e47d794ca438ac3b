"""Challenges: written down when they are given out, with what was asked for, and used up by whatever comes back."""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Final

from accounts.models import Principal
from mfa.fido import ceremony
from mfa.fido.answers import Answer, encode
from mfa.models import Ceremony
from portal.conf import conf
from portal.core import clock
from portal.core.prepared import PreparedQuery, PreparedUpdate, insert
from portal.core.tokens import same

_LOOKED_AT: Final = 20
"""Open challenges of one browser that an answer may be to: several tabs, each with its own."""


class Purpose(StrEnum):
    """What a challenge was given out for; it is good for nothing else (security catalogue PK-01)."""

    REGISTRATION = "registration"
    SECOND_FACTOR = "second_factor"
    AUTOFILL = "autofill"


class Verification(StrEnum):
    """Whether the authenticator is to verify its user, as it was asked; the answer is held to the stored word alone (PK-04)."""

    REQUIRED = "required"
    PREFERRED = "preferred"


_OPEN: PreparedQuery[Ceremony] = PreparedQuery(
    lambda binding, purpose, now: Ceremony.objects.filter(binding=binding, purpose=purpose, used_at=None, expires_at__gt=now).order_by("-id")[
        :_LOOKED_AT
    ],
    binding=str,
    purpose=str,
    now=datetime,
)
_USE_UP = PreparedUpdate(
    lambda pk, now: (Ceremony.objects.filter(pk=pk, used_at=None, expires_at__gt=now), {"used_at": now}),
    pk=int,
    now=datetime,
)


def give_out(purpose: Purpose, binding: str, *, verification: Verification, principal: Principal | None = None, user_handle: str = "") -> Ceremony:
    """Return a new challenge for the browser that `binding` stands for, and for `principal` where somebody is named already."""
    now = clock.now()
    given = Ceremony(
        binding=binding,
        purpose=purpose.value,
        principal=principal,
        challenge=encode(secrets.token_bytes(ceremony.CHALLENGE_BYTES)),
        user_handle=user_handle,
        user_verification=verification.value,
        created_at=now,
        expires_at=now + conf.ceremony_lifetime,
    )
    insert(given)
    return given


def redeem(purpose: Purpose, binding: str, answer: Answer | None, *, principal: Principal | None = None) -> Ceremony | None:
    """Use up the challenge that an answer names, or the newest when it names none of this browser's; None when it names none.

    One guarded UPDATE: of any number of answers to one challenge, one is looked at (security catalogue PK-01).
    """
    now = clock.now()
    owner = principal.pk if principal else None
    given = [row for row in _OPEN.rows(binding=binding, purpose=purpose.value, now=now) if row.principal_id == owner]
    if not given:
        return None
    named = next((row for row in given if answer is not None and same(row.challenge, answer.challenge)), None)
    used = named or given[0]
    return named if _USE_UP.run(pk=used.pk, now=now) == 1 else None
