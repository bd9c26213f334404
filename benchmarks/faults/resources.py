"""The database's disk is full, processes run out of file handles, or out of memory, under load.

A request may then be refused, clearly (503), or wait for a process that cannot take it; never
500. A log names the cause. Once the resource is back everything goes on by itself.
"""

import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import ledger
from benchmarks.faults import hurting, promises
from benchmarks.faults.arrivals import Arrivals
from benchmarks.faults.calling import number
from benchmarks.faults.outcome import Outcome
from benchmarks.orderer import Offer, Orderer
from benchmarks.platform import Platform, running_platform, running_sinks

_WARM_UP = 2.0
_LASTS = 4.0
_LAST = 2.0
_GIVE_UP = 120.0
_MEGABYTE = 2**20
_DISK = 640 * _MEGABYTE
_LARGE_ORDER = 10_000
_LARGE_ORDERS = 3
_LEFT_UNKNOWN = """
    SELECT count(*) FROM delivery_attempt AS attempt JOIN delivery_message AS message
        ON message.id = attempt.message_id
    WHERE attempt.result = 'unknown'
      AND (message.state <> 'claimed' OR attempt.number < message.attempts)
    """
_SETTINGS = {"DELIVERY_LEASE_SECONDS": str(promises.LEASE_SECONDS)}


@dataclass(frozen=True, slots=True)
class _Shortage:
    """`words`: one of them must stand in a log afterwards."""

    name: str
    arrange: Callable[[Platform], AbstractContextManager[None]]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Course:
    """`resumed`: seconds from the end of the shortage until an order placed then had arrived,
    None: not in time. `stalled`: no mail left in its last seconds; `named`: a log told the cause;
    `left_unknown`: attempts of which nobody wrote down what came of them.
    """

    name: str
    resumed: float | None
    named: bool
    stalled: bool
    refused: int
    unanswered: int
    left_unknown: int

    @property
    def is_unexplained(self) -> bool:
        """It hurt, and nobody could know why."""
        return bool(self.refused or self.unanswered or self.stalled) and not self.named


@contextmanager
def _limited(pids: list[int], what: int, allowed: Callable[[int], int]) -> Iterator[None]:
    """Each process may have no more of it than `allowed` says; afterwards what it had before."""
    before = {pid: resource.prlimit(pid, what) for pid in pids}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, what, (allowed(pid), hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            if hurting.is_alive(pid):
                resource.prlimit(pid, what, limits)


def _without_handles(*names: str) -> Callable[[Platform], AbstractContextManager[None]]:
    """What is open stays open; every number that the limit leaves is taken for good."""

    def arrange(platform: Platform) -> AbstractContextManager[None]:
        return _limited(_processes(platform, names), resource.RLIMIT_NOFILE, lambda _pid: 5)

    return arrange


def _without_memory(*names: str) -> Callable[[Platform], AbstractContextManager[None]]:
    def arrange(platform: Platform) -> AbstractContextManager[None]:
        return _limited(_processes(platform, names), resource.RLIMIT_AS, _used)

    return arrange


def _used(pid: int) -> int:
    """Bytes; nothing is left beyond what the process has put by for itself."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    return pages * resource.getpagesize()


@contextmanager
def _full_disk(platform: Platform) -> Iterator[None]:
    ballast = (platform.folder / "postgres").resolve() / "ballast"
    subprocess.run(
        ["dd", "if=/dev/zero", f"of={ballast}", "bs=64k", "status=none"],  # noqa: S607
        check=False,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        ballast.unlink()


_HANDLES = ("Too many open files", "EMFILE", "os error 24")
_MEMORY = ("MemoryError", "Cannot allocate memory", "can't start new thread", "out of memory")
_HANDLES_OF_WEB = _Shortage("handles of web", _without_handles("web"), _HANDLES)
_HANDLES_OF_WORKERS = _Shortage("handles of workers", _without_handles("worker"), _HANDLES)
_MEMORY_OF_WORKERS = _Shortage("memory of workers", _without_memory("worker"), _MEMORY)
_MEMORY_OF_WEB = _Shortage("memory of web", _without_memory("web"), _MEMORY)
_DISK_OF_DATABASE = _Shortage(
    "disk of the database", _full_disk, ("No space left on device", "DiskFull", "disk is full")
)


def measure(*, short: bool, seed: int) -> Outcome:  # noqa: ARG001 nothing is left to chance here
    shortages = [_HANDLES_OF_WEB]
    if not short:
        shortages += [_HANDLES_OF_WORKERS, _MEMORY_OF_WEB, _MEMORY_OF_WORKERS]
    with ExitStack() as stack:
        prepare = None
        if not short and (disk := stack.enter_context(_small_disk())):
            prepare = _on(disk)
            shortages.append(_DISK_OF_DATABASE)
        folder = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="notifications-platform-faults-")
        )
        sinks = stack.enter_context(running_sinks(keep_in=Path(folder)))
        platform = stack.enter_context(running_platform(sinks, prepare, **_SETTINGS))
        with Orderer(platform, Offer(bulk=200, most_waiting=400)) as orderer:
            time.sleep(_WARM_UP)
            courses = [_hurt(platform, orderer, shortage) for shortage in shortages]
        promises.settle(platform)
        found = ledger.compare(platform, orderer)
    figures = {
        **promises.figures_of(found),
        "skipped": "" if prepare or short else "disk of the database: no right to mount one",
        "refused_503": {course.name: course.refused for course in courses},
        "unanswered": {course.name: course.unanswered for course in courses},
        "left_unknown": {course.name: course.left_unknown for course in courses},
        "stalled": [course.name for course in courses if course.stalled],
        "named_in_a_log": [course.name for course in courses if course.named],
        "resumed_s": {course.name: course.resumed for course in courses},
    }
    broken = [
        *promises.broken_in(found, in_flight=found.unknown_attempts),
        *promises.surprises_in(orderer),
        *(f"{one.name}: no log names the cause" for one in courses if one.is_unexplained),
        *(f"{one.name}: nothing went on by itself" for one in courses if one.resumed is None),
    ]
    return Outcome(row="resources", figures=figures, broken=broken)


def _hurt(platform: Platform, orderer: Orderer, shortage: _Shortage) -> _Course:
    told, asked = len(platform.log()), len(orderer.answers)
    unknown = number(platform, _LEFT_UNKNOWN)
    with shortage.arrange(platform):
        until = time.monotonic() + _LASTS
        for _ in range(_LARGE_ORDERS):
            orderer.order_mails(_LARGE_ORDER)
        time.sleep(max(0.0, until - time.monotonic()))
        taken = platform.sinks.mail.taken()
        time.sleep(_LAST)
        stalled = platform.sinks.mail.taken() == taken
    returned, resumed = time.time(), _resumed(platform, orderer)
    # By then what a worker gave up is somebody else's.
    time.sleep(promises.LEASE_SECONDS + 1)
    answers = [answer for answer in orderer.answers[asked:] if answer.at <= returned]
    logs = platform.log()[told:] + _database_log(platform)
    course = _Course(
        shortage.name,
        resumed,
        named=any(word in logs for word in shortage.words),
        stalled=stalled,
        refused=sum(answer.status == 503 for answer in answers),
        unanswered=sum(answer.status == 0 for answer in answers),
        left_unknown=number(platform, _LEFT_UNKNOWN) - unknown,
    )
    went_on = "never" if resumed is None else f"{resumed:.1f} s after its return"
    print(f"  {shortage.name}: went on {went_on}", flush=True)
    return course


def _resumed(platform: Platform, orderer: Orderer) -> float | None:
    """Seconds until an order placed from now on is accepted and has arrived."""
    began, arrivals = time.time(), Arrivals(platform.sinks.mail)
    while time.time() - began < _GIVE_UP:
        placed = orderer.order_mails(1)
        if placed and placed[0].status == 202:
            came = arrivals.wait_for(placed[1], seconds=_GIVE_UP)
            return came and round(came - began, 1)
        time.sleep(0.2)
    return None


def _processes(platform: Platform, names: tuple[str, ...]) -> list[int]:
    """Those of these names, with what they started."""
    firsts = [pid for name, pid in platform.processes().items() if name.startswith(names)]
    return firsts + [child for pid in firsts for child in hurting.children(pid)]


def _database_log(platform: Platform) -> str:
    return (platform.folder / "log" / "postgres.log").read_text(errors="replace")


@contextmanager
def _small_disk() -> Iterator[Path | None]:
    """A disk of its own for the database, in memory; None without the right to mount one."""
    place = Path(tempfile.mkdtemp(prefix="notifications-platform-disk-"))
    options = f"size={_DISK},mode=0755"
    mount = ["mount", "-t", "tmpfs", "-o", options, "none", str(place)]
    mounted = bool(shutil.which("mount")) and (
        subprocess.run(mount, check=False, capture_output=True).returncode == 0
    )
    try:
        yield place if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", str(place)], check=True)  # noqa: S607
        place.rmdir()


def _on(disk: Path) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        (folder / "postgres").symlink_to(disk)

    return prepare
