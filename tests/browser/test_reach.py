"""Everybody can use the back office: WCAG 2.1 AA by axe, in both languages, light and dark, on a
laptop and on a phone. What is alike is walked in one of the two ways: half of the things, and every
fourth list.
"""

import pytest

from tests.browser.conftest import LAPTOP, PHONE, NewDesk
from tests.browser.reach import lists, obstacles, of_thing, walked

LOOKS = {
    "bokmål, dark, on a laptop": {"language": "nb", "dark": True, "viewport": LAPTOP},
    "English, light, on a phone": {"language": "en", "dark": False, "viewport": PHONE},
}
# What people look at all day, and what is built like nothing else.
THINGS = (
    "/admin/delivery/message/",
    "/admin/correspondence/correspondence/",
    "/admin/cases/notifikasjon/",
    "/admin/cases/sak/",
    "/admin/enrollment/enrollmenteventnotification/",
    "/admin/orders/order/",
    "/admin/auth/user/",
    "/admin/delivery/channelswitch/",
)


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
    look = list(LOOKS.values())[place]
    desk = new_desk("administrator", **look)
    every = lists(desk.page)
    assert len(every) > 20
    assert set(THINGS) <= set(every)

    found = walked(desk.page, every[place::4])
    for path in THINGS[place::2]:
        found += of_thing(desk.page, path)

    assert found == []


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_an_answer_to_a_search_keeps_nobody_out(new_desk: NewDesk, look: dict[str, object]) -> None:
    desk = new_desk("administrator", **look)

    desk.find("welcome@demo.example")

    assert obstacles(desk.page) == []
