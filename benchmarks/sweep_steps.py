"""Each step of the sweeps, timed inside one process on the tables of a running platform.

Runs in `manage.py shell`, told by benchmarks.sweeps, and prints one line of JSON. Nobody else
may sweep meanwhile. Times are milliseconds.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from notifications_platform.core import clock
from notifications_platform.delivery import erasing, line, receipts, stopping, sweeping
from orders import processing

PER_ORDER = 1000
_ROUNDS = 40


@dataclass(frozen=True, slots=True)
class _Step:
    """`make_due` is SQL that makes the messages of `orders` this step's business."""

    run: Callable[[], object]
    make_due: str = ""
    batch: int = sweeping.BATCH


def tell(waiting: Sequence[str], *, next_due: int, handled: int) -> None:
    """`waiting`: ids of orders with a thousand waiting messages each, enough of them."""
    own = map(UUID, waiting)
    found = {
        "nothing_due": {name: _nothing_due(step.run) for name, step in STEPS.items()},
        "next_due": {
            name: _next_due(step, _some(own, next_due // PER_ORDER))
            for name, step in STEPS.items()
            if step.make_due and next_due
        },
        "handled": {
            name: _handled(step, _some(own, handled // PER_ORDER), handled)
            for name, step in STEPS.items()
            if step.make_due and handled
        },
    }
    print(json.dumps(found))


def _some(orders: Iterator[UUID], count: int) -> list[UUID]:
    return [next(orders) for _ in range(count)]


def _now() -> datetime:
    return clock.now()


def _forget_turns() -> None:
    line.forget_turns(real=clock.real())


_CLAIMED = """
    UPDATE delivery_message SET state = 'claimed', fair_at = now(), attempts = 1,
        lease_token = gen_random_uuid(), lease_until = now() - interval '1 min'
    WHERE owner_id = ANY(%(orders)s)
"""
_REPORTED = """
    WITH sent AS (
        UPDATE delivery_message SET state = 'sent', attempts = 1,
            provider = 'pswin:gateway.example', provider_reference = id::text
        WHERE owner_id = ANY(%(orders)s) RETURNING provider_reference)
    INSERT INTO delivery_receipt (id, provider, provider_reference, state, reason, raw,
                                  received_at, changed_message)
    SELECT gen_random_uuid(), 'pswin', provider_reference, 'delivered', '', '<MSG/>', now(), false
    FROM sent
"""
_STRAY = """
    INSERT INTO delivery_receipt (id, provider, provider_reference, state, reason, raw,
                                  received_at, changed_message)
    SELECT gen_random_uuid(), 'pswin', 'stray-' || id, 'delivered', '', '<MSG/>',
           now() - interval '2 days', false
    FROM delivery_message WHERE owner_id = ANY(%(orders)s)
"""
_SET_ASIDE = """
    WITH stop AS (
        INSERT INTO delivery_stop (client, by, because, since, lifted_at)
        SELECT DISTINCT client, 'benchmark', '', now(), now() FROM delivery_message
        WHERE owner_id = ANY(%(orders)s) ON CONFLICT (client) DO NOTHING)
    UPDATE delivery_message SET lane = 9, fair_at = now() WHERE owner_id = ANY(%(orders)s)
"""

STEPS: Mapping[str, _Step] = {
    "expire": _Step(
        lambda: sweeping.expire(now=_now()),
        "UPDATE delivery_message SET lapses_at = now() WHERE owner_id = ANY(%(orders)s)",
    ),
    "bring_back": _Step(stopping.bring_back, _SET_ASIDE, stopping.BATCH),
    "line_up": _Step(
        lambda: sweeping.line_up(now=_now(), real=clock.real()),
        "UPDATE delivery_message SET not_before = now() WHERE owner_id = ANY(%(orders)s)",
    ),
    "reclaim": _Step(lambda: sweeping.reclaim(real=clock.real(), now=_now()), _CLAIMED),
    "settle": _Step(lambda: receipts.settle(now=_now()), _REPORTED, receipts.BATCH),
    "lay_aside": _Step(lambda: receipts.lay_aside(now=_now()), _STRAY),
    "erase": _Step(
        erasing.erase_what_became_final,
        """
        UPDATE delivery_message SET erasure = 'asked', state = 'cancelled', final_at = now()
        WHERE owner_id = ANY(%(orders)s)
        """,
        erasing.BATCH,
    ),
    "forget_turns": _Step(_forget_turns),
    "heads": _Step(line.heads),
    "orders due": _Step(lambda: processing.process_due(now=_now())),
    "orders recover": _Step(lambda: processing.recover(real=clock.real(), now=_now())),
}


def _nothing_due(run: Callable[[], object]) -> float:
    run()  # whatever is left over, and the first connection
    return round(statistics.median(_milliseconds(run) for _ in range(_ROUNDS)), 2)


def _next_due(step: _Step, orders: Sequence[UUID]) -> dict[str, float]:
    """How long the database takes to find and lock them, and the step as a whole."""
    _make_due(step, orders)
    captured: list[tuple[str, Any]] = []
    with connection.execute_wrapper(_capturing(captured)):
        _undone(step.run)
    finds = [one for one in captured if "SKIP LOCKED" in one[0] and "LIMIT" in one[0]]
    times = [_finding_time(*finds[0]) for _ in range(5)] if finds else []
    whole = _milliseconds(step.run)
    found = {"whole": round(whole, 2)}
    return found | ({"find": round(statistics.median(times), 2)} if times else {})


def _handled(step: _Step, orders: Sequence[UUID], messages: int) -> float:
    """Rows a second, batch by batch as the sweep does it."""
    _make_due(step, orders)
    began = time.perf_counter()
    done = sweeping.repeat(_counted(step.run), step.batch)
    rate = done / (time.perf_counter() - began)
    # A sweep that found more than ten seconds of work leaves the rest for the next one.
    assert done == messages or rate < messages / 10, f"{done} of {messages} were handled"
    while done < messages:
        done += _counted(step.run)()
    return round(rate)


def _counted(run: Callable[[], object]) -> Callable[[], int]:
    def counted() -> int:
        handled = run()
        assert isinstance(handled, int)
        return handled

    return counted


def _make_due(step: _Step, orders: Sequence[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(step.make_due, {"orders": list(orders)})


def _milliseconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) * 1000


def _capturing(captured: list[tuple[str, Any]]) -> Callable[..., Any]:
    def capture(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        captured.append((sql, params))
        return execute(sql, params, many, context)

    return capture


def _undone(run: Callable[[], object]) -> Any:
    """What `run` returns, with all that it did rolled back."""
    with transaction.atomic():
        result = run()
        transaction.set_rollback(True)
    return result


def _finding_time(sql: str, params: Any) -> float:
    def explained() -> float:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
            plan = cursor.fetchone()[0]
        return _locked_after((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"])

    return float(_undone(explained))


def _locked_after(plan: Mapping[str, Any]) -> float:
    """When the step that finds and locks the rows had all of them; 0 where there is none."""
    if plan["Node Type"] == "LockRows":
        return float(plan["Actual Total Time"]) * int(plan["Actual Loops"])
    return max((_locked_after(part) for part in plan.get("Plans", ())), default=0.0)
