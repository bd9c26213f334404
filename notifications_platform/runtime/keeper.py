"""Ends the children of a supervisor that was killed before it could do so itself.

The death signal of processes.py asks each child to stop, on Linux; a child of a child, or
one that hangs, needs more. A shell waits at a pipe: the pipe closes when the supervisor is
gone, however it went.
"""

import subprocess
from collections.abc import Iterable
from contextlib import suppress

# Each line names the process groups there are now; the last one counts.
_SCRIPT = """
trap '' INT TERM HUP
groups=
while read -r line; do groups=$line; done
for group in $groups; do kill -TERM -"$group"; done
[ -z "$groups" ] || sleep 1
for group in $groups; do kill -KILL -"$group"; done
"""


class Keeper:
    def __init__(self) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def mind(self, groups: Iterable[int]) -> None:
        """Name the process groups to end if we die; none: there is nothing left to do."""
        if self._shell.stdin:
            with suppress(BrokenPipeError):
                self._shell.stdin.write(" ".join(map(str, groups)).encode() + b"\n")
                self._shell.stdin.flush()

    def dismiss(self) -> None:
        """All is ended already: let the shell go."""
        self.mind([])
        if self._shell.stdin:
            with suppress(BrokenPipeError):
                self._shell.stdin.close()
        self._shell.wait()
