"""The only clock: real time plus an offset that a trainer moves.

The offset lives in eight bytes of a file that every process of the machine maps, so that a change is seen by the next call
anywhere and reading costs no I/O (decision record 003).
"""

import mmap
import os
import struct
import threading
from datetime import UTC, datetime, timedelta

from portal.conf import conf

_FORMAT = struct.Struct("<d")
_lock = threading.Lock()
_maps: dict[str, mmap.mmap] = {}


def _offset_map() -> mmap.mmap:
    folder = str(conf.data_dir)
    mapped = _maps.get(folder)
    if mapped is None:
        path = conf.data_dir / "clock-offset"
        with _lock:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                if os.fstat(descriptor).st_size < _FORMAT.size:
                    os.ftruncate(descriptor, _FORMAT.size)
                mapped = _maps[folder] = mmap.mmap(descriptor, _FORMAT.size)
            finally:
                os.close(descriptor)
    return mapped


def offset() -> timedelta:
    """Return how far the simulated clock is ahead of real time; always zero unless training is on."""
    if not conf.training:
        return timedelta(0)
    return timedelta(seconds=_FORMAT.unpack_from(_offset_map())[0])


def now() -> datetime:
    """Return the simulated time, aware, in UTC."""
    return datetime.now(UTC) + offset() if conf.training else datetime.now(UTC)


def advance(by: timedelta) -> None:
    """Move the simulated clock by `by`, which may be negative, for every process of this machine."""
    moved = offset() + by
    datetime.now(UTC) + moved  # an offset that leaves the calendar raises OverflowError before it is stored
    _FORMAT.pack_into(_offset_map(), 0, moved.total_seconds())


def reset() -> None:
    """Put the simulated clock back to real time."""
    _FORMAT.pack_into(_offset_map(), 0, 0.0)
