"""The chain begun anew where all events and digests are dropped, as when the world is put back."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from portal.trail.digests import entries
from portal.trail.digests.chain import append, appending
from portal.trail.digests.counting import Totals, sealed_totals, unsealed, with_newer
from portal.trail.digests.models import Digest
from portal.trail.models import Event

_DROP_AND_COUNT = """
WITH dropped AS (DELETE FROM {table} RETURNING id, event_name, succeeded)
SELECT event_name, succeeded, count(*) FROM dropped WHERE id > %s GROUP BY event_name, succeeded ORDER BY min(id)
"""


@contextmanager
def beginning_anew() -> Iterator[None]:
    """Open a transaction that drops all events, and in which whoever calls drops all digests; at its end a digest records that.

    Numbers, hashes and counts go on from the digest that was the newest, so that a chain that somebody emptied is told from one that was
    begun anew. Where there was none, and no event either, there is nothing to say. An event that others commit meanwhile stays.
    """
    with appending() as head:
        totals = with_newer(sealed_totals(head), _drop_events(head))
        yield
        if head is not None or totals:
            append(Digest.Kind.RESET, after=head, totals=entries.totals_text(totals))


def _drop_events(head: Digest | None) -> Totals:
    """Drop all events and return the counts of those newer than `head`.

    PostgreSQL counts what it drops, with one statement: between two, somebody commits an event, and it would be dropped uncounted. A lock would
    wait for sign-ins that wait for it. SQLite has one writer.
    """
    if connection.vendor != "postgresql":
        newer = unsealed(head)
        Event.objects.all().delete()
        return newer
    with connection.cursor() as cursor:
        cursor.execute(_DROP_AND_COUNT.format(table=Event._meta.db_table), [head.sealed_through if head else 0])
        return Counter({(name, succeeded): number for name, succeeded, number in cursor.fetchall()})
