"""Each sweep of cases finds what is due by the index made for it, whatever else is stored."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.lifecycle import erasing, expiring, queueing, reminding
from tests.cases.lifecycle.living import NOON
from tests.plans import plan_of, pretend_much

pytestmark = pytest.mark.django_db

STEPS: dict[str, tuple[Callable[[], int], str]] = {
    "deadlines": (lambda: expiring.expire(now=NOON), "oppgave_to_expire"),
    "reminders": (lambda: reminding.fire(now=NOON), "paaminnelse_to_fire"),
    "look-ups": (lambda: queueing.queue_due(now=NOON), "eksternt_varsel_to_queue"),
    "saker to erase": (lambda: erasing.erase_due(now=NOON), "sak_to_erase"),
    "notifikasjoner to erase": (lambda: erasing.erase_due(now=NOON), "notifikasjon_to_erase"),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_sweep_goes_by_its_index(name: str) -> None:
    step, index = STEPS[name]
    with CaptureQueriesContext(connection) as captured:
        step()
    asked = [query["sql"] for query in captured if query["sql"].startswith("SELECT")]
    pretend_much("seqscan", "bitmapscan")
    assert any(index in plan_of(statement) for statement in asked), asked


def test_a_sweep_with_nothing_to_do_asks_once_for_each_kind() -> None:
    with CaptureQueriesContext(connection) as captured:
        for step in (expiring.expire, reminding.fire, queueing.queue_due, erasing.erase_due):
            assert step(now=NOON) == 0
    asked = [query["sql"] for query in captured if query["sql"].startswith("SELECT")]
    assert len(asked) == len(STEPS)
