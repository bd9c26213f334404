"""Processes that are kept alive, and ended with everything they started."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from notifications_platform.runtime.output import Output
from notifications_platform.runtime.processes import command_line, wait_until
from notifications_platform.runtime.services import Running, Service, planned_services

# Starts a child of its own, as web servers do, says both numbers and sleeps.
PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("started", os.getpid(), child.pid, flush=True)
time.sleep(60)
"""
# Dies with SIGKILL while a service of its own runs: a supervisor that was killed.
KILLED_SUPERVISOR = f"""
import os, pathlib, signal, sys, time
from notifications_platform.runtime.keeper import Keeper
from notifications_platform.runtime.output import Output
from notifications_platform.runtime.services import Running, Service
keeper = Keeper()
running = Running(Service("web", ["-c", {PARENT!r}], 1), pathlib.Path("."), Output())
running.start(os.environ)
keeper.mind([running.pid])
time.sleep(60)
"""


@pytest.fixture
def shown() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def running(shown):
    running = Running(Service("web", ["-c", PARENT], 1), Path.cwd(), Output(shown))
    running.start(os.environ)
    yield running
    running.end(0)


def test_lines_of_a_child_carry_its_name(running, shown):
    _numbers(shown, 1)

    assert shown.getvalue().startswith("web       | started ")


def test_a_dead_child_is_restarted_and_what_it_left_is_killed_first(running, shown):
    parent, grandchild = _numbers(shown, 1)
    os.kill(parent, signal.SIGKILL)

    assert wait_until(lambda: running.look_after(os.environ), seconds=5)

    assert _numbers(shown, 2)[0] != parent
    assert _is_gone(grandchild)
    assert "web ended (code -9), starts again in 0.5 s" in shown.getvalue()


def test_ending_a_child_ends_its_children_too(running, shown):
    parent, grandchild = _numbers(shown, 1)
    running.ask_to_stop()
    running.end(time.monotonic() + 5)

    assert _is_gone(parent)
    assert _is_gone(grandchild)


def test_a_killed_supervisor_leaves_nothing_behind_within_two_seconds():
    with subprocess.Popen(
        [sys.executable, "-c", KILLED_SUPERVISOR], stdout=subprocess.PIPE, text=True
    ) as supervisor:
        assert supervisor.stdout
        words = supervisor.stdout.readline().split()
        supervisor.kill()
    parent, grandchild = int(words[-2]), int(words[-1])

    assert wait_until(lambda: _is_gone(parent) and _is_gone(grandchild), seconds=2)


def test_counts_of_processes_follow_the_settings():
    names = [
        service.name
        for service in planned_services(
            {"HOST": "127.0.0.1", "PORT": "8000", "WORKERS": "3"}, sinks=True
        )
    ]

    assert names == ["sinks", "web", "worker-1", "worker-2", "worker-3", "beat"]


def _numbers(shown: io.StringIO, count: int) -> tuple[int, int]:
    """The numbers of the parent and its child, as last said, once said `count` times."""
    assert wait_until(lambda: shown.getvalue().count("started ") == count, seconds=5)
    words = [line for line in shown.getvalue().splitlines() if "started " in line][-1].split()
    return int(words[-2]), int(words[-1])


def _is_gone(pid: int) -> bool:
    # A zombie whom nobody collected yet has no command line any more.
    return wait_until(lambda: not command_line(pid), seconds=2)
