"""What the pages of the APIs show is what the platform answers."""

import pytest
from django.conf import settings

from cases import results
from cases.states import OppgaveTilstand, Sendevindu
from notifications_platform.http.problems import problem
from orders.states import RESULT_DESCRIPTIONS, NotificationChannel, OrderStatus
from tests.docs.demo_platform import Reader
from tests.docs.examples import Answer, steps

PAGE = settings.BASE_DIR / "docs" / "orders.md"
CASES_PAGE = settings.BASE_DIR / "docs" / "cases.md"


@pytest.mark.django_db(transaction=True)
def test_every_example_of_the_orders_page_is_answered_as_it_says(reader: Reader) -> None:
    compared = reader.follow(list(steps(PAGE)))

    assert not reader.found, "\n".join(reader.found)
    assert compared >= 30


def test_the_orders_page_names_every_word_that_the_api_may_answer() -> None:
    text = PAGE.read_text()
    internal = {OrderStatus.PROCESSED, "Failed_TTL"}
    words = {*OrderStatus.values, *NotificationChannel.values, *RESULT_DESCRIPTIONS} - internal
    assert [word for word in sorted(words) if f"`{word}`" not in text] == []


def test_the_orders_page_shows_refusals_of_several_kinds() -> None:
    shown = {step.status for step in steps(PAGE) if isinstance(step, Answer)}
    assert {400, 401, 403, 404, 409} <= shown
    assert problem(409)["title"] == "Conflict"


@pytest.mark.django_db(transaction=True)
def test_every_example_of_the_cases_page_is_answered_as_it_says(reader: Reader) -> None:
    compared = reader.follow(list(steps(CASES_PAGE)))

    assert not reader.found, "\n".join(reader.found)
    assert compared >= 20


def test_the_cases_page_names_every_refusal_and_every_state() -> None:
    text = CASES_PAGE.read_text()
    refusals = [kind.__name__ for kind in results.Error.__subclasses__()]
    states = [*OppgaveTilstand.values, *Sendevindu.values, "NY", "SENDT", "FEILET"]
    assert [word for word in (*refusals, *states) if f"`{word}`" not in text] == []
