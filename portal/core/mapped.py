"""One number that every process of the machine shares: eight bytes of a file in the data folder, mapped by each.

A change is seen by the next reading anywhere, and reading costs no I/O (decision record 003).
"""

import mmap
import os
import struct
import threading

from portal.conf import conf

_lock = threading.Lock()


class MappedNumber:
    """The number in `file` of the data folder, zero at first; `kind` is its format in `struct`'s notation, eight bytes long."""

    def __init__(self, file: str, kind: str) -> None:
        self._file = file
        self._format = struct.Struct(kind)
        self._maps: dict[str, mmap.mmap] = {}

    def read(self) -> float:
        """Return the number; an int where `kind` is one."""
        found: float = self._format.unpack_from(self._mapped())[0]
        return found

    def write(self, number: float) -> None:
        """Set the number for every process."""
        self._format.pack_into(self._mapped(), 0, number)

    def _mapped(self) -> mmap.mmap:
        folder = str(conf.data_dir)
        mapped = self._maps.get(folder)
        if mapped is None:
            path = conf.data_dir / self._file
            with _lock:
                path.parent.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
                try:
                    if os.fstat(descriptor).st_size < self._format.size:
                        os.ftruncate(descriptor, self._format.size)
                    mapped = self._maps[folder] = mmap.mmap(descriptor, self._format.size)
                finally:
                    os.close(descriptor)
        return mapped
