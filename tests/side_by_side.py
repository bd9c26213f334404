"""The whole suite in two halves at once: `python -m tests.side_by_side`.

Each half has a PostgreSQL and a Valkey of its own, as every run has. Their lines are told apart
by a name in front. Ends with code 1 when either half failed. To run some tests only, call pytest.
"""

import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

_TESTS = Path(__file__).parent
_SECOND = ("cases", "correspondence", "house")


def main() -> int:
    everything = sorted(path.name for path in _TESTS.iterdir() if (path / "__init__.py").exists())
    first = [name for name in everything if name not in _SECOND]
    halves = [_start(1, first), _start(2, [name for name in _SECOND if name in everything])]
    readers = [_follow(number, half.stdout) for number, half in enumerate(halves, 1) if half.stdout]
    codes = [half.wait() for half in halves]
    for reader in readers:
        reader.join()
    return 1 if any(codes) else 0


def _start(number: int, folders: list[str]) -> "subprocess.Popen[str]":
    paths = [str(_TESTS / name) for name in folders]
    return subprocess.Popen(
        # One cache each: they are written at the end.
        [sys.executable, "-m", "pytest", "-o", f"cache_dir=.pytest_cache/{number}", *paths],
        cwd=_TESTS.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _follow(number: int, lines: IO[str]) -> threading.Thread:
    def copy() -> None:
        for line in lines:
            sys.stdout.write(f"{number} | {line}")
            sys.stdout.flush()

    thread = threading.Thread(target=copy)
    thread.start()
    return thread


if __name__ == "__main__":
    sys.exit(main())
