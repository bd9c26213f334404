"""What the terminal shows: steps with their times, and the children's lines with a prefix."""

import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

_FIRST_WORD_AFTER = 2.0
_NEXT_WORD_AFTER = 5.0
_KEPT_LINES = 15


class Output:
    """Writes whole lines, from any thread; a reader that has gone away is no reason to stop."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stdout
        self._lock = threading.Lock()

    def line(self, text: str = "") -> None:
        with self._lock:
            try:
                self._stream.write(f"{text}\n")
                self._stream.flush()
            except (OSError, ValueError):
                return

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Names a step once it is done, and while it takes longer than two seconds."""
        began = time.monotonic()
        over = threading.Event()
        watcher = threading.Thread(target=self._keep_telling, args=(text, over), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()
        self.line(f"  ok  {text} ({time.monotonic() - began:.1f} s)")

    def _keep_telling(self, text: str, over: threading.Event) -> None:
        passed, pause = 0.0, _FIRST_WORD_AFTER
        while not over.wait(pause):
            passed += pause
            self.line(f"  ..  {text}: {passed:.0f} s so far")
            pause = _NEXT_WORD_AFTER


class PrefixedLog:
    """Passes a child's lines on with its name before them, and remembers the last ones."""

    def __init__(self, name: str, width: int, output: Output) -> None:
        self._prefix = name.ljust(width)
        self._output = output
        self._last: deque[str] = deque(maxlen=_KEPT_LINES)

    def follow(self, pipe: IO[bytes]) -> None:
        """Read `pipe` in a thread of its own until the last holder has closed it."""
        threading.Thread(target=self._pass_on, args=(pipe,), daemon=True).start()

    def tail(self) -> str:
        return "\n".join(f"    {line}" for line in self._last)

    def _pass_on(self, pipe: IO[bytes]) -> None:
        with pipe:
            for raw in pipe:
                line = raw.decode(errors="replace").rstrip()
                if line:
                    self._last.append(line)
                    self._output.line(f"{self._prefix} | {line}")
