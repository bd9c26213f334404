"""A running platform, and browsers of its staff.

The platform is `make run`'s: web, workers and scheduler as processes, sinks that mails and SMS
arrive in. Tests reach it as people do, and as API clients do; none looks into its database.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, StorageState, expect, sync_playwright

from tests.browser import chromium
from tests.browser.desk import Desk
from tests.terminal import Terminal

# Pages are small and the machine may be busy: slow is not wrong.
PATIENCE_MS = 20_000
LAPTOP = (1280, 800)
PHONE = (375, 800)

NewDesk = Callable[..., Desk]


# Not longer than these tests: a platform has things to do even when nobody wants anything.
@pytest.fixture(scope="package")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    folder = tmp_path_factory.mktemp("browsed")
    terminal = Terminal(folder, STAFF_SECOND_FACTOR="1", ORDERS_SMS_HOURS="0-24")
    try:
        terminal.wait_for("Try it:\n")
        yield terminal
    finally:
        if terminal.process.poll() is None:
            terminal.stop()


# Nor longer than these: while its loop runs, Django takes the thread for an asynchronous one.
@pytest.fixture(scope="package")
def chrome() -> Iterator[Browser]:
    try:
        path = chromium.path()
    except chromium.NoBrowser as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        # Root, as in a container, has no sandbox; the pages are our own.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def new_desk(chrome: Browser, terminal: Terminal) -> Iterator[NewDesk]:
    """Makes a desk: a browser window, of somebody who is logged in if there is a name."""
    contexts: list[BrowserContext] = []

    def make(
        name: str = "",
        *,
        language: str = "en",
        viewport: tuple[int, int] = LAPTOP,
        dark: bool = False,
    ) -> Desk:
        context = chrome.new_context(
            base_url=terminal.url,
            locale=language,
            viewport={"width": viewport[0], "height": viewport[1]},
            color_scheme="dark" if dark else "light",
            storage_state=logged_in(name) if name else None,
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return Desk(terminal, context.new_page())

    def logged_in(name: str) -> StorageState:
        """A code lets in once, so everybody logs in once."""
        if name not in _sessions:
            desk = make()
            desk.log_in(name)
            _sessions[name] = desk.page.context.storage_state()
        return _sessions[name]

    yield make
    for context in contexts:
        context.close()


_sessions: dict[str, StorageState] = {}
