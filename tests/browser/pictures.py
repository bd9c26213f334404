"""Makes the screenshots of the README anew: `make pictures`.

From a platform as `make run` starts it, with a few more messages so that there is something to
see. Looked at by people; no test compares them.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from notifications_platform.runtime.state import ROOT
from tests.browser import chromium
from tests.browser.conftest import LAPTOP, PHONE
from tests.browser.desk import PASSWORD, Desk
from tests.terminal import Terminal

FOLDER = ROOT / "docs" / "img"
_WITHIN = 10.0


def main() -> None:
    with _platform() as terminal, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=["--no-sandbox"])
        desk = _desk(browser, terminal, LAPTOP)
        _let_something_happen(desk)
        desk.page.goto("/admin/")
        _take(desk, "back-office-overview")
        desk.find("refuse@demo.example")
        _take(desk, "back-office-search")
        desk.page.locator(".bo-hit-words").first.click()
        _take(desk, "back-office-message")
        phone = _desk(browser, terminal, PHONE)
        phone.page.goto(desk.page.url)
        _take(phone, "back-office-phone")
        browser.close()


@contextmanager
def _platform() -> Iterator[Terminal]:
    with tempfile.TemporaryDirectory(prefix="notifications-platform-pictures-") as folder:
        Path(folder).chmod(0o711)  # as root, PostgreSQL's own user has to get through
        terminal = Terminal(Path(folder), ORDERS_SMS_HOURS="0-24")
        try:
            terminal.wait_for("Try it:\n")
            yield terminal
        finally:
            terminal.stop()


def _desk(browser: Browser, terminal: Terminal, size: tuple[int, int]) -> Desk:
    context = browser.new_context(
        base_url=terminal.url, locale="en", viewport={"width": size[0], "height": size[1]}
    )
    desk = Desk(terminal, context.new_page())
    desk.page.goto("/admin/")
    desk.give_password("operator", PASSWORD)
    return desk


def _let_something_happen(desk: Desk) -> None:
    for number in range(12):
        address = "refuse" if number % 4 == 0 else f"receiver{number}"
        desk.place(
            {
                "notificationChannel": "Email",
                "sendersReference": f"case-{2030 + number}",
                "recipients": [{"emailAddress": f"{address}@demo.example"}],
                "emailTemplate": {"subject": "A new letter", "body": "Log in to read it."},
            }
        )
    desk.wait_until_found("receiver11@demo.example", "sent")
    time.sleep(_WITHIN)  # until the overview's figures are of now


def _take(desk: Desk, name: str) -> None:
    desk.page.wait_for_load_state("networkidle")
    desk.page.screenshot(path=FOLDER / f"{name}.png")
