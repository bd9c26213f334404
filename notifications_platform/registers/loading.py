"""Loading a registers file (runtime contract 4): all of it, or nothing.

Each list of the file has a loader. The kernel brings those of its own tables; an app whose
tables hold a list hands in its loader at start, so that the kernel knows no app.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils.module_loading import import_string

from notifications_platform.registers import files
from notifications_platform.registers.findings import BadFile, Finding, Findings
from notifications_platform.registers.records import Record
from notifications_platform.registers.storing import Counts, Row

_BATCH = 1000
_ENOUGH_PROBLEMS = 20
_LOADING_LOCK = 0x7265_6769_7374  # any number that no other advisory lock uses


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """How the records of one list become rows.

    `read` takes a record's fields; what it refuses is not stored. `keys` answers what no two
    records of a file may share, each as (field to name, value); of the record itself where the
    field is empty. `store` writes a batch in the transaction at hand, each row replacing the
    stored one whole. `clashes`, asked once at the end, answers what no two stored rows may
    share but do, as sentences without personal data.
    """

    read: Callable[[Record], Row]
    keys: Callable[[Row], Iterable[tuple[str, Hashable]]]
    store: Callable[[Sequence[Row]], Counts]
    clashes: Callable[[], Iterable[str]] = lambda: ()


@dataclass(frozen=True, slots=True)
class Report:
    """What a load did, per list of the file in its order, and what looked odd on the way: the
    first of the doubts, and how many there were.
    """

    counts: Mapping[str, Counts]
    doubts: Sequence[Finding]
    doubt_count: int


_loaders: dict[str, str] = {}


def register_loader(list_name: str, loader: str) -> None:
    """Let the Loader at this dotted path take the records of `list_name`. Called at start,
    by each app for the lists that its own tables hold.
    """
    _loaders[list_name] = loader


def load(path: Path) -> Report:
    """Load the file in one transaction; lists that it leaves out are untouched.

    Raises BadFile, with every problem up to a fair number and nothing changed, and OSError
    when the file cannot be read. Two loads at a time take turns.
    """
    text = files.decoded(path.read_bytes())
    with transaction.atomic():
        _wait_for_turn()
        intake = _Intake()
        for item in files.walk(text):
            intake.take(item)
        intake.finish()
    return intake.report()


@dataclass(slots=True)
class _List:
    """What of one list was read so far."""

    loader: Loader
    rows: list[Row] = field(default_factory=list)
    seen: dict[Hashable, tuple[int, str]] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    line: int = 1


class _Intake:
    def __init__(self) -> None:
        self._lists: dict[str, _List] = {}
        self._findings = Findings()

    def take(self, item: files.ListStart | files.Entry) -> None:
        self._findings.line = item.line
        if isinstance(item, files.ListStart):
            self._open(item)
        elif item.list_name in self._lists:
            self._read(item, self._lists[item.list_name])
        if len(self._findings.problems) >= _ENOUGH_PROBLEMS:
            raise BadFile(self._findings.problems)

    def finish(self) -> None:
        """Store what is left. Raises BadFile when anything was wrong."""
        for name, a_list in self._lists.items():
            self._store(a_list)
            self._findings.line = a_list.line
            if not self._findings.problems:
                for clash in a_list.loader.clashes():
                    self._findings.problem(f"$.{name}", clash)
        if self._findings.problems:
            raise BadFile(self._findings.problems)

    def report(self) -> Report:
        counts = {name: a_list.counts for name, a_list in self._lists.items()}
        return Report(counts, self._findings.doubts, self._findings.doubt_count)

    def _open(self, start: files.ListStart) -> None:
        name = start.list_name
        if name in self._lists:
            self._findings.problem(f"$.{name}", "stands twice; put its records into one list")
        elif name not in _loaders:
            known = ", ".join(_loaders)
            self._findings.problem(f"$.{name[:60]}", f"is an unknown list; the lists are: {known}")
        else:
            loader: Any = import_string(_loaders[name])
            self._lists[name] = _List(loader, line=start.line)

    def _read(self, entry: files.Entry, a_list: _List) -> None:
        before = len(self._findings.problems)
        record = Record(entry.value, entry.path, self._findings)
        row = a_list.loader.read(record)
        record.close()
        if len(self._findings.problems) > before:
            return
        here = (entry.line, entry.path)
        for name, value in a_list.loader.keys(row):
            line, path = a_list.seen.setdefault(value, here)
            if path != entry.path:
                where = f"{entry.path}.{name}" if name else entry.path
                text = f"is the same as in {path} on line {line}; keep one of the two"
                self._findings.problem(where, text)
        a_list.rows.append(row)
        if len(a_list.rows) >= _BATCH:
            self._store(a_list)

    def _store(self, a_list: _List) -> None:
        # With a problem found nothing will be kept, so nothing more is written either.
        if a_list.rows and not self._findings.problems:
            a_list.counts += a_list.loader.store(a_list.rows)
        a_list.rows.clear()


def _wait_for_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOADING_LOCK])
