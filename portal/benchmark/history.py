"""A long past for one identity: sessions and events of earlier sign-ins, to see that they cost later ones nothing."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from accounts.models import Principal, SignInSession
from portal.core import clock
from portal.core.tokens import digest, new_token
from portal.trail.models import Event
from portal.trail.names import EventName

_BATCH = 2000


@contextmanager
def long_past(*, account: str, username: str, sessions: int) -> Iterator[None]:
    """Give an IAM user of the running demo that many ended sessions and their events, and take them away again."""
    principal = Principal.objects.get(kind=Principal.Kind.IAM_USER, account_id=account, name=username)
    then = clock.now() - timedelta(days=30)
    mark = "bench-past"
    SignInSession.objects.bulk_create(
        (
            SignInSession(
                name=f"{account}-{number:08d}",
                principal=principal,
                secret_digest=digest(new_token()),
                credential_epoch=principal.credential_epoch,
                region="us-east-1",
                source_ip="192.0.2.1",
                user_agent=mark,
                created_at=then,
                console_since=then,
                last_seen_at=then,
                expires_at=then + timedelta(hours=12),
                ended_at=then + timedelta(hours=1),
                end_reason=SignInSession.End.SIGNED_OUT,
            )
            for number in range(sessions)
        ),
        batch_size=_BATCH,
    )
    Event.objects.bulk_create(
        (
            Event(
                event_id=uuid.uuid4(),
                event_time=then,
                event_name=EventName.CONSOLE_LOGIN,
                account_id=account,
                principal_key=principal.unique_id,
                source_ip="192.0.2.1",
                region="us-east-1",
                succeeded=True,
                record="{}",
                note=mark,
            )
            for _ in range(sessions)
        ),
        batch_size=_BATCH,
    )
    try:
        yield
    finally:
        SignInSession.objects.filter(principal=principal, user_agent=mark).delete()
        Event.objects.filter(principal_key=principal.unique_id, note=mark).delete()
