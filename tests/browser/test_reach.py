"""Everybody can use the back office: WCAG 2.1 AA by axe, in both languages, light and dark, on a
laptop and on a phone. Each half of the pages is walked in one of the two ways.
"""

import pytest

from tests.browser.conftest import LAPTOP, PHONE, NewDesk
from tests.browser.reach import lists, obstacles, things, walked

LOOKS = {
    "bokmål, dark, on a laptop": {"language": "nb", "dark": True, "viewport": LAPTOP},
    "English, light, on a phone": {"language": "en", "dark": False, "viewport": PHONE},
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_getting_in_keeps_nobody_out(new_desk: NewDesk, look: dict[str, object]) -> None:
    desk = new_desk(**look)
    desk.page.goto("/admin/")
    found = obstacles(desk.page)

    new_desk("reader")  # by now a second factor is set up
    desk.give_password("reader")

    assert found + obstacles(desk.page) == []


@pytest.mark.parametrize("place", range(2))
def test_no_list_or_page_keeps_anybody_out(new_desk: NewDesk, place: int) -> None:
    """Every other list's pages in the one look, the rest in the other."""
    (_, look), (_, other) = sorted(LOOKS.items(), reverse=bool(place))
    desk, beside = new_desk("administrator", **look), new_desk("administrator", **other)
    every = lists(desk.page)
    assert len(every) > 20

    found = walked(desk.page, every[place::2])
    for path in every[place::2]:
        found += walked(beside.page, things(beside.page, path))

    assert found == []


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_an_answer_to_a_search_keeps_nobody_out(new_desk: NewDesk, look: dict[str, object]) -> None:
    desk = new_desk("administrator", **look)

    desk.find("welcome@demo.example")

    assert obstacles(desk.page) == []
