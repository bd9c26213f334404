"""A stranger at the support desk, who does what docs/ten-questions.md says and nothing else."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import pytest
from playwright.sync_api import expect

from notifications_platform.runtime.state import ROOT
from tests.browser.conftest import NewDesk
from tests.browser.desk import Desk
from tests.terminal import Terminal

PAGE = ROOT / "docs" / "ten-questions.md"
_TERM = r"`([^`]+)`"
_WORDS = r"“([^”]+)”"


class Question(NamedTuple):
    title: str
    steps: Sequence[str]


def questions() -> Iterator[Question]:
    for part in PAGE.read_text().split("\n## ")[1:]:
        title, _, rest = part.partition("\n")
        yield Question(title, re.findall(r"^\d+\. (.+)$", rest, re.MULTILINE))


@pytest.fixture(scope="module")
def prepared(terminal: Terminal) -> None:
    """What the page's shell lines make."""
    (lines,) = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    subprocess.run(
        [  # noqa: S607 - the page's own words
            "bash",
            "-euc",
            lines.replace("http://127.0.0.1:8000", terminal.url),
        ],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(terminal.folder)},
        check=True,
        capture_output=True,
        timeout=120,
    )


def search(desk: Desk, term: str) -> None:
    desk.find(term)


def find(desk: Desk, term: str) -> None:
    desk.search_list(term)


def go_to(desk: Desk, name: str) -> None:
    """By the menu at the side."""
    desk.page.locator("#nav-sidebar").get_by_role("link", name=name, exact=True).click()


def open_(desk: Desk, words: str) -> None:
    """A link that says so among others; workers may need a moment until it does."""
    link = desk.page.locator("#main, main").get_by_role("link", name=words).first
    desk.wait_for(link)
    link.click()


def press(desk: Desk, name: str) -> None:
    if name == "CSV":
        with desk.page.expect_download() as download:
            desk.press(name)
        assert download.value.suggested_filename.endswith(".csv")
    else:
        desk.press(name)


def choose_all(desk: Desk, verb: str) -> None:
    desk.choose_all(verb)


def write(desk: Desk, text: str, label: str) -> None:
    desk.page.get_by_label(label).first.fill(text)


def choose(desk: Desk, option: str, label: str) -> None:
    desk.page.get_by_label(label).first.select_option(option)


def see(desk: Desk, words: str) -> None:
    desk.see(words)


GRAMMAR: Sequence[tuple[str, Callable[..., None]]] = (
    (f"Search everything for {_TERM}", search),
    (f"Find {_TERM}", find),
    (f"Go to {_WORDS}", go_to),
    (f"Open {_WORDS}", open_),
    (f"Press {_WORDS}", press),
    (f"Tick all rows, and choose {_WORDS}", choose_all),
    (f"Choose {_WORDS} under {_WORDS}", choose),
)


def follow(desk: Desk, step: str) -> None:
    for pattern, act in GRAMMAR:
        if match := re.match(pattern, step):
            act(desk, *match.groups())
            return
    if step.startswith("Write "):
        for text, label in re.findall(f"{_TERM} under {_WORDS}", step):
            write(desk, text, label)
        return
    # Whatever else is said tells what is to be seen.
    for words in re.findall(_WORDS, step):
        see(desk, words)


def test_there_are_ten() -> None:
    assert len(list(questions())) == 10
    assert all(question.steps for question in questions())


@pytest.mark.parametrize("question", list(questions()), ids=lambda question: question.title[:40])
def test_it_takes_these_clicks(question: Question, prepared: None, new_desk: NewDesk) -> None:
    desk = new_desk("operator")
    desk.page.goto("/admin/")
    for step in question.steps:
        follow(desk, step)
    expect(desk.page.locator("body")).not_to_contain_text("Server Error")
