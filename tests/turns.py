"""Lets several runs of pytest share a suite: each takes the next file that no other has taken.

A pytest plugin, for tests/side_by_side.py: `-p tests.turns --turns FOLDER`. Every run collects
the same tests; a file's are run by whoever is first to put the file's name into `FOLDER`. Some
folders are taken whole. What fails is also noted there, shortly, in `<process>.failed`.
"""

import os
from collections.abc import Iterator
from itertools import chain, groupby, pairwise
from pathlib import Path

import pytest

_LINES = 15
# Their files share what takes long to start, such as a whole platform.
_TOGETHER = ("browser",)
# They take long, or wait for processes most of the time: begun last, nothing would be left to do
# meanwhile.
_EARLY = ("browser", "test_make_run.py", "test_starting.py", "test_postgres.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--turns", type=Path, help="folder of the runs that share the suite")


def pytest_configure(config: pytest.Config) -> None:
    if folder := config.getoption("turns"):
        config.pluginmanager.register(Turns(folder))


class Turns:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """As pytest's own loop, over those tests that are this run's to do."""
        if session.testsfailed or session.config.option.collectonly:
            return None  # pytest says what could not be collected
        # What a test leaves set up depends on the next one of this run.
        ours: Iterator[pytest.Item | None] = chain(self._ours(session.items), [None])
        for item, following in pairwise(ours):
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
        return True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report, "collecting")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report, report.when)

    def _ours(self, items: list[pytest.Item]) -> Iterator[pytest.Item]:
        turns = [(path, list(tests)) for path, tests in groupby(items, _taken_as)]
        turns.sort(key=lambda turn: turn[0].name not in _EARLY)
        for number, (path, tests) in enumerate(turns):
            # A file comes more than once: its tests without a database stand apart.
            if self._is_first(f"{path.stem}-{number}"):
                yield from tests

    def _is_first(self, name: str) -> bool:
        try:
            (self._folder / name).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def _note(self, report: pytest.CollectReport | pytest.TestReport, when: str) -> None:
        if report.failed:
            last = report.longreprtext.splitlines()[-_LINES:]
            with (self._folder / f"{os.getpid()}.failed").open("a") as notes:
                notes.write("\n".join([f"FAILED {report.nodeid} ({when})", *last, "", ""]))


def _taken_as(item: pytest.Item) -> Path:
    """Whoever takes this path runs the test."""
    return item.path.parent if item.path.parent.name in _TOGETHER else item.path
