"""A row that cannot be handled holds up no other one (cases contract 9 to 11)."""

import pytest
from django.db import OperationalError, connection
from structlog.testing import capture_logs

from cases.lifecycle import erasing, expiring, queueing, reminding
from cases.lifecycle.confining import PAUSE
from cases.models import EksterntVarsel, Slettet
from tests.cases.lifecycle.living import Moment, events, fired, row, sweep
from tests.cases.producing import Api, altinntjeneste, oppgave, paaminnelse, sak

pytestmark = pytest.mark.django_db

REMINDER = "2031-03-10T12:00"
MIDNIGHT = "2031-04-01T00:00"
ERASED = "2031-05-01T00:00"


@pytest.fixture(params=[1, 3], ids=["alone in its batch", "among others"])
def batch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    for step in (reminding, queueing, expiring, erasing):
        monkeypatch.setattr(step, "BATCH", request.param)
    return int(request.param)


@pytest.fixture
def ids(api: Api, batch: int) -> list[str]:
    """Due at the same moments; the second one is bad."""
    made = []
    for number in range(4):
        given = oppgave(
            frist="2031-03-31",
            paaminnelse=paaminnelse(konkret=REMINDER),
            eksterneVarsler=[altinntjeneste(sendetidspunkt={"tidspunkt": REMINDER})],
            metadata={"eksternId": f"{number}", "hardDelete": {"den": f"{ERASED}:00"}},
        )
        made.append(str(api.done("nyOppgave", nyOppgave=given)["id"]))
    return made


def refuse(table: str, rule: str) -> None:
    """From now on the database refuses such rows."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT bad CHECK (NOT ({rule})) NOT VALID")


def forgive(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT bad")


def away(*_args: object) -> int:
    raise OperationalError("the connection is lost")


@pytest.mark.parametrize(
    ("at", "event"),
    [
        (REMINDER, "PaaminnelseOpprettet"),
        (MIDNIGHT, "OppgaveUtgaatt"),
        (ERASED, "HardDelete"),
    ],
)
def test_what_fails_alone_is_left_alone_and_tried_again(
    moment: Moment, ids: list[str], at: str, event: str
) -> None:
    bad = ids[1]
    refuse("cases_hendelse", f"aggregate_id = '{bad}' AND type = '{event}'")
    moment.oslo(at)
    with capture_logs() as logs:
        sweep()
        sweep()
    assert [events(id).count(event) for id in ids] == [1, 0, 1, 1]
    named = [line for line in logs if line["event"] == "cases.sweep_left_alone"]
    assert len(named) == 1
    assert bad in str(named) or event == "PaaminnelseOpprettet"

    forgive("cases_hendelse")
    sweep()
    assert events(bad).count(event) == 0
    moment.at += PAUSE
    sweep()
    sweep()
    assert [events(id).count(event) for id in ids] == [1] * 4


def test_a_message_that_cannot_be_queued_holds_up_no_other(moment: Moment, ids: list[str]) -> None:
    refuse("cases_eksterntvarsel", f"notifikasjon_id = '{ids[1]}' AND status = 'FEILET'")
    moment.oslo(REMINDER)
    sweep()
    waiting = EksterntVarsel.objects.filter(queue_at__isnull=False)
    assert [str(one.notifikasjon_id) for one in waiting.all()] == [ids[1]]
    assert [fired(id) for id in ids] == [1] * 4
    forgive("cases_eksterntvarsel")
    moment.at += PAUSE
    sweep()
    assert not waiting.all().exists()


def test_a_sak_that_cannot_be_erased_holds_up_no_other(api: Api, moment: Moment) -> None:
    saker = [
        str(api.done("nySak", **sak(grupperingsid=name, hardDelete={"den": f"{ERASED}:00"}))["id"])
        for name in ("a", "b", "c")
    ]
    refuse("cases_slettet", f"id = '{saker[0]}'")
    moment.oslo(ERASED)
    sweep()
    assert {str(id) for id in Slettet.objects.values_list("id", flat=True)} == set(saker[1:])
    forgive("cases_slettet")
    moment.at += PAUSE
    sweep()
    assert Slettet.objects.count() == 3


def test_a_database_that_is_away_is_no_rows_fault(
    moment: Moment, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment.oslo(MIDNIGHT)
    with monkeypatch.context() as broken, capture_logs() as logs:
        broken.setattr(expiring, "_expire", away)
        sweep()
    assert not [line for line in logs if line["event"] == "cases.sweep_left_alone"]
    sweep()
    assert {row(id).tilstand for id in ids} == {"UTGAATT"}
