"""The whole suite in two runs at once: `python -m tests.side_by_side`.

Each has a PostgreSQL and a Valkey of its own, as every run has, and takes the next file when it
is done with one (tests/turns.py). Their lines are told apart by a number in front; what failed
is said again at the end, in short. Ends with code 1 when anything failed. To run some tests only,
call pytest.
"""

import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO

_TESTS = Path(__file__).parent
_RUNS = (1, 2)
_MOST_LINES = 200
_COUNTED = re.compile(r"(\d+) (passed|failed|skipped|error)")


class Run:
    """One of the runs, from its start on."""

    def __init__(self, number: int, folder: Path, arguments: Sequence[str]) -> None:
        self._number, self._folder = number, folder
        self._began = time.monotonic()
        self._last = ""
        # One cache each: they are written at the end.
        cache = ("-o", f"cache_dir=.pytest_cache/{number}")
        shared = ("-p", "tests.turns", "--turns", str(folder))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *cache, *shared, *arguments],
            cwd=_TESTS.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout
        self._reader = threading.Thread(target=self._copy, args=[self._process.stdout])
        self._reader.start()

    def ended_well(self) -> bool:
        """Waits for the end."""
        self._reader.join()
        return self._process.wait() == 0

    def counts(self) -> Counter[str]:
        return Counter({kind: int(number) for number, kind in _COUNTED.findall(self._last)})

    def failures(self) -> list[str]:
        """Lines about each test that failed."""
        noted = self._folder / f"{self._process.pid}.failed"
        lines = noted.read_text().splitlines() if noted.exists() else []
        return [*lines, f"The run ended with code {self._process.returncode}: {self._last}"]

    def _copy(self, output: IO[str]) -> None:
        for line in output:
            self._last = line.strip() or self._last
            _say(f"{self._number} | {line.rstrip()}")
        _say(f"{self._number} | after {time.monotonic() - self._began:.0f} s")


def main(arguments: Sequence[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="notifications-platform-turns-") as folder:
        runs = [Run(number, Path(folder), arguments) for number in _RUNS]
        failed = [run for run in runs if not run.ended_well()]
        for run in failed:
            _say("\n".join(["", *run.failures()[-_MOST_LINES:]]))
    counts = sum((run.counts() for run in runs), Counter[str]())
    wrong = counts["failed"] + counts["error"]
    _say(f"\n{counts['passed']} passed, {wrong} failed, {counts['skipped']} skipped")
    return 1 if failed else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [str(_TESTS)]))
