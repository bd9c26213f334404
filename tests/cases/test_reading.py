"""Reading notifikasjoner back, page by page (cases contract 6)."""

import base64
import threading
from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import EksterntVarsel, Notifikasjon, NotifikasjonMottaker
from notifications_platform.core import clock
from notifications_platform.delivery.models import Message
from tests.cases.documents import document
from tests.cases.producing import (
    ALTINN,
    FOREIGN_LABEL,
    LABEL,
    LEDER,
    OTHER_LABEL,
    RESSURS,
    Answer,
    Api,
    beskjed,
    create,
    epost,
    in_parallel,
    oppgave,
    paaminnelse,
    sms,
)

NOON = datetime(2031, 5, 6, 10, tzinfo=UTC)
NOWHERE = base64.b64encode(b":").decode()


def make(api: Api, number: int, **changes: Any) -> str:
    return str(create(api, "Beskjed", eksternId=f"{number}", **changes)["id"])


def page(api: Api, **filters: Any) -> Answer:
    return api.done("mineNotifikasjoner", **filters)


def ids(answer: Answer) -> list[str]:
    return [edge["node"]["metadata"]["id"] for edge in answer["edges"]]


def walk(
    api: Api, *, between: Callable[[int], object] = lambda _: None, **filters: Any
) -> list[str]:
    """The ids of all pages."""
    seen: list[str] = []
    after = None
    for number in count(1):
        answer = page(api, after=after, **filters)
        seen += ids(answer)
        after = answer["pageInfo"]["endCursor"]
        if not answer["pageInfo"]["hasNextPage"]:
            return seen
        between(number)
    return seen


def copies(id: str, count: int) -> list[str]:
    """Straight into the tables, since a thousand calls take a minute: the same item received
    later, every third at the same moment as the one before. In the order of a walk.
    """
    row = Notifikasjon.objects.get(pk=id)
    rows = [_copy(copy(row), number) for number in range(count)]
    Notifikasjon.objects.bulk_create(rows)
    NotifikasjonMottaker.objects.bulk_create(
        NotifikasjonMottaker(
            notifikasjon=row, posisjon=0, type="NaermesteLederMottaker", virksomhetsnummer="1"
        )
        for row in rows
    )
    return [str(row.id) for row in sorted(rows, key=lambda row: (row.mottatt_tidspunkt, row.id))]


def _copy(row: Notifikasjon, number: int) -> Notifikasjon:
    row.id = row.koordinat = uuid4()
    row.ekstern_id = f"copy {number}"
    row.mottatt_tidspunkt += timedelta(microseconds=number - (number % 3 == 2))
    return row


# ---------------------------------------------------------------- what is listed


def test_all_kinds_are_listed_by_receipt_soft_deleted_ones_too(producer: Api, sak_id: str) -> None:
    kinds = ["Kalenderavtale", "Beskjed", "Oppgave"]
    made = [create(producer, kind, eksternId=kind)["id"] for kind in kinds]
    old = beskjed(metadata={"eksternId": "4", "opprettetTidspunkt": "2001-01-01T00:00:00Z"})
    made.append(producer.done("nyBeskjed", nyBeskjed=old)["id"])
    producer.done("softDeleteNotifikasjon", id=made[1])
    erased = make(producer, 5)
    producer.done("hardDeleteNotifikasjon", id=erased)

    answer = page(producer)

    assert ids(answer) == made
    nodes = [edge["node"] for edge in answer["edges"]]
    assert [node["metadata"]["softDeleted"] for node in nodes] == [False, True, False, False]
    assert nodes == [producer.item(id) for id in made]
    assert answer["pageInfo"] == {
        "hasNextPage": False,
        "endCursor": answer["edges"][-1]["cursor"],
    }


def test_ties_of_receipt_stand_by_id(producer: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    made = sorted(make(producer, number) for number in range(7))

    assert ids(page(producer)) == made
    assert walk(producer, first=2) == made


@pytest.fixture
def labelled(producer: Api, colleague: Api) -> dict[str, str]:
    """One item under each of three labels; the third is not the producer's."""
    return {
        LABEL: make(producer, 1, grupperingsid="g"),
        OTHER_LABEL: make(producer, 2, merkelapp=OTHER_LABEL, grupperingsid="h"),
        FOREIGN_LABEL: make(colleague, 3, merkelapp=FOREIGN_LABEL, grupperingsid="g"),
    }


@pytest.mark.parametrize(
    ("filters", "labels"),
    [
        ({}, [LABEL, OTHER_LABEL]),
        ({"merkelapp": None, "merkelapper": None}, [LABEL, OTHER_LABEL]),
        ({"merkelapp": LABEL}, [LABEL]),
        ({"merkelapper": [OTHER_LABEL]}, [OTHER_LABEL]),
        ({"merkelapper": [OTHER_LABEL, LABEL, OTHER_LABEL]}, [LABEL, OTHER_LABEL]),
        ({"merkelapper": []}, []),
        ({"grupperingsid": "g"}, [LABEL]),
        ({"grupperingsid": "g", "merkelapp": OTHER_LABEL}, []),
        ({"grupperingsid": "h", "merkelapper": [LABEL, OTHER_LABEL]}, [OTHER_LABEL]),
        ({"grupperingsid": "g", "merkelapper": []}, []),
        ({"grupperingsid": ""}, []),
    ],
)
def test_filters_choose(
    producer: Api, labelled: dict[str, str], filters: Answer, labels: list[str]
) -> None:
    assert ids(page(producer, **filters)) == [labelled[label] for label in labels]


@pytest.mark.parametrize(
    "filters",
    [
        {"merkelapp": FOREIGN_LABEL},
        {"merkelapp": ""},
        {"merkelapper": [LABEL, FOREIGN_LABEL]},
        {"merkelapp": LABEL, "merkelapper": []},
        {"merkelapp": LABEL, "merkelapper": [LABEL]},
    ],
)
def test_a_foreign_label_or_both_filters_are_refused(
    producer: Api, labelled: dict[str, str], filters: Answer
) -> None:
    assert producer.member("mineNotifikasjoner", **filters) == "UgyldigMerkelapp"


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize("there", [0, 1, 2, 3, 4, 5])
def test_has_next_page_is_exact(producer: Api, there: int) -> None:
    made = [make(producer, number) for number in range(there)]
    seen: list[str] = []
    after: str | None = None
    for number in range(there // 2 + 1):
        answer = page(producer, first=2, after=after)
        seen += ids(answer)
        assert answer["pageInfo"]["hasNextPage"] is (there > 2 * (number + 1))
        after = answer["pageInfo"]["endCursor"]
    assert seen == made


def test_an_empty_page_leaves_the_cursor_where_it_was(producer: Api) -> None:
    assert page(producer)["pageInfo"] == {"hasNextPage": False, "endCursor": NOWHERE}
    assert page(producer, after=NOWHERE)["pageInfo"]["endCursor"] == NOWHERE

    first = make(producer, 1)
    last = page(producer, after=NOWHERE)["pageInfo"]["endCursor"]
    assert page(producer, after=last) == {
        "__typename": "NotifikasjonConnection",
        "edges": [],
        "pageInfo": {"hasNextPage": False, "endCursor": last},
    }
    second = make(producer, 2)
    assert ids(page(producer, after=last)) == [second]
    assert ids(page(producer, after=NOWHERE)) == [first, second]


def test_a_cursor_of_a_deleted_row_leads_on(producer: Api) -> None:
    made = [make(producer, number) for number in range(5)]
    after = page(producer, first=3)["pageInfo"]["endCursor"]
    for id in made[1:3]:
        producer.done("hardDeleteNotifikasjon", id=id)

    assert ids(page(producer, after=after)) == made[3:]


def test_each_edge_has_a_cursor_that_leads_on(producer: Api) -> None:
    made = [make(producer, number) for number in range(4)]
    for number, edge in enumerate(page(producer)["edges"]):
        base64.b64decode(edge["cursor"], validate=True)
        assert ids(page(producer, after=edge["cursor"])) == made[number + 1 :]


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


BAD_CURSORS = [
    "",
    "x",
    "%%%",
    "æøå",
    encoded("1"),
    encoded("1:2"),
    encoded(f"x:{'0' * 32}"),
    encoded(f"{'9' * 30}:{'0' * 32}"),
    encoded(f"{'9' * 5000}:{'0' * 32}"),
    base64.b64encode(b"\xff\xfe:").decode(),
    encoded("80378-c0b2-4f35-b7c6-dc792fa09778"),
]


@pytest.mark.parametrize("cursor", BAD_CURSORS, ids=range(len(BAD_CURSORS)))
def test_what_is_no_cursor_is_bad_input(producer: Api, cursor: str) -> None:
    assert producer.code(document("mineNotifikasjoner"), {"after": cursor}) == "BAD_USER_INPUT"


@pytest.mark.parametrize("first", [0, -1, 10001, 2**31 - 1])
def test_a_page_holds_one_to_ten_thousand(producer: Api, first: int) -> None:
    assert producer.code(document("mineNotifikasjoner"), {"first": first}) == "BAD_USER_INPUT"


def test_a_page_may_be_as_large_as_ten_thousand_and_holds_a_thousand_untold(
    producer: Api,
) -> None:
    first = make(producer, 1)
    assert ids(page(producer, first=10000)) == [first]

    copies(first, 1000)
    shown = "edges { cursor } pageInfo { hasNextPage }"
    text = f"{{ mineNotifikasjoner {{ ... on NotifikasjonConnection {{ {shown} }} }} }}"
    answer = producer.data(text)["mineNotifikasjoner"]
    assert len(answer["edges"]) == 1000
    assert answer["pageInfo"] == {"hasNextPage": True}


# ---------------------------------------------------------------- a walk amid changes


def test_a_walk_sees_each_of_250_once_while_others_come_and_go(producer: Api) -> None:
    one, other = make(producer, 1), make(producer, 2, merkelapp=OTHER_LABEL)
    made = [one, other, *copies(one, 124), *copies(other, 124)]
    doomed = copies(other, 25)
    fresh: list[str] = []

    def change(number: int) -> None:
        fresh.append(make(producer, 2000 + number))
        if doomed:
            producer.done("hardDeleteNotifikasjon", id=doomed.pop(len(doomed) // 2))

    seen = walk(producer, first=17, between=change)

    assert len(seen) == len(set(seen))
    assert {id for id in seen if id in set(made)} == set(made)
    assert [id for id in seen if id in set(fresh)] == fresh


@pytest.mark.django_db(transaction=True)
def test_a_walk_sees_each_of_250_once_amid_calls_of_others(producer: Api) -> None:
    first = make(producer, 1)
    made = [first, *copies(first, 249)]
    doomed = copies(first, 60)
    done = threading.Event()

    def meddle(start: int) -> None:
        api = Api(producer.app)
        for number in range(start, start + 30):
            if done.is_set():
                break
            make(api, 2000 + number)
            api.done("hardDeleteNotifikasjon", id=doomed[number])

    def read() -> list[str]:
        try:
            return walk(Api(producer.app), first=9)
        finally:
            done.set()

    _, _, seen = in_parallel(partial(meddle, 0), partial(meddle, 30), read)

    assert len(seen) == len(set(seen))
    assert {id for id in seen if id in set(made)} == set(made)


# ---------------------------------------------------------------- cost


def queries_of(call: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        call()
    return [query["sql"] for query in captured.captured_queries]


def test_a_page_costs_the_same_number_of_queries_whatever_is_on_it(producer: Api) -> None:
    few = create(producer, "Beskjed", eksterneVarsler=[sms()])
    assert few["id"]
    one = len(queries_of(partial(page, producer)))
    for number in range(99):
        make(producer, number, mottakere=[ALTINN, RESSURS, LEDER], eksterneVarsler=[sms(), epost()])

    assert len(ids(page(producer))) == 100
    assert len(queries_of(partial(page, producer))) == one
    filters = {"merkelapper": [LABEL, OTHER_LABEL], "grupperingsid": "g", "first": 50}
    assert len(queries_of(partial(page, producer, **filters))) <= one
    assert one <= 5


def test_single_items_are_read_with_few_queries(producer: Api, sak_id: str) -> None:
    made = create(producer, "Oppgave", mottakere=[ALTINN, RESSURS, LEDER], eksterneVarsler=[sms()])

    assert len(queries_of(partial(producer.item, made["id"]))) <= 4
    assert len(queries_of(partial(producer.sak, sak_id))) <= 3


@pytest.mark.parametrize("column", ["merkelapp", "sak_koordinat"])
def test_a_page_is_read_from_the_index_from_its_cursor_on(producer: Api, column: str) -> None:
    copies(make(producer, 1, grupperingsid="g"), 2000)
    filters: Answer = {"grupperingsid": "g"} if column == "sak_koordinat" else {}
    after = page(producer, first=200, **filters)["pageInfo"]["endCursor"]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cases_notifikasjon")

    (sql,) = [
        sql
        for sql in queries_of(partial(page, producer, first=10, after=after, **filters))
        if "LATERAL" in sql
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    index = "notifikasjon_of_merkelapp" if column == "merkelapp" else "notifikasjon_of_sak"
    assert index in plan
    assert "Seq Scan" not in plan
    assert "Rows Removed by Filter" not in plan


# ---------------------------------------------------------------- what a creation costs


@pytest.mark.django_db(transaction=True)
def test_a_whole_oppgave_is_written_by_one_statement(producer: Api, sak_id: str) -> None:
    def statements(number: int, recipients: int, messages: int) -> list[str]:
        several = [{"altinnRessurs": {"ressursId": "nav_tiltak"}}, ALTINN, LEDER][:recipients]
        new = oppgave(
            mottakere=several,
            eksterneVarsler=[sms(), epost()] * messages,
            frist="2131-05-06",
            paaminnelse=paaminnelse(foerFrist="P1D"),
            metadata={"grupperingsid": "sak-1", "eksternId": f"{number}"},
        )
        return queries_of(partial(producer.done, "nyOppgave", nyOppgave=new))

    statements(0, 1, 1)  # The first ever may look things up that are remembered.
    told = statements(1, 1, 1)
    (written,) = [sql for sql in told if "INSERT INTO" in sql and '"cases_' in sql]
    for table in (
        "cases_notifikasjon",
        "cases_notifikasjonmottaker",
        "cases_paaminnelse",
        "cases_eksterntvarsel",
        "cases_hendelse",
        "audit_entry",
        "delivery_message",
    ):
        assert f'INSERT INTO "{table}"' in written
    assert "UPDATE cases_sak" in written
    # One statement is a transaction by itself.
    assert not [sql for sql in told if "SAVEPOINT" in sql or sql in {"BEGIN", "COMMIT"}]
    assert len(told) <= 6
    assert len(statements(2, 3, 20)) <= len(told) + 2  # More lanes may be new to the engine.


def test_of_an_oppgave_that_cannot_be_stored_nothing_is(producer: Api, sak_id: str) -> None:
    new = oppgave(eksterneVarsler=[sms(), epost()], metadata={"grupperingsid": "sak-1"})
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry ADD CONSTRAINT none CHECK (id IS NULL) NOT VALID")

    assert producer.code(document("nyOppgave"), {"nyOppgave": new}) == "INTERNAL"

    assert not Notifikasjon.objects.exists()
    assert not NotifikasjonMottaker.objects.exists()
    assert not EksterntVarsel.objects.exists()
    assert not Message.objects.exists()
