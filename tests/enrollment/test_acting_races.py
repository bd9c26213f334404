"""Cancel, resend, workers and newer events, all at once: one winner, consistent history (enrollment
contract 7).
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections, transaction

from enrollment import bulk, outcomes
from enrollment.coordinates import owner_of
from enrollment.grants import ALL
from enrollment.models import BulkOperation
from enrollment.states import OWNER, Status
from notifications_platform.core import clock
from notifications_platform.core.ids import uuid7
from notifications_platform.delivery.channels.base import Permanent
from notifications_platform.delivery.owners import Outcome
from notifications_platform.delivery.states import Channel, Reason, Result, State
from tests.cases.producing import in_parallel
from tests.enrollment.acting import all_failed, assert_legal, listed, many, one, statuses
from tests.enrollment.conftest import OURS, Api, calling, refusal_of
from tests.enrollment.rows import notification, notifications
from tests.enrollment.telling import attempt, define, event, tell, told

pytestmark = pytest.mark.django_db(transaction=True)

Call = Callable[[], Any]
WON = {"cancel": 200, "resend": 202}


@pytest.fixture
def api(transactional_db: None) -> Api:
    """Everything is committed."""
    return calling(OURS, ALL)


def put(api: Api, path: str, body: Any = None) -> Call:
    return partial(Api(api.headers).put, path, body)


def failed(count: int) -> list[int]:
    at = clock.now() - timedelta(minutes=5)
    return [row.pk for row in notifications(count, updated_at=at)]


def status_codes(*calls: Call) -> Counter[int]:
    return Counter(answer.status_code for answer in in_parallel(*calls))


def while_open(first: Call, then: Call, *, commit: bool = True) -> Any:
    """What `then` answers, which begins before `first` has committed, and has to wait for it."""
    answers: list[Any] = []

    def run() -> None:
        try:
            answers.append(then())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        first()
        thread.start()
        _until_somebody_waits()
        transaction.set_rollback(not commit)
    thread.join(timeout=60)
    return answers[0]


def _until_somebody_waits() -> None:
    give_up_at = time.monotonic() + 10
    while time.monotonic() < give_up_at:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
            if cursor.fetchone():
                return
        time.sleep(0.01)
    raise AssertionError("Nobody waits for a lock.")


def worker_records(id: int) -> None:
    """What a worker's recording of a last failure does."""
    failure = Outcome(
        owner_kind=OWNER,
        owner_id=owner_of(id),
        message_id=uuid7(),
        channel=Channel.WEBHOOK.value,
        was=State.CLAIMED.value,
        state=State.FAILED.value,
        reason=Reason.GAVE_UP.value,
        final=True,
        attempts=1,
        result=Result.TRANSIENT.value,
        answer="HTTP 503",
    )
    with transaction.atomic():
        outcomes.on_outcomes([failure], clock.now())


@pytest.mark.parametrize(
    "operations", [["cancel"] * 8, ["resend"] * 8, ["cancel", "resend"] * 4], ids="-".join
)
def test_of_many_for_one_notification_one_wins(api, operations: list[str]) -> None:
    [id] = failed(1)

    codes = status_codes(*(put(api, one(id, operation)) for operation in operations))

    [winner] = {code for code in codes if code != 422}
    assert codes == {winner: 1, 422: 7}
    assert assert_legal(id) == ["cancelled" if winner == 200 else "resent"]


def test_overlapping_lists_in_opposite_orders_wait_for_each_other_and_one_wins(api) -> None:
    ids = failed(40)
    there, back = listed(*ids), listed(*reversed(ids))

    codes = status_codes(
        put(api, many(), there),
        put(api, many("resend"), back),
        put(api, many(), back),
        put(api, many("resend"), there),
    )

    assert codes[422] == 3
    [status] = set(statuses(ids))
    assert codes[200 if status == "Cancelled" else 202] == 1
    for id in ids[:3]:
        assert len(assert_legal(id)) == 1


def test_sweeps_lists_and_singles_share_what_there_is(api, settings) -> None:
    settings.ENROLLMENT_BULK_CHUNK = 7
    ids = failed(60)

    answers = in_parallel(
        put(api, many(), all_failed()),
        put(api, many("resend"), all_failed("resend")),
        put(api, many(), all_failed()),
        *(put(api, one(id)) for id in ids[::20]),
        put(api, many(), listed(*ids[50:55])),
    )

    *sweeps, first, second, third, of_list = answers
    assert {answer.status_code for answer in sweeps} == {200, 202}
    done = sum(
        answer.json().get("cancelledCount", 0) + answer.json().get("resentCount", 0)
        for answer in sweeps
    )
    done += sum(answer.status_code == 200 for answer in (first, second, third))
    done += 5 * (of_list.status_code == 200)
    assert done == len(ids)
    assert sum(BulkOperation.objects.values_list("changed_count", flat=True)) <= len(ids)
    for id in ids:
        assert len(assert_legal(id)) == 1


def test_two_who_carry_on_one_operation_do_each_chunk_once(api, settings) -> None:
    settings.ENROLLMENT_BULK_CHUNK = 3
    ids = failed(20)
    answer = Api(api.headers).call("PUT", many(), all_failed(), Prefer="respond-async")
    assert answer.status_code == 202

    in_parallel(*[partial(bulk.carry_on, now=clock.now())] * 3)

    operation = BulkOperation.objects.get()
    assert (operation.state, operation.changed_count) == ("done", len(ids))
    for id in ids:
        assert assert_legal(id) == ["cancelled"]


@pytest.mark.parametrize("operation", ["cancel", "resend"])
def test_a_failure_that_is_being_recorded_is_waited_for(api, operation: str) -> None:
    id = notification(status=Status.IN_PROCESS).pk

    answer = while_open(partial(worker_records, id), put(api, one(id, operation)))

    assert answer.status_code == WON[operation]
    by_hand = {"cancel": "cancelled", "resend": "resent"}[operation]
    assert assert_legal(id, Status.IN_PROCESS) == ["failed", by_hand]


def test_a_failure_whose_recording_is_undone_was_none(api) -> None:
    id = notification(status=Status.IN_PROCESS).pk

    answer = while_open(partial(worker_records, id), put(api, one(id)), commit=False)

    assert answer.status_code == 422
    assert assert_legal(id, Status.IN_PROCESS) == []


@pytest.mark.parametrize("commit", [True, False])
def test_the_second_waits_and_sees_what_the_first_has_done(api, commit: bool) -> None:
    [id] = failed(1)

    answer = while_open(put(api, one(id)), put(api, one(id, "resend")), commit=commit)

    assert answer.status_code == (422 if commit else 202)
    assert assert_legal(id) == ["cancelled" if commit else "resent"]


def test_a_late_word_of_a_worker_changes_nothing_that_was_cancelled(api) -> None:
    [id] = failed(1)
    put(api, one(id))()

    worker_records(id)

    assert assert_legal(id) == ["cancelled"]


def test_a_sweep_and_newer_events_leave_each_either_cancelled_or_obsolete(api, settings) -> None:
    settings.ENROLLMENT_BULK_CHUNK = 3
    define(api)
    people = [f"P-{number}" for number in range(8)]
    ids = [notice.pk for notice in told(api, *map(event, people))]
    attempt(Permanent(Reason.GAVE_UP, "HTTP 410"))

    answers = in_parallel(
        put(api, many(), all_failed()),
        *(partial(tell, Api(api.headers), event(person, value0="newer")) for person in people),
    )

    assert {answer.status_code for answer in answers} == {200, 201}
    cancelled = answers[0].json()["cancelledCount"]
    actions = [assert_legal(id) for id in ids]
    assert sum("cancelled" in each for each in actions) == cancelled
    assert all(("cancelled" in each) != ("obsoleted" in each) for each in actions)


@pytest.mark.parametrize("operation", ["cancel", "resend"])
def test_a_list_waits_for_no_worker(api, operation: str) -> None:
    """Who records many has them locked by what became of them: to wait for one of those while
    holding another would be a deadlock.
    """
    [first] = failed(1)
    ids = [first, *(row.pk for row in notifications(2, status=Status.IN_PROCESS))]

    with transaction.atomic():
        for id in reversed(ids[1:]):
            worker_records(id)
        # On a connection of its own, while these are locked.
        [answer] = in_parallel(put(api, many(operation), listed(*ids)))

    assert refusal_of(answer, 422) == [("POL-IP-ENEN-002", str(id)) for id in ids[1:]]
    assert assert_legal(first) == []
