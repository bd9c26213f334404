"""Ends what an earlier run of this folder left behind when all its processes were killed."""

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from notifications_platform.runtime.processes import command_line, signal_group
from notifications_platform.runtime.state import clear_state, read_state


def end_leftovers() -> None:
    """Kill the groups noted in the state file, as far as they are still this folder's.

    Only for who holds the folder's lock. Numbers are used again after a reboot: a group
    counts as ours when each of its processes runs this very Python.
    """
    state = read_state()
    for group in state.processes.values() if state else ():
        members = [command_line(pid) for pid in _members(group)]
        if members and all(sys.executable in command for command in members):
            signal_group(group, signal.SIGKILL)
    clear_state()


def _members(group: int) -> list[int]:
    if Path("/proc/self/stat").exists():
        return [
            pid
            for pid, its_group in map(_from_proc, Path("/proc").glob("[0-9]*"))
            if its_group == group
        ]
    listed = subprocess.run(
        ["ps", "-axo", "pid=,pgid="],  # noqa: S607 (its place differs by system)
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    return [
        int(pid)
        for pid, its_group in zip(listed[::2], listed[1::2], strict=False)
        if int(its_group) == group
    ]


def _from_proc(folder: Path) -> tuple[int, int]:
    """A process and its group; group 0 when it has just gone."""
    with suppress(OSError, ValueError, IndexError):
        # The name stands in parentheses and may hold anything; state, parent, group follow it.
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        return int(folder.name), int(fields[2])
    return 0, 0
