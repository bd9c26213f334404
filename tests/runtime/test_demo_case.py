"""The first case of `make run`, told to the real door."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from cases import tasks
from cases.models import EksterntVarsel, Notifikasjon, Paaminnelse, Producer, Sak
from cases.reminders import end_of
from cases.services import staff
from notifications_platform.core import clock
from notifications_platform.registers.loading import load
from notifications_platform.runtime.demo import DemoStopped
from notifications_platform.runtime.demo_case import MOBILE, CaseDemo
from notifications_platform.runtime.output import Output
from notifications_platform.runtime.run import DEMO_REGISTERS
from notifications_platform.runtime.web_client import WebClient
from notifications_platform.sandbox import clock_moves
from notifications_platform.sandbox.offset import OffsetReader
from tests.docs.demo_platform import manage

pytestmark = pytest.mark.django_db(transaction=True)

TUESDAY = "2031-03-04T11:00:00Z"


@pytest.fixture
def shown() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def demo(live_server: LiveServer, sandbox_clock: OffsetReader, shown: io.StringIO) -> CaseDemo:
    load(settings.BASE_DIR / DEMO_REGISTERS)
    move(now=TUESDAY)
    host, port = live_server.thread.host, live_server.thread.port
    return CaseDemo(WebClient((host, port), live_server.url), Output(shown))


@pytest.fixture
def token() -> str:
    return manage("token", "--client", "fager", "--kind", "entra")


def move(**where: str) -> None:
    clock_moves.move(where, real=clock.real())


def stored() -> list[object]:
    rows = (Sak, Notifikasjon, Paaminnelse, EksterntVarsel)
    return [list(model.objects.order_by("pk").values()) for model in rows]


def test_a_sak_with_an_oppgave_a_deadline_and_a_reminder_is_made(
    demo: CaseDemo, token: str, shown: io.StringIO
) -> None:
    sak_id = demo.show(token)

    assert f"sak {sak_id} with an oppgave" in shown.getvalue()
    sak, oppgave = Sak.objects.get(pk=sak_id), Notifikasjon.objects.get()
    assert (sak.koordinat, sak.produsent) == (oppgave.sak_koordinat, "fager")
    assert f"{oppgave.frist}" == "2031-03-11"
    reminder = Paaminnelse.objects.get()
    assert reminder.tidspunkt == end_of(datetime(2031, 3, 6, tzinfo=UTC).date())
    of_reminder = EksterntVarsel.objects.filter(paaminnelse=reminder).order_by("nummer")
    assert [one.kanal for one in of_reminder] == ["sms", "epost"]
    assert of_reminder[0].adresse == MOBILE


def test_another_start_finds_it_again(demo: CaseDemo, token: str) -> None:
    first = demo.show(token)
    before = stored()
    assert demo.show(token) == first
    move(advance="P1D")
    assert demo.show(token) == first
    assert stored() == before


def test_one_that_has_expired_begins_anew(demo: CaseDemo, token: str) -> None:
    demo.show(token)
    move(advance="P9D")
    tasks.sweep()
    assert Notifikasjon.objects.get().tilstand == "UTGAATT"
    move(now=TUESDAY)
    demo.show(token)
    oppgave = Notifikasjon.objects.get()
    assert (oppgave.tilstand, f"{oppgave.frist}") == ("NY", "2031-03-11")
    assert Paaminnelse.objects.get(closed_at__isnull=True, fired_at__isnull=True)


def test_one_that_staff_erased_has_a_successor(demo: CaseDemo, token: str) -> None:
    first = demo.show(token)
    staff.hard_delete_sak(Sak.objects.get().id, user="olga", reason="Gone.", now=clock.now())
    second = demo.show(token)
    assert second != first
    assert Notifikasjon.objects.get().ekstern_id == "demo-2-avtale"


def test_without_its_producer_the_step_is_skipped(demo: CaseDemo, token: str) -> None:
    Producer.objects.filter(client_id="fager").delete()
    with pytest.raises(DemoStopped, match="fager is not in these registers: step skipped"):
        demo.show(token)
    assert stored() == [[], [], [], []]


def test_with_other_labels_the_step_is_skipped(demo: CaseDemo, token: str) -> None:
    Producer.objects.filter(client_id="fager").update(merkelapper=["other"])
    with pytest.raises(DemoStopped, match="step skipped"):
        demo.show(token)
    assert stored() == [[], [], [], []]


def test_what_the_api_refuses_is_told(demo: CaseDemo) -> None:
    with pytest.raises(DemoStopped, match="answered 401"):
        demo.show("no token")


def test_its_reminder_and_its_deadline_lie_where_the_banner_moves_the_clock(
    demo: CaseDemo, token: str
) -> None:
    """Whatever the time of day at the start, and where an hour is missing or there twice."""
    for start in ("2031-03-25T23:30:00Z", "2031-10-21T22:05:00Z", "2031-12-31T22:59:59Z"):
        Notifikasjon.objects.all().delete()
        move(now=start)
        demo.show(token)
        began, reminder = clock.now(), Paaminnelse.objects.order_by("-created_at")[0]
        expiry = Notifikasjon.objects.get().utgaar_at
        assert expiry
        assert began < reminder.tidspunkt < began + timedelta(days=3) < expiry
        assert expiry < began + timedelta(days=9)
