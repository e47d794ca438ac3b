"""What verifying the log can find, as values and as sentences."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """What is wrong with an event or a digest."""

    CHANGED = "event_changed"
    MOVED = "event_moved"
    MISSING = "event_missing"
    INSERTED = "event_inserted"
    FORGED = "digest_forged"
    LIST = "digest_list_changed"
    GONE = "digest_missing"
    DETACHED = "digest_detached"
    NO_BEGINNING = "beginning_missing"
    NO_DIGESTS = "no_digests"
    HEAD = "head_missing"
    UNSEALED = "events_unsealed"
    FAILED = "verification_failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: of the events from `first` to `last`, told by the digest of number `digest`, or of that digest itself.

    `was` is the key that a moved event was sealed under; of digests that are gone, the number of the one before them.
    """

    fault: Fault
    digest: int
    first: int = 0
    last: int = 0
    was: int = 0

    @property
    def sentence(self) -> str:
        """The finding in words."""
        gone = _span(self.was + 1, self.digest - 1)
        return _SENTENCES[self.fault].format(
            digest=self.digest, was=self.was, span=_span(self.first, self.last), gone=gone, first=self.first, last=self.last
        )

    def document(self) -> dict[str, Any]:
        """Return the finding for JSON."""
        return {"fault": self.fault, "digest": self.digest, "first_event": self.first, "last_event": self.last, "sentence": self.sentence}


def _span(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first} to {last}"


_SENTENCES = {
    Fault.CHANGED: "Event {span}: changed since digest {digest} sealed it.",
    Fault.MOVED: "Event {span}: not what digest {digest} sealed under this key, but what it sealed under {was}.",
    Fault.MISSING: "Event {span}: sealed by digest {digest}, gone, and no purge tells of it.",
    Fault.INSERTED: "Event {span}: was not there when digest {digest} sealed the events around it.",
    Fault.FORGED: "Digest {digest}: changed, or signed under none of PORTAL_SECRET_KEYS; what it covers cannot be verified.",
    Fault.LIST: "Digest {digest}: its list was changed; what it covers cannot be verified.",
    Fault.GONE: "Digest {gone}: missing; events after {first} up to {last} cannot be verified.",
    Fault.DETACHED: "Digest {digest}: does not continue the digest before it.",
    Fault.NO_BEGINNING: "Digest {digest}: the oldest there is, but not the first, and nothing tells that older ones were dropped lawfully.",
    Fault.NO_DIGESTS: "There are events, but no digest: the worker has not sealed them yet, or the digests were removed.",
    Fault.UNSEALED: "Event {span}: not sealed, though nothing keeps the worker from it: it cannot read them, or not write digests.",
    Fault.FAILED: "Verifying was not brought to its end, so whether the log is as it was recorded is not known. The worker's log tells why.",
    Fault.HEAD: "Digest {digest}: missing or another one, though it was the head of the chain once.",
}
