"""Every status stands in a table of transitions, and has words for whoever sees it."""

import importlib
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from notifications_platform.core.states import StateMachine
from notifications_platform.delivery.states import Channel, Reason, State
from orders.states import (
    ORDER_DESCRIPTIONS,
    RESULT_DESCRIPTIONS,
    SHOWN_IN_V1,
    OrderStatus,
    result,
)
from tests.house.tree import PRODUCT, ROOT, modules


def machines() -> list[StateMachine[str]]:
    found = []
    for path in modules():
        if path.name == "states.py":
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            members = vars(importlib.import_module(name)).values()
            found += [member for member in members if isinstance(member, StateMachine)]
    return found


def status_fields() -> Iterator["models.Field[object, object]"]:
    for model in apps.get_models():
        if model.__module__.split(".")[0] in PRODUCT:
            for field in model._meta.get_fields():
                if getattr(field, "name", "") in {"state", "status"} and getattr(
                    field, "choices", None
                ):
                    yield field  # type: ignore[misc]


@pytest.mark.parametrize("field", list(status_fields()), ids=str)
def test_a_status_field_has_a_table_of_transitions(field: "models.Field[object, object]") -> None:
    words = {word for word, _ in field.choices or ()}
    assert any(words == set(machine.table) for machine in machines())


@pytest.mark.parametrize("machine", machines(), ids=lambda machine: next(iter(machine.table)))
def test_a_table_leads_somewhere_from_everywhere(machine: StateMachine[str]) -> None:
    reached = {following for after in machine.table.values() for following in after}
    first, *others = machine.table
    assert reached <= set(machine.table)
    assert set(others) <= reached | {first}
    free = all(after == set(machine.table) for after in machine.table.values())
    assert machine.final or free


def test_every_order_status_has_words_for_the_api() -> None:
    assert set(ORDER_DESCRIPTIONS) == set(SHOWN_IN_V1) == set(OrderStatus)


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
def test_every_state_and_reason_has_a_result_word(channel: Channel) -> None:
    words = {result(channel, state, "") for state in State if state != State.FAILED}
    words |= {result(channel, State.FAILED, reason) for reason in Reason}
    assert words <= set(RESULT_DESCRIPTIONS)
