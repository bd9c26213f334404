"""What the platform's processes take of memory, by /proc (Linux).

RSS counts a page in every process that has it; PSS shares it out among them, so that a sum of
PSS is what the machine really gives. Both in megabytes of 2^20 bytes.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from benchmarks.platform import Platform

_PROC = Path("/proc")
_EVERY = 0.1
_MEGABYTE = 1024  # /proc tells kilobytes


@dataclass(frozen=True, slots=True)
class Memory:
    rss: float = 0.0
    pss: float = 0.0

    def __add__(self, other: "Memory") -> "Memory":
        return Memory(self.rss + other.rss, self.pss + other.pss)

    def __sub__(self, other: "Memory") -> "Memory":
        return Memory(self.rss - other.rss, self.pss - other.pss)

    def at_most(self, other: "Memory") -> "Memory":
        return Memory(max(self.rss, other.rss), max(self.pss, other.pss))


def by_role(platform: Platform) -> dict[str, Memory]:
    """Each process of the platform, with all that it started, under its name."""
    found: defaultdict[str, Memory] = defaultdict(Memory)
    for role, pid in _processes(platform):
        with suppress(OSError):  # it has just ended
            found[role] += _memory(pid)
    return dict(found)


class Watch:
    """The highest of each role while the `with` block runs, and what it was before."""

    def __init__(self, platform: Platform) -> None:
        self.before = by_role(platform)
        self.peak = dict(self.before)
        self._platform = platform
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._look()

    def growth(self) -> dict[str, Memory]:
        return {
            role: peak - self.before.get(role, Memory()) for role, peak in sorted(self.peak.items())
        }

    def _run(self) -> None:
        while not self._stop.wait(_EVERY):
            self._look()

    def _look(self) -> None:
        for role, memory in by_role(self._platform).items():
            self.peak[role] = memory.at_most(self.peak.get(role, Memory()))


@dataclass(slots=True)
class _Tree:
    children: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for entry in _PROC.iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    # The name in the middle may hold anything, brackets too.
                    words = (entry / "stat").read_text().rpartition(")")[2].split()
                    self.children[int(words[1])].append(int(entry.name))


def _processes(platform: Platform) -> Iterator[tuple[str, int]]:
    names = {pid: name for name, pid in platform.processes().items()}
    children = _Tree().children
    todo = [("supervisor", platform.supervisor)]
    while todo:
        role, pid = todo.pop()
        yield role, pid
        for child in children[pid]:
            of_supervisor = names.get(child) or _server(child)
            todo.append((of_supervisor if role == "supervisor" else role, child))


def _server(pid: int) -> str:
    """A child of the supervisor that is none of the platform's own processes."""
    with suppress(OSError):
        words = (_PROC / str(pid) / "cmdline").read_bytes()
        for mark, role in ((b"valkey", "broker"), (b"postgres", "database")):
            if mark in words.partition(b"\0")[0]:
                return role
    return "keeper"


def _memory(pid: int) -> Memory:
    sizes = {
        line.partition(":")[0]: int(line.split()[1])
        for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
    }
    return Memory(sizes["Rss"] / _MEGABYTE, sizes["Pss"] / _MEGABYTE)
