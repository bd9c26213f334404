"""A member of the staff at a browser window: what they do, in the words that the pages show."""

import re
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

import requests
from playwright.sync_api import Locator, Page, expect

from tests.staff import code_of
from tests.terminal import Terminal

PASSWORD = "sandbox-demo"
_PATIENCE = 60.0
_SCOPE = "altinn:serviceowner/notifications.create"


class Desk:
    """`secrets` of second factors by user name: who has set one up keeps it."""

    secrets: dict[str, str] = {}

    def __init__(self, terminal: Terminal, page: Page) -> None:
        self.terminal = terminal
        self.page = page

    # --- getting in -----------------------------------------------------------------------
    def log_in(self, name: str) -> None:
        """With password and code; at the very first time, with setting the second factor up."""
        self.page.goto("/admin/")
        self.give_password(name)
        if name in self.secrets:
            self.give_code(code_of(self.secrets[name]))
        else:
            self.set_up_second_factor(name)
        expect(self.page).to_have_url(re.compile("/admin/$"))

    def give_password(self, name: str, password: str = PASSWORD) -> None:
        self.page.locator("#id_username").fill(name)
        self.page.locator("#id_password").fill(password)
        self.page.locator("#id_password").press("Enter")

    def set_up_second_factor(self, name: str) -> None:
        secret = self.page.locator(".bo-secret").inner_text()
        self.secrets[name] = re.sub(r"\s", "", secret)
        self.give_code(code_of(self.secrets[name]))
        self.press("I have kept them")

    def give_code(self, code: str) -> None:
        self.page.locator("#id_code").fill(code)
        self.page.locator("#id_code").press("Enter")

    # --- looking --------------------------------------------------------------------------
    def find(self, term: str) -> None:
        """By the one search box, which is on every page."""
        if not self.page.url.startswith(self.terminal.url):
            self.page.goto("/admin/")
        box = self.page.locator("#bo-search-term")
        box.fill(term)
        with self.page.expect_navigation():
            box.press("Enter")

    def headline(self) -> Locator:
        return self.page.locator(".bo-headline")

    def see(self, words: str) -> None:
        expect(self.page.locator("body")).to_contain_text(words)

    def press(self, name: str) -> None:
        """The button of this name, else the link; before it there may be an icon."""
        named = re.compile(rf"(^|\s){re.escape(name)}$")
        button = self.page.get_by_role("button", name=named)
        link = self.page.get_by_role("link", name=named)
        expect(link.or_(button).first).to_be_visible()
        (button if button.count() else link).first.click()

    def wait_for(self, there: Locator) -> None:
        """Loading the page again, as long as workers may need."""
        until = time.monotonic() + _PATIENCE
        while not there.count() and time.monotonic() < until:
            time.sleep(0.3)
            self.page.reload()
        expect(there).to_be_visible()

    def wait_until_found(self, term: str, words: str) -> None:
        """Searching again, as long as workers may need."""
        until = time.monotonic() + _PATIENCE
        self.find(term)
        while words not in self.page.locator("body").inner_text() and time.monotonic() < until:
            time.sleep(0.3)
            self.page.reload()
        self.see(words)

    def search_list(self, term: str) -> None:
        """By the search of the list that is open."""
        box = self.page.get_by_role("searchbox", name="Find")
        box.fill(term)
        with self.page.expect_navigation():
            box.press("Enter")

    def choose_all(self, verb: str) -> None:
        """Every row that the list shows, for this verb."""
        self.page.locator("#action-toggle").check()
        self.page.locator("select[name=action]").select_option(label=verb)
        self.press("Run")

    def is_scrolled_sideways(self) -> bool:
        wider: bool = self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
        )
        return wider

    # --- what clients of the APIs do meanwhile --------------------------------------------
    def place(self, order: Mapping[str, Any], *, client: str = "ttd") -> str:
        """The id of an order that was taken."""
        answer = requests.post(
            f"{self.terminal.url}/notifications/api/v1/orders",
            json=order,
            headers={"Authorization": f"Bearer {_token(self.terminal, client)}"},
            timeout=30,
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["orderId"])

    def arrived(self, channel: str, to: str) -> list[Mapping[str, Any]]:
        """What the sandbox's mailbox, or telephone, has got."""
        answer = requests.get(
            f"{self.terminal.url}/sandbox/api/v1/outbox",
            params={"channel": channel, "to": to},
            timeout=30,
        )
        return list(answer.json())


@cache
def _token(terminal: Terminal, client: str) -> str:
    """Good for an hour; asking for it starts a process."""
    return terminal.manage(f"token --client {client} --scope {_SCOPE}")
