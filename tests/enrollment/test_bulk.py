"""Cancelling and resending all that failed (enrollment contract 4.2, 4.3, 7)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from enrollment import bulk, tasks
from enrollment.callers import Caller
from enrollment.grants import ALL, Grant
from enrollment.models import BulkOperation, NotificationHistory
from enrollment.states import Kind, Source, Status
from notifications_platform.audit.models import Entry
from notifications_platform.core import clock
from notifications_platform.delivery.models import Message
from tests.enrollment.acting import all_failed, assert_legal, listed, many, state, statuses, summary
from tests.enrollment.conftest import OURS, THEIRS, Api, calling, problem_of
from tests.enrollment.rows import notification, notifications

pytestmark = pytest.mark.django_db

OPERATIONS = pytest.mark.parametrize("operation", ["cancel", "resend"])
COUNTS = {"cancel": "cancelledCount", "resend": "resentCount"}
BECOME = {"cancel": "Cancelled", "resend": "Ready"}
BULK = "bulkoperations"


def failed_before(count: int = 1, **fields: Any) -> list[int]:
    """Ids of rows that failed before now, which the usual ones of the tests do not."""
    at = clock.now() - timedelta(minutes=5)
    return [row.pk for row in notifications(count, updated_at=at, **fields)]


@pytest.fixture
def chunks_of_two(settings: Any) -> None:
    settings.ENROLLMENT_BULK_CHUNK = 2


@OPERATIONS
def test_all_that_failed_are_done_chunk_by_chunk(api, chunks_of_two, operation: str) -> None:
    ids = failed_before(5)
    others = [notification(status=status).pk for status in Status if status is not Status.FAILED]
    others += [failed_before(obsolete=True)[0], failed_before(client=THEIRS)[0]]
    were = statuses(others)

    body = summary(
        api.put(many(operation), all_failed(operation, reason="endpoint gone")), operation
    )

    assert set(body) == {"resultMessages", COUNTS[operation], "bulkOperationId"}
    assert (body[COUNTS[operation]], body["resultMessages"]["resultMessage"]) == (5, [])
    assert set(statuses(ids)) == {BECOME[operation]}
    assert statuses(others) == were
    for id in ids:
        assert_legal(id)
    [line] = NotificationHistory.objects.filter(notification=ids[-1])
    assert (str(line.bulk_operation_id), line.reason) == (body["bulkOperationId"], "endpoint gone")
    [entry] = Entry.objects.filter(subject_kind=bulk.SUBJECT)
    assert (entry.action, entry.subject_id) == (
        f"enrollment.{operation}_all",
        body["bulkOperationId"],
    )
    assert Message.objects.count() == (5 if operation == "resend" else 0)
    shown = calling(OURS, Grant.READ).get(f"{BULK}/{body['bulkOperationId']}").json()
    assert (shown["kind"], shown["state"], shown["actor"]) == (operation, "done", OURS)
    assert (shown[COUNTS[operation]], shown["reason"]) == (5, "endpoint gone")
    assert shown["endDate"]["value"] >= shown["startDate"]["value"]
    again = summary(api.put(many(operation), all_failed(operation)), operation)
    assert again[COUNTS[operation]] == 0


def test_the_flag_wins_over_a_list_which_is_not_looked_up(api) -> None:
    [id] = failed_before()

    body = summary(api.put(many(), listed("999", "abc", **all_failed())))

    [told] = body["resultMessages"]["resultMessage"]
    assert (told["code"], told["severity"]) == ("GEN-IP-003", "Informative")
    assert body["cancelledCount"] == 1
    assert statuses([id]) == ["Cancelled"]


def test_what_failed_after_the_start_is_left_alone(api) -> None:
    [before] = failed_before()
    after = notification(updated_at=clock.now() + timedelta(minutes=5)).pk

    assert summary(api.put(many(), all_failed()))["cancelledCount"] == 1
    assert statuses([before, after]) == ["Cancelled", "Failed"]


@OPERATIONS
def test_q_narrows_and_a_rehearsal_counts_before_it(api, chunks_of_two, operation: str) -> None:
    ours = failed_before(3, definition="LEFT", person="P 100%")
    others = failed_before(2)
    q = "notificationDefinitionCode.eq('LEFT').and.personCode.like('P 100%')"
    narrowed = all_failed(operation, q=q)
    before = state()

    counted = api.put(many(operation), {**narrowed, "dryRun": True}, Prefer="respond-async")
    assert counted.status_code == 200
    assert counted.json() == {
        "resultMessages": {"result": "S", "resultMessage": []},
        "matchedCount": 3,
        "dryRun": True,
    }
    assert state() == before
    assert not BulkOperation.objects.exists()
    body = summary(api.put(many(operation), narrowed), operation)
    assert body[COUNTS[operation]] == 3
    assert set(statuses(ours)) == {BECOME[operation]}
    assert set(statuses(others)) == {"Failed"}
    assert api.get(f"{BULK}/{body['bulkOperationId']}").json()["q"] == q


@OPERATIONS
@pytest.mark.parametrize("prefer", ["", "respond-async"])
def test_a_q_that_nothing_can_fit_changes_nothing(
    api, chunks_of_two, operation: str, prefer: str
) -> None:
    [id] = failed_before()
    for q in (
        "attemptCount.eq(-1)",
        f"id.eq({10**30}).and.obsolete.eq(false)",
        f"id.gt({10**30}).or.attemptCount.lt(-5)",
    ):
        answer = api.put(many(operation), all_failed(operation, q=q), Prefer=prefer)
        assert answer.json()["resultMessages"]["result"] == "S", answer.content
        tasks.carry_on()
        done = api.get(f"{BULK}/{answer.json()['bulkOperationId']}").json()
        assert (done["state"], done[COUNTS[operation]]) == ("done", 0)
    assert statuses([id]) == ["Failed"]


@OPERATIONS
def test_workers_carry_on_where_they_stopped(
    api, others, chunks_of_two, monkeypatch, operation: str
) -> None:
    ids = failed_before(5)
    monkeypatch.setattr(bulk, "_CHUNKS_A_TURN", 1)

    answer = api.put(many(operation), all_failed(operation), Prefer="respond-async")

    assert answer.status_code == 202
    assert answer["Preference-Applied"] == "respond-async"
    assert statuses(ids) == ["Failed"] * 5
    where = answer["Location"]
    assert where.endswith(f"/{BULK}/{answer.json()['bulkOperationId']}")
    path = where.partition("8000")[2]
    seen = []
    for _ in range(4):
        seen.append((api.get(path).json()["state"], api.get(path).json()[COUNTS[operation]]))
        tasks.carry_on()
    assert seen == [("running", 0), ("running", 2), ("running", 4), ("done", 5)]
    assert set(statuses(ids)) == {BECOME[operation]}
    problem_of(others.get(path), 404)
    problem_of(api.get(f"{BULK}/7"), 404)
    for id in ids:
        assert_legal(id)


def test_staff_act_on_the_failed_ones_of_every_client(chunks_of_two) -> None:
    ids = [*failed_before(3), *failed_before(2, client=THEIRS), *failed_before(1, client="a")]
    staff = Caller(client=None, name="kari", source=Source.ADMIN, grants=frozenset(Grant))

    done = bulk.act_on_all(Kind.CANCEL, caller=staff, tell_time=clock.now)

    assert (done.changed_count, done.state) == (6, "done")
    assert set(statuses(ids)) == {"Cancelled"}
    [line] = NotificationHistory.objects.filter(notification=ids[0])
    assert (line.actor, line.source) == ("kari", "admin")


def test_after_a_crash_what_is_done_stays_done_and_a_repeat_does_the_rest(
    api, chunks_of_two, monkeypatch, settings
) -> None:
    ids = failed_before(5)
    chunk = bulk._chunk
    done: list[int] = []

    def dying(*args: Any, **more: Any) -> bool:
        if len(done) == 2:
            raise SystemError("killed")
        done.append(1)
        return chunk(*args, **more)

    monkeypatch.setattr(bulk, "_chunk", dying)
    assert api.put(many(), all_failed()).status_code == 500
    monkeypatch.setattr(bulk, "_chunk", chunk)
    tasks.carry_on()
    operation = BulkOperation.objects.get()
    assert (operation.state, operation.changed_count) == ("running", 4)
    assert sorted(statuses(ids)) == ["Cancelled"] * 4 + ["Failed"]

    BulkOperation.objects.update(active_at=clock.real() - 2 * settings.DELIVERY_LEASE)
    tasks.carry_on()
    assert BulkOperation.objects.get().state == "interrupted"
    assert summary(api.put(many(), all_failed()))["cancelledCount"] == 1
    for id in ids:
        assert assert_legal(id) == ["cancelled"]


def test_an_operation_that_cannot_be_carried_on_keeps_no_other_from_it(api, others) -> None:
    failed_before(1)
    [theirs] = failed_before(1, client=THEIRS)
    for caller in (api, others):
        assert caller.put(many(), all_failed(), Prefer="respond-async").status_code == 202
    BulkOperation.objects.filter(client=OURS).update(filter="no longer a criterion")

    tasks.carry_on()

    assert statuses([theirs]) == ["Cancelled"]
    assert BulkOperation.objects.get(client=OURS).state == "running"


def test_nothing_of_the_database_ends_a_long_operation(api) -> None:
    """It answers when it is done: no statement of it, and no transaction, has a limit of time."""
    with connection.cursor() as cursor:
        for limit in ("statement_timeout", "transaction_timeout", "lock_timeout"):
            cursor.execute("SELECT current_setting(%s, true)", [limit])
            assert cursor.fetchone() in {("0",), (None,)}, limit


def test_without_a_grant_nothing_is_swept(db) -> None:
    [id] = failed_before()
    everything_else = set(Grant) - {Grant.CANCEL}
    problem_of(Api(calling(OURS, *everything_else).headers).put(many(), all_failed()), 403)
    assert statuses([id]) == ["Failed"]
    assert summary(calling(OURS, ALL).put(many(), all_failed()))["cancelledCount"] == 1
