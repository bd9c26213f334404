"""Work is announced by name: each name must belong to a task that a worker runs."""

import ast
from collections.abc import Iterator
from functools import cache

from django.conf import settings

from notifications_platform.celery import app
from notifications_platform.runtime.services import planned_services
from tests.house.tree import ROOT, modules

ANNOUNCERS = {"wake", "wake_on_commit", "awake"}


@cache
def announced() -> list[tuple[str, str]]:
    """Where a task is announced, and its name."""
    return list(_announced())


def _announced() -> Iterator[tuple[str, str]]:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in ANNOUNCERS:
                task = node.args[0]
                if isinstance(task, ast.Constant):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", str(task.value)


def _name(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else ""


def registered() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


def test_every_announced_task_exists() -> None:
    places = announced()
    assert {"orders.sweep_due", "delivery.drain"} <= {task for _, task in places}
    assert [place for place in places if place[1] not in registered()] == []


def test_every_tick_of_beat_is_a_task() -> None:
    ticks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert ticks - registered() == set()


def test_every_task_is_announced_or_ticks() -> None:
    ticks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert registered() - ticks - {task for _, task in announced()} == set()


def test_every_queue_has_a_worker_under_make_run() -> None:
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    words = [
        word
        for service in planned_services({"HOST": "", "PORT": ""}, sinks=False)
        for word in service.arguments
    ]
    served = {
        queue
        for at, word in enumerate(words)
        if word == "--queues"
        for queue in words[at + 1].split(",")
    }
    assert served == routed | {settings.CELERY_TASK_DEFAULT_QUEUE}
    assert set(settings.CELERY_TASK_ROUTES) <= registered()
