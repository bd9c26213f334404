"""Whether everybody can use a page: what axe finds on it, and whether it fits a phone, with its
words whole.
"""

from collections.abc import Iterable, Iterator

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_WCAG_21_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
_RULES = {"resultTypes": ["violations"], "runOnly": _WCAG_21_AA}


def obstacles(page: Page) -> list[str]:
    """What keeps somebody out of the page that is open: one line for each element."""
    found = [
        f"{page.url}: {violation['id']} ({violation['impact']}): {node['html'][:200]}"
        for violation in Axe().run(page, options=_RULES).response["violations"]
        for node in violation["nodes"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append(f"{page.url}: wider than its window")
    found += [f"{page.url}: torn into letters: {words}" for words in page.evaluate(_TORN)]
    return found


def walked(page: Page, paths: Iterable[str]) -> list[str]:
    """The obstacles of all these pages, the open one's login being theirs."""
    return [one for path in paths for one in _opened(page, path)]


def lists(page: Page) -> list[str]:
    """Every page of the side menu."""
    page.goto("/admin/")
    return list(page.eval_on_selector_all("#nav-sidebar-apps a", _ADDRESSES))


def of_thing(page: Page, path: str) -> list[str]:
    """From a list: the obstacles of its newest row's page, of what can be done to that, and of how
    one is added.
    """
    page.goto(path)
    links: list[str] = [
        *page.eval_on_selector_all("#result_list tbody a", _ADDRESSES)[:1],
        *page.eval_on_selector_all("a.addlink", _ADDRESSES),
    ]
    first, *others = links
    found = walked(page, [first])
    acts = [
        one
        for one in page.eval_on_selector_all(".bo-acts a", _ADDRESSES)
        if not one.endswith("/history/")
    ]
    return found + walked(page, [*others, *acts])


_TORN = """() => innerWidth > 640 ? [] : [...document.querySelectorAll('.bo-scroll td')]
    .filter(cell => cell.offsetWidth && cell.offsetWidth < 64 && /[^\\s-]{7}/.test(cell.innerText))
    .map(cell => cell.innerText)"""
_ADDRESSES = "links => links.map(link => link.getAttribute('href'))"


def _opened(page: Page, path: str) -> Iterator[str]:
    page.goto(path)
    yield from obstacles(page)
