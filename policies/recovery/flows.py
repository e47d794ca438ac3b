"""The operator's side: a case is opened, the root user's address is verified, a link is mailed, or the case is withdrawn.

Each step is one guarded UPDATE of the case as the operator saw it (`seen` is its version): none can be skipped, none repeated by a
double click or by a colleague at the same moment, and nothing carried over to another case (security catalogue RST-08, RACE-07).
What was verified is an address: when the root user's is another one, the verification and the link are worth nothing.
"""

import secrets
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import get_language

from accounts.administration.acts import Actor
from accounts.credentials.mailed_codes import mailbox
from accounts.mail.kinds import MailKind
from accounts.mail.outbox import post
from accounts.models import Account, Principal
from accounts.outcomes import Failure, Outcome, Success
from accounts.signin.password import wait_words
from policies.models import RecoveryCase, RecoveryEntry, RecoveryVisit
from policies.recovery.diagnosis import diagnose
from policies.recovery.notes import note_of
from policies.recovery.rules import CODE_LIFETIME, CODES, LINK_LIFETIME, MAILS_AN_HOUR, TRIES, TRIES_AN_HOUR, RecoveryFailure
from portal.conf import conf
from portal.core import clock
from portal.core.errors import TooMany
from portal.core.tokens import digest, keyed_digest, new_token, same

Step = RecoveryEntry.Step


@dataclass(frozen=True, slots=True)
class CaseOpened(Success):
    """The case that was opened."""

    case: RecoveryCase


def root_of(account_id: str) -> Principal | None:
    """Return the root user of an account, with or without credentials."""
    return Principal.objects.filter(account_id=account_id, kind=Principal.Kind.ROOT).first()


def open_case(account: Account, *, reason: str, by: Actor) -> CaseOpened | Failure:
    """Open a case. An account has one open case at most; one that has expired is closed by this."""
    now = clock.now()
    for expired in RecoveryCase.objects.filter(account=account, closed_at=None, expires_at__lte=now):
        _close_expired(expired, by)
    try:
        with transaction.atomic():
            case = RecoveryCase.objects.create(
                account=account, reason=reason, opened_by=by.operator.name, opened_at=now, expires_at=now + LINK_LIFETIME
            )
            note_of(Step.OPENED, case, by)
    except IntegrityError:  # there is one, perhaps since a moment ago
        return Failure(RecoveryFailure.OPEN_ALREADY)
    return CaseOpened(case)


def _close_expired(case: RecoveryCase, by: Actor) -> None:
    now = clock.now()
    with transaction.atomic():
        expired = RecoveryCase.objects.filter(pk=case.pk, closed_at=None, expires_at__lte=now)
        if expired.update(closed_at=now, outcome=RecoveryCase.Outcome.EXPIRED, code_digest="", version=F("version") + 1):
            note_of(Step.EXPIRED, case, by)


def send_code(case: RecoveryCase, *, seen: int, by: Actor) -> Outcome:
    """Mail a code to the root user's address; the one before is dead, and so is what was verified for another address.

    Raises `TooMany` for a mailbox that has had its mails of this hour.
    """
    root = root_of(str(case.account_id))
    if root is None or not root.email:
        return Failure(RecoveryFailure.NO_ADDRESS)
    _count_mail(root.email)
    code = f"{secrets.randbelow(10**6):06}"
    now = clock.now()
    unverified = _open(case, seen).filter(Q(email_verified_at=None) | ~Q(email=root.email), codes__lt=CODES)
    with transaction.atomic():
        written = unverified.update(
            email=root.email,
            code_digest=_code_digest(case, code),
            code_expires_at=now + CODE_LIFETIME,
            codes=F("codes") + 1,
            tries=0,
            email_verified_at=None,
            link_digest="",
            link_issued_at=None,
            version=F("version") + 1,
        )
        if written == 1:
            context = {"code": code, "account_id": str(case.account_id), "minutes": str(int(CODE_LIFETIME.total_seconds() // 60))}
            post(
                MailKind.SUPPORT_CODE,
                recipient=root.email,
                language=get_language() or "en",
                context=context,
                worthless_after=now + CODE_LIFETIME,
            )
            note_of(Step.CODE_SENT, case, by)
            return Success()
    return _refused(case, seen, by, otherwise=RecoveryFailure.TOO_MANY_CODES if case.codes >= CODES else RecoveryFailure.OUT_OF_ORDER)


def verify(case: RecoveryCase, typed: str, *, seen: int, by: Actor) -> Outcome:
    """Hold the six digits that the caller read against the mailed code. The try is counted, and stays counted, before anything is compared.

    Raises `TooMany` for an operator who types too many codes.
    """
    wait = TRIES_AN_HOUR.hit(str(by.operator.pk)).wait
    if wait:
        raise TooMany(wait_words(wait), retry_after=wait)
    now = clock.now()
    mailed = _to_the_root_user(_open(case, seen)).filter(email_verified_at=None, code_expires_at__gt=now).exclude(code_digest="")
    if not mailed.filter(tries__lt=TRIES).update(tries=F("tries") + 1):
        return _refused(case, seen, by, otherwise=_why_no_code_counts(case))
    stored = mailed.values_list("code_digest", flat=True).first()
    if stored is None or not same(stored, _code_digest(case, typed)):
        note_of(Step.CODE_WRONG, case, by, error="The code was wrong")
        spent = not mailed.filter(tries__lt=TRIES).exists()
        return Failure(RecoveryFailure.CODE_SPENT if spent else RecoveryFailure.CODE_WRONG)
    with transaction.atomic():
        # The digest stands in the guard as well: a code that was replaced since it was read is dead.
        if mailed.filter(code_digest=stored).update(email_verified_at=now, code_digest="", version=F("version") + 1) == 1:
            note_of(Step.VERIFIED, case, by)
            return Success()
    return _refused(case, seen, by, otherwise=RecoveryFailure.OVERTAKEN)


def issue_link(case: RecoveryCase, *, seen: int, by: Actor) -> Outcome:
    """Mail a recovery link to the verified address; a link that was mailed before is dead, and so are visits by it.

    Nobody but the mailbox ever has the link. Raises `TooMany` for a mailbox that has had its mails of this hour.
    """
    if not diagnose(case.account).can_help:
        note_of(Step.REFUSED, case, by, error="A resource-based policy is not the cause")
        return Failure(RecoveryFailure.NOT_THE_CAUSE)
    verified = _to_the_root_user(_open(case, seen)).filter(email_verified_at__isnull=False)
    email = verified.values_list("email", flat=True).first()
    if not email:
        return _refused(case, seen, by, otherwise=RecoveryFailure.OUT_OF_ORDER)
    _count_mail(email)
    token, now = new_token(), clock.now()
    with transaction.atomic():
        written = verified.filter(email=email).update(
            link_digest=digest(token), link_issued_at=now, expires_at=now + LINK_LIFETIME, version=F("version") + 1
        )
        if written == 1:
            _end_visits(case)
            context = {
                "link": f"{conf.base_url}/recovery/{token}",
                "account_id": str(case.account_id),
                "hours": str(int(LINK_LIFETIME.total_seconds() // 3600)),
            }
            post(MailKind.SUPPORT_LINK, recipient=email, language=get_language() or "en", context=context, worthless_after=now + LINK_LIFETIME)
            note_of(Step.LINK_ISSUED, case, by)
            return Success()
    return _refused(case, seen, by, otherwise=RecoveryFailure.OVERTAKEN)


def withdraw(case: RecoveryCase, *, seen: int, by: Actor) -> Outcome:
    """Close a case without a result: its code and its link are dead."""
    with transaction.atomic():
        written = _open(case, seen).update(closed_at=clock.now(), outcome=RecoveryCase.Outcome.WITHDRAWN, code_digest="", version=F("version") + 1)
        if written == 1:
            _end_visits(case)
            note_of(Step.WITHDRAWN, case, by)
            return Success()
    return _refused(case, seen, by, otherwise=RecoveryFailure.OVERTAKEN)


def refuse_swap(case: RecoveryCase, by: Actor) -> None:
    """Record a step that was sent for another account than the case's."""
    note_of(Step.REFUSED, case, by, error="The step named another account")


def _open(case: RecoveryCase, seen: int) -> QuerySet[RecoveryCase]:
    """Return the case's row while it is open and as the operator saw it."""
    now = clock.now()
    return RecoveryCase.objects.filter(pk=case.pk, account_id=case.account_id, version=seen, closed_at=None, opened_at__lte=now, expires_at__gt=now)


def _to_the_root_user(rows: QuerySet[RecoveryCase]) -> QuerySet[RecoveryCase]:
    return rows.filter(still_the_root_users())


def still_the_root_users() -> Exists:
    """Return the condition that the address that a case verified is still the root user's.

    No join: a condition of its own is looked at again when an UPDATE has waited for another one.
    """
    return Exists(Principal.objects.filter(kind=Principal.Kind.ROOT, account_id=OuterRef("account_id"), email=OuterRef("email")))


def _end_visits(case: RecoveryCase) -> None:
    RecoveryVisit.objects.filter(case=case, ended_at=None).update(ended_at=clock.now())


def _count_mail(email: str) -> None:
    wait = MAILS_AN_HOUR.hit(mailbox(email)).wait
    if wait:
        raise TooMany(wait_words(wait), retry_after=wait)


def _code_digest(case: RecoveryCase, code: str) -> str:
    return keyed_digest("policies.recovery.code", str(case.pk), str(case.account_id), code)


def _refused(case: RecoveryCase, seen: int, by: Actor, *, otherwise: RecoveryFailure) -> Failure:
    """Find out why no row was written; a step before its turn is recorded."""
    now = clock.now()
    row = RecoveryCase.objects.filter(pk=case.pk).first()
    if row is None or row.closed_at is not None or not row.opened_at <= now < row.expires_at:
        return Failure(RecoveryFailure.OVER)
    if row.version != seen:
        return Failure(RecoveryFailure.OVERTAKEN)
    root = root_of(str(row.account_id))
    if row.email and (root is None or root.email != row.email):
        return Failure(RecoveryFailure.ADDRESS_CHANGED)
    if otherwise is RecoveryFailure.OUT_OF_ORDER:
        note_of(Step.REFUSED, row, by, error="The step was taken before its turn")
    return Failure(otherwise)


def _why_no_code_counts(case: RecoveryCase) -> RecoveryFailure:
    """Return why no code that is typed now can be right: none was mailed, or its time or its tries are over."""
    row = RecoveryCase.objects.filter(pk=case.pk).first()
    if row is None or not row.code_digest or row.code_expires_at is None:
        return RecoveryFailure.OUT_OF_ORDER
    return RecoveryFailure.CODE_EXPIRED if row.code_expires_at <= clock.now() else RecoveryFailure.CODE_SPENT
