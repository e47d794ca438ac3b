"""CPU time, memory and environment of processes, from the kernel's accounting (proc(5))."""

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pids: list[int]) -> float:
    """Return user and system CPU seconds that these processes have used, ended threads included; resolution 10 ms."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended between being listed and being read
        total += int(fields[11]) + int(fields[12])
    return total / _TICK


def resident_bytes(pids: list[int]) -> int:
    """Return the resident memory of these processes together."""
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE for pid in pids)


def environment_of(pid: int) -> dict[str, str]:
    """Return the environment that a process was started in; raises OSError where it is gone or somebody else's."""
    pairs = (entry.partition("=") for entry in os.fsdecode(Path(f"/proc/{pid}/environ").read_bytes()).split("\0") if entry)
    return {name: value for name, _, value in pairs}


def called(name: str) -> list[int]:
    """Return the processes called `name`, such as `postgres`."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "comm").read_text().strip() == name:
                found.append(int(entry.name))
        except OSError:
            continue  # it ended while the list was read
    return found
