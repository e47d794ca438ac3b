"""What digests are made of: fingerprints of events, lists of them, the text that is signed, and the signature. No database here.

As in CloudTrail's log file integrity validation a digest lists what it covers with a hash each, names its predecessor's hash, and is
signed. The key is derived from the portal's secret: whoever can write to the database and cannot read that makes no digest.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from portal.core.base64url import written

CANONICAL = ("event_id", "event_time", "event_name", "account_id", "principal_key", "source_ip", "region", "succeeded", "record", "note")
"""Columns of an event that a fingerprint is over: all but the key, so that an event that was moved to another key is known again."""

_ENCODER = json.JSONEncoder(separators=(",", ":"))


def utc(moment: datetime) -> str:
    """Return a moment as digests write it: UTC, microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def fingerprint(values: Sequence[object]) -> str:
    """Return the SHA-256 of an event in base64url: `values` are those of `CANONICAL`, in that order.

    Raises TypeError, ValueError or AttributeError for values that no event has.
    """
    event_id, moment, *rest = values
    if not isinstance(moment, datetime):
        raise TypeError("an event has a time")
    return written(hashlib.sha256(_ENCODER.encode([str(event_id), utc(moment), *rest]).encode()).digest())


def list_of(fingerprints: Iterable[tuple[int, str]]) -> str:
    """Return the list of a digest that seals: a line an event, its key and its fingerprint."""
    return "".join(f"{key} {found}\n" for key, found in fingerprints)


def read_list(text: str) -> dict[int, str]:
    """Return what `list_of` wrote: fingerprints by key, in order. Raises ValueError."""
    return {int(key): found for key, _, found in (line.partition(" ") for line in text.splitlines())}


def keys_text(keys: Iterable[int]) -> str:
    """Return the list of a digest that tells of a purge: a line an event that was dropped, its key."""
    return "".join(f"{key}\n" for key in keys)


def read_keys(text: str) -> set[int]:
    """Return what `keys_text` wrote. Raises ValueError."""
    return {int(line) for line in text.splitlines()}


def anchor_text(number: int, digest: str) -> str:
    """Return the list of a digest that tells of digests dropped: number and hash of the last of them."""
    return f"{number} {digest}\n"


def read_anchor(text: str) -> tuple[int, str]:
    """Return what `anchor_text` wrote. Raises ValueError."""
    number, _, digest = text.strip().partition(" ")
    return int(number), digest


def totals_text(totals: Mapping[tuple[str, bool], int]) -> str:
    """Return counts of events by name and success as JSON with sorted names, `NAME success` and `NAME failure`."""
    named = {f"{name} {'success' if succeeded else 'failure'}": count for (name, succeeded), count in totals.items()}
    return json.dumps(named, sort_keys=True, separators=(",", ":"))


def read_totals(text: str) -> dict[tuple[str, bool], int]:
    """Return what `totals_text` wrote; nothing for an empty text. For the totals of genuine digests."""
    named: dict[str, int] = json.loads(text) if text else {}
    parted = ((name.rpartition(" "), int(count)) for name, count in named.items())
    return {(name, outcome == "success"): count for (name, _, outcome), count in parted}


def sha256(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def header(fields: Mapping[str, object]) -> str:
    """Return the text that stands for a digest: its fields as JSON with sorted names. Moments are written by `utc`."""
    return json.dumps({name: utc(value) if isinstance(value, datetime) else value for name, value in fields.items()}, sort_keys=True)


@lru_cache(maxsize=4)
def _keys(purpose: str, secrets: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(hashlib.sha256(f"vestibule.{purpose}.{secret}".encode()).digest() for secret in secrets)


def signature(text: str, *, purpose: str, secrets: tuple[str, ...]) -> str:
    """Return the HMAC-SHA-256 of a text in hexadecimal, keyed for this `purpose` from the newest of the portal's secrets."""
    return hmac.digest(_keys(purpose, secrets)[0], text.encode(), "sha256").hex()


def is_signed(text: str, signed: str, *, purpose: str, secrets: tuple[str, ...]) -> bool:
    """Tell whether `signed` is the signature of a text under any of the portal's secrets, in constant time for each."""
    given = signed.encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex().encode(), given) for key in _keys(purpose, secrets))
