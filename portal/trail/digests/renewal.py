"""The chain begun anew where all events and digests are dropped, as when the world is put back."""

from collections.abc import Iterator
from contextlib import contextmanager

from portal.trail.digests import entries
from portal.trail.digests.chain import append, appending
from portal.trail.digests.counting import sealed_totals, unsealed
from portal.trail.digests.models import Digest


@contextmanager
def beginning_anew() -> Iterator[None]:
    """Open a transaction in which all events and digests are dropped; at its end a digest records that.

    Numbers, hashes and counts go on from the digest that was the newest, so that a chain that somebody emptied is told from one that was
    begun anew. Where there was none, there is nothing to say.
    """
    with appending() as head:
        totals = sealed_totals(head) + unsealed(head)
        yield
        if head is not None:
            append(Digest.Kind.RESET, after=head, totals=entries.totals_text(totals))
