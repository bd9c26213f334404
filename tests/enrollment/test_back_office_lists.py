"""Lists of notifications and of what belongs to them; cancelling and resending from there."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enrollment import bulk
from enrollment.admin import outcomes
from enrollment.models import (
    BulkOperation,
    BusinessEventDefinition,
    EnrollmentEventNotification,
    NotificationDefinition,
    NotificationHistory,
    PolicyEnrollmentEvent,
    PolicyState,
)
from enrollment.states import Action, BulkState, Kind, Source, Status
from notifications_platform.audit.models import Entry
from notifications_platform.back_office import large_tables
from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from tests.enrollment.acting import history_of, state, statuses
from tests.enrollment.conftest import OURS, THEIRS
from tests.enrollment.rows import NOON, definition_of, notification, notifications
from tests.staff import browser, url

pytestmark = pytest.mark.django_db

LIST = EnrollmentEventNotification
MODELS = (
    BulkOperation,
    BusinessEventDefinition,
    EnrollmentEventNotification,
    NotificationDefinition,
    NotificationHistory,
    PolicyEnrollmentEvent,
    PolicyState,
)
REASON = "The receiver is repaired."


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    cache.clear()


@pytest.fixture
def reader() -> Client:
    return browser(Role.READER)


@pytest.fixture
def operator() -> Client:
    return browser(Role.OPERATOR, "odd")


def rows(answer: Any) -> list[Any]:
    return list(answer.context["cl"].result_list)


def listed(staff: Client, /, **chosen: str) -> list[int]:
    return [row.pk for row in rows(staff.get(url(LIST), chosen))]


def found(client: Client, term: str) -> list[int]:
    answer = client.post(url(LIST, "find"), {"term": term}, follow=True)
    assert term not in answer.redirect_chain[-1][0] or term.isdecimal()
    return [row.pk for row in rows(answer)]


def failed(count: int = 1, **fields: Any) -> list[EnrollmentEventNotification]:
    """Some time ago, as far as nothing else is said."""
    ago = clock.now() - timedelta(days=5)
    dates = {"created_at": ago, "updated_at": ago, "failed_at": ago}
    return list(notifications(count, **{**dates, **fields}))


def test_the_menu_names_the_list_in_both_languages(reader: Client) -> None:
    for language, name in (("en", "Notifications"), ("nb", "Varsler")):
        shown = reader.get(url(LIST), headers={"accept-language": language}).text
        item = shown[shown.index(f'href="{url(LIST)}"') :].partition("</a>")[0]
        assert name in item


def something_of_everything(number: int = 0) -> EnrollmentEventNotification:
    one = notification(gid=f"G-{number}", person=f"P-{number}", definition=f"CODE_{number}")
    NotificationHistory.objects.create(
        notification=one,
        action=Action.FAILED,
        from_status=Status.IN_PROCESS,
        to_status=Status.FAILED,
        actor="worker",
        source=Source.WORKER,
        at=NOON,
    )
    BusinessEventDefinition.objects.create(client=OURS, code=f"EVENT_{number}", created_at=NOON)
    BulkOperation.objects.create(
        kind=Kind.CANCEL, actor="ada", source=Source.ADMIN, started_at=NOON, active_at=NOON
    )
    return one


# --- lists --------------------------------------------------------------------------------


def test_lists_cost_the_same_for_one_and_for_many_and_are_not_counted_to_their_end(
    reader: Client,
) -> None:
    def costs() -> dict[str, int]:
        spent = {}
        for model in MODELS:
            with CaptureQueriesContext(connection) as queries:
                answer = reader.get(url(model))
            assert rows(answer), model
            spent[model.__name__] = len(queries)
            counts = [query["sql"] for query in queries if "SELECT COUNT(" in query["sql"]]
            assert counts
            assert all("LIMIT 1000" in sql for sql in counts)
        return spent

    something_of_everything()
    costs()
    few = costs()
    for number in range(1, 12):
        something_of_everything(number)
    assert costs() == few
    assert max(few.values()) < 20


def test_secrets_and_contents_stand_in_no_list_and_on_no_readers_page(reader: Client) -> None:
    one = something_of_everything()
    secret, former = "whsec_c2VjcmV0", "whsec_Zm9ybWVy"
    NotificationDefinition.objects.update(
        signing_secret=secret, former_secret=former, former_secret_until=NOON
    )
    PolicyEnrollmentEvent.objects.update(descr="joined plan A", values={"value0": "PLAN-A"})
    pages = [url(model) for model in MODELS]
    pages += [url(model, "change", model._default_manager.all()[0].pk) for model in MODELS]
    for page in pages:
        shown = reader.get(page).text
        for private in (secret, former, "joined plan A", "PLAN-A"):
            assert private not in shown, page
    definition = reader.get(url(NotificationDefinition, "change", one.definition_id)).text
    assert "stored; the former one signs beside it until" in definition
    event = url(PolicyEnrollmentEvent, "change", one.event_id)
    assert "PLAN-A" in browser(Role.OPERATOR, "odd").get(event).text


def test_notifications_are_filtered_and_dead_letters_go_by_when_they_failed(
    reader: Client,
) -> None:
    old = failed(definition="LEFT")[0]
    new = failed(client=THEIRS, failed_at=clock.now() - timedelta(minutes=5))[0]
    older = failed(obsolete=True)[0]
    sent = notification(status=Status.SENT, created_at=clock.now())

    assert listed(reader) == [sent.pk, older.pk, new.pk, old.pk]
    assert listed(reader, dead="all") == [new.pk, old.pk]
    assert listed(reader, dead="day") == [new.pk]
    assert listed(reader, dead="all", client=OURS) == [old.pk]
    assert listed(reader, status="Failed") == [older.pk, new.pk, old.pk]
    assert listed(reader, obsolete__exact="1") == [older.pk]
    assert listed(reader, client=THEIRS) == [new.pk]
    assert listed(reader, notification_definition_code="LEFT") == [old.pk]
    assert listed(reader, period="day") == [sent.pk]
    assert listed(reader, dead="all", notification_definition_code="NONE") == []


def test_a_notification_is_found_by_its_number_policy_and_member(reader: Client) -> None:
    one = notification(gid="G-9", person="P-9", policy_code="POL-9")
    other = notification(client=THEIRS, gid="G-9", person="P-7", policy_code=str(one.pk))
    assert found(reader, f" {one.pk} ") == [other.pk, one.pk]
    assert found(reader, f"een_{one.pk}") == [one.pk]
    assert found(reader, "POL-9") == found(reader, "P-9") == [one.pk]
    assert found(reader, "G-9") == [other.pk, one.pk]
    for nothing in ("p-9", "POL", "9" * 30, "-1", "P-\0"):
        assert found(reader, nothing) == []
    entry = Entry.objects.filter(action="back_office.find")[0]
    assert (entry.subject_kind, entry.subject_id) == ("enrollmenteventnotification", "")


def test_a_policy_is_found_by_its_gid_whosever_it_is(reader: Client) -> None:
    policies = {notification(client=client).event.policy_id for client in (OURS, THEIRS, "z")}
    answer = reader.post(url(PolicyState, "find"), {"term": "G-1"}, follow=True)
    assert {row.pk for row in rows(answer)} == policies


@pytest.mark.parametrize(
    ("chosen", "index"),
    [
        ({"dead": "all"}, "een_dead_letters"),
        ({"dead": "week"}, "een_dead_letters"),
        ({"client": THEIRS}, "een_of_client"),
        ({"obsolete__exact": "1"}, "een_obsolete"),
    ],
)
def test_a_list_is_read_by_an_index_in_its_order(
    reader: Client, chosen: dict[str, str], index: str
) -> None:
    notifications(300, status=Status.SENT)
    notification(client=THEIRS)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {LIST._meta.db_table}")
    with CaptureQueriesContext(connection) as queries:
        reader.get(url(LIST), chosen)
    plan = plan_of(queries, f'FROM "{LIST._meta.db_table}"', "ORDER BY")
    assert index in plan
    assert "Sort" not in plan


def test_searches_and_the_chart_go_by_indexes(reader: Client) -> None:
    notifications(300, status=Status.SENT, gid="G-2", person="P-2", policy_code="POL-2")
    something_of_everything(1)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {LIST._meta.db_table}")
    with CaptureQueriesContext(connection) as queries:
        found(reader, "P-1")
        reader.get(url(LIST), {"status": "Failed"})
    assert "een_by_status" in plan_of(queries, """"status" = 'Failed'""", "ORDER BY", walking=False)
    for column, index in (
        ("policy_code", "een_by_policy_code"),
        ("policy_gid", "een_by_policy_gid"),
        ("person_code", "een_by_person"),
    ):
        assert index in plan_of(queries, f'"{column}" = ', "ORDER BY", walking=False)
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        outcomes.chart(now=clock.now())
    assert "een_history_by_time" in plan_of(queries, "GROUP BY", bitmaps=True)


def plan_of(
    queries: CaptureQueriesContext, *parts: str, bitmaps: bool = False, walking: bool = True
) -> str:
    """How the database reads it when it may neither sort nor walk through the table."""
    chosen = [
        query["sql"]
        for query in queries
        if all(part in query["sql"] for part in parts) and "COUNT(*)" not in query["sql"]
    ][-1]
    allowed = {
        "seqscan": False,
        "bitmapscan": bitmaps,
        "indexscan": not bitmaps,
        "sort": not walking,
    }
    with connection.cursor() as cursor:
        for way, may in allowed.items():
            cursor.execute(f"SET LOCAL enable_{way} = {'on' if may else 'off'}")
        cursor.execute(f"EXPLAIN {chosen}" + ("" if " LIMIT " in chosen else " LIMIT 50"))
        return "\n".join(row[0] for row in cursor.fetchall())


# --- the chart ----------------------------------------------------------------------------


def test_outcomes_are_drawn_per_day_and_told_in_a_table(reader: Client) -> None:
    now = clock.now()
    one = notification()
    for ago, action in ((0, Action.SENT), (0, Action.FAILED), (1, Action.FAILED), (30, "sent")):
        NotificationHistory.objects.create(
            notification=one,
            action=action,
            to_status=Status.FAILED,
            actor="worker",
            source=Source.WORKER,
            at=now - timedelta(days=ago),
        )
    shown = reader.get(url(LIST)).text
    assert (
        'aria-label="Outcomes of the past 14 days: 1 sent, 2 failed, 0 cancelled in all."' in shown
    )
    assert shown.count("<rect") == 3
    table = shown[shown.index("The same as a table") :]
    assert re.findall(r"<td>(\d+)</td>", table)[-6:] == ["0", "1", "0", "1", "1", "0"]


def test_a_chart_that_takes_too_long_is_not_drawn_and_the_list_is_there(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impatient() -> Any:
        raise large_tables.TooSlow

    monkeypatch.setattr(outcomes, "limited_patience", impatient)
    one = notification()
    answer = reader.get(url(LIST))
    assert "So much happened that counting it takes too long." in answer.text
    assert rows(answer) == [one]


# --- cancel and resend from the list ------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "became"), [("cancel", Status.CANCELLED), ("resend", Status.READY)]
)
def test_chosen_ones_are_previewed_done_and_the_others_named(
    operator: Client, operation: str, became: Status
) -> None:
    ours, theirs = notification(), notification(client=THEIRS)
    sent, obsolete = notification(status=Status.SENT), notification(obsolete=True)
    ids = [ours.pk, theirs.pk, sent.pk, obsolete.pk]
    chosen = {"action": operation, "_selected_action": [str(id) for id in ids]}
    before = state()

    preview = operator.post(url(LIST), chosen)
    assert "to 2 of 4 rows" in preview.text
    without = operator.post(url(LIST), {**chosen, "reason": " "})
    assert "This field is required" in without.text
    assert state() == before

    done = operator.post(url(LIST), {**chosen, "reason": REASON}, follow=True).text

    assert "2 notifications " in done
    assert "2 rows were refused" in done
    assert done.count("Only what failed and is not obsolete can be") == 2
    for refused in (sent, obsolete):
        assert url(LIST, "change", refused.pk) in done
    assert statuses(ids) == [became, became, Status.SENT, Status.FAILED]
    entry = history_of(theirs.pk)[-1]
    assert (entry.actor, entry.source, entry.reason) == ("odd", Source.ADMIN, REASON)
    if operation == "cancel":
        assert LIST.objects.get(pk=ours.pk).cancelled_by == "odd"
    trail = Entry.objects.get(action=f"enrollment.{operation}", subject_id=str(ours.pk))
    assert (trail.actor, trail.actor_kind, trail.reason) == ("odd", "staff", REASON)


def test_a_reader_neither_cancels_nor_resends(reader: Client) -> None:
    one = notification()
    before = state()
    for operation in ("cancel", "resend"):
        for page in (url(LIST, operation, one.pk), url(LIST, f"{operation}_all")):
            assert reader.get(page).status_code == 403
            assert reader.post(page, {"reason": REASON, "act": "1"}).status_code == 403
        chosen = {"action": operation, "_selected_action": [str(one.pk)], "reason": REASON}
        reader.post(url(LIST), chosen)
    assert state() == before
    shown = reader.get(url(LIST)).text
    assert "Cancel all that match" not in shown


# --- all that match -----------------------------------------------------------------------

Sweep = Callable[..., Any]


@pytest.fixture
def sweep(operator: Client) -> Sweep:
    """Posts the form as a browser would: with the number that was shown, if any."""

    def post(operation: str = "cancel", **fields: str) -> Any:
        return operator.post(url(LIST, f"{operation}_all"), fields, follow=True)

    return post


def test_all_that_match_are_counted_first_and_then_done_by_workers(
    operator: Client, sweep: Sweep
) -> None:
    matching = failed(3, definition="MINE")
    failed(definition="OTHER")
    failed(client=THEIRS, definition="MINE")
    failed(definition="MINE", failed_at=clock.now() - timedelta(days=9))
    fields = {
        "client": OURS,
        "definition": "MINE",
        "failed_from": f"{clock.now() - timedelta(days=6):%Y-%m-%d} 02:00",
        "q": "personCode.eq('P-1')",
    }
    assert definition_of(code="MINE").client == OURS
    top = operator.get(url(LIST), {"client": OURS, "notification_definition_code": "MINE"}).text
    assert "all/cancel/?client=payer-a&amp;definition=MINE" in top
    before = state()

    counted = sweep(**fields)
    assert "3 would be cancelled." in counted.text
    seal = counted.context["seal"]
    assert "This field is required" in sweep(**fields, act="1", counted=seal).text
    other = sweep(**{**fields, "client": ""}, act="1", counted=seal, reason=REASON)
    assert "The choice has changed" in other.text
    assert "4 would be cancelled." in other.text
    assert state() == before

    begun = sweep(**fields, act="1", counted=seal, reason=REASON)

    operation = BulkOperation.objects.get()
    assert "It is under way: 0 notifications so far" in begun.text
    assert (operation.client, operation.actor, operation.source) == (OURS, "odd", Source.ADMIN)
    assert operation.by_worker
    assert bulk.carry_on(now=clock.now()) == 0
    assert statuses([one.pk for one in matching]) == [Status.CANCELLED] * 3
    assert LIST.objects.filter(status=Status.FAILED).count() == 3
    entry = history_of(matching[0].pk)[-1]
    assert (entry.actor, entry.reason, entry.bulk_operation_id) == ("odd", REASON, operation.pk)
    shown = operator.get(url(BulkOperation, "change", operation.pk)).text
    assert "It is done: it changed 3 notifications." in shown
    BulkOperation.objects.update(state=BulkState.INTERRUPTED)
    shown = operator.get(url(BulkOperation, "change", operation.pk)).text
    assert "The same operation once more does the rest." in shown


def test_everything_that_failed_is_resent_when_nothing_is_chosen(sweep: Sweep) -> None:
    ids = [failed()[0].pk, failed(client=THEIRS)[0].pk]
    seal = sweep("resend").context["seal"]
    sweep("resend", act="1", counted=seal, reason=REASON)
    bulk.carry_on(now=clock.now())
    assert statuses(ids) == [Status.READY] * 2


def test_words_that_mean_nothing_are_told_of_and_no_code_becomes_a_criterion(sweep: Sweep) -> None:
    failed(policy_code="it's \\ ')")
    before = state()
    wrong = sweep(q="status.is('x'", failed_from="yesterday", client="nobody")
    assert wrong.status_code == 200
    assert set(wrong.context["form"].errors) == {"q", "failed_from", "client"}
    assert "1 would be cancelled." in sweep(policy="it's \\ ')").text
    assert (
        "0 would be cancelled."
        in sweep(policy="x').or.obsolete.eq(false).or.policyCode.eq('y").text
    )
    assert state() == before


def test_a_number_that_takes_too_long_to_count_does_not_keep_from_acting(
    sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(**_words: Any) -> int:
        raise large_tables.TooSlow

    monkeypatch.setattr(bulk, "matched", slow)
    answer = sweep()
    assert "More match than can be counted" in answer.text
    assert 'name="act"' in answer.text


def test_criteria_are_judged_all_together_before_anything_is_counted(sweep: Sweep) -> None:
    """Each may pass alone: the form puts parentheses around further criteria, and times in UTC."""
    failed()
    before = state()
    deepest = "(" * 20 + "attemptCount.gte(0)" + ")" * 20
    for fields in ({"q": deepest}, {"failed_from": "0001-01-01 00:00"}):
        for more in ({}, {"act": "1", "reason": REASON}):
            page = sweep(**fields, **more)
            assert page.status_code == 200
            assert page.context["form"].errors
            assert page.context["count"] == ""
    assert state() == before
    assert "1 would be cancelled." in sweep(q=deepest[1:-1]).text
