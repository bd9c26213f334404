"""The pages of one sak, one notifikasjon and one eksternt varsel, as staff read them."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases import tasks
from cases.models import EksterntVarsel, Hendelse, Notifikasjon, Sak, Slettet
from cases.services import staff
from notifications_platform.audit.models import Entry
from notifications_platform.back_office.owned import bind
from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.core.windows import OSLO
from notifications_platform.delivery import circumstances, draining, resending
from notifications_platform.delivery.channels.base import Permanent
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel, Reason
from tests.cases.producing import (
    LEDER,
    NO_ID,
    Api,
    altinntjeneste,
    epost,
    kalenderavtale,
    oppgave,
    paaminnelse,
    sak,
    sms,
)
from tests.staff import browser, url
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)

FNR = LEDER["naermesteLeder"]["naermesteLederFnr"]


@pytest.fixture
def reader() -> Client:
    return browser(Role.READER)


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    only = FakeTransport(reports=True)
    for module in (draining, circumstances):
        monkeypatch.setattr(module, "transports", lambda _channel: [only])
    return only


def page(client: Client, row: Any) -> str:
    answer = client.get(url(type(row), "change", row.pk))
    assert answer.status_code == 200
    return answer.text


def an_oppgave(producer: Api, key: str = "ekstern-1", **changes: Any) -> Notifikasjon:
    """Of the sak `sak-1`, with a frist, a reminder and its SMS, an SMS and an e-mail."""
    given = oppgave(
        metadata={"grupperingsid": "sak-1", "eksternId": key},
        mottakere=[LEDER],
        **{
            "frist": "2131-05-07",
            "paaminnelse": paaminnelse(konkret="2131-05-05T10:00:00"),
            "eksterneVarsler": [sms(), epost()],
            **changes,
        },
    )
    return Notifikasjon.objects.get(pk=producer.done("nyOppgave", nyOppgave=given)["id"])


def test_the_page_of_a_sak_tells_its_story_and_what_comes_next(
    producer: Api, sak_id: str, reader: Client
) -> None:
    item = an_oppgave(producer)
    producer.done("nyStatusSak", id=sak_id, nyStatus="UNDER_BEHANDLING", idempotencyKey="k")
    producer.done("nesteStegSak", id=sak_id, nesteSteg="Vi ringer deg")

    shown = page(reader, Sak.objects.get())

    for told in ("Søknad om tilskudd", "sak-1", "Vi ringer deg", "Under behandling", "Les dette"):
        assert told in shown
    assert "Becomes UTGAATT at 2131-05-08 00:00:00 (Oslo)" in shown
    assert "Reminder fires at 2131-05-05 10:00:00 (Oslo)" in shown
    assert "it is not to leave before 2131-05-06 07:08:09 (Oslo)" in shown
    assert "by epost to k…@example.no: NY at 2131-05-06 07:08:09 (Oslo)" in shown
    assert url(Notifikasjon, "change", item.pk) in shown
    for varsel in EksterntVarsel.objects.all():
        assert url(EksterntVarsel, "change", varsel.pk) in shown
    for message in Message.objects.all():
        assert url(Message, "change", message.pk) in shown
    for hendelse in Hendelse.objects.all():
        assert url(Hendelse, "change", hendelse.pk) in shown


def test_the_story_goes_from_the_first_call_to_what_is_planned(
    producer: Api, sak_id: str, reader: Client
) -> None:
    an_oppgave(producer, eksterneVarsler=[])
    producer.done("nyStatusSak", id=sak_id, nyStatus="FERDIG")
    producer.done("nesteStegSak", id=sak_id, nesteSteg="Vi ringer deg")
    shown = page(reader, Sak.objects.get())
    timeline = shown[shown.index(">Timeline<") :]
    told = [
        "The sak was made",
        "Status MOTTATT",
        "The oppgave was made",
        "Status FERDIG",
        "Its next step was changed",
        "Reminder fires",
        "Becomes UTGAATT",
    ]
    assert sorted(told, key=timeline.index) == told
    assert timeline.count("by tiltak") >= 4


def test_a_sak_shows_national_numbers_masked(producer: Api, reader: Client) -> None:
    producer.done("nySak", **sak(mottakere=[LEDER]))
    shown = page(reader, Sak.objects.get())
    assert "NaermesteLederMottaker" in shown
    assert "010…45" in shown
    assert FNR not in shown


def test_a_page_costs_the_same_for_one_notifikasjon_and_for_fifty(
    producer: Api, sak_id: str, reader: Client
) -> None:
    an_oppgave(producer)
    one = Sak.objects.get()
    page(reader, one)
    with CaptureQueriesContext(connection) as few:
        page(reader, one)
    for number in range(49):
        an_oppgave(producer, f"more-{number}")
    with CaptureQueriesContext(connection) as many:
        shown = page(reader, one)
    assert "more-48" not in shown  # what the producer calls it is on its own page
    assert shown.count("Becomes UTGAATT") >= 50
    assert len(many) == len(few) < 40


def test_a_large_sak_is_shown_in_part(
    producer: Api, sak_id: str, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.sak_page.MOST_SHOWN", 2)
    monkeypatch.setattr("cases.page_parts.MOST_SHOWN", 2)
    for number in range(3):
        an_oppgave(producer, f"n-{number}", eksterneVarsler=[], paaminnelse=None)
    shown = page(reader, Sak.objects.get())
    assert "The newest 2 of its notifikasjoner are shown." in shown
    assert shown.count("The oppgave was made") == 2


def test_opening_a_page_is_noted(producer: Api, sak_id: str, reader: Client) -> None:
    an_oppgave(producer)
    rows = [Sak.objects.get(), Notifikasjon.objects.get(), EksterntVarsel.objects.all()[0]]
    for row in [*rows, Hendelse.objects.all()[0]]:
        page(reader, row)
    noted = Entry.objects.filter(action="back_office.view").order_by("id")
    assert list(noted.values_list("subject_kind", flat=True)) == [
        "sak",
        "notifikasjon",
        "eksternt_varsel",
        "hendelse",
    ]
    assert {entry.actor for entry in noted} == {"olga"}


def test_the_page_of_an_oppgave_says_what_happens_next(
    producer: Api, sak_id: str, reader: Client
) -> None:
    shown = page(reader, an_oppgave(producer))
    assert "unless it is done or extended first, it becomes UTGAATT at 2131-05-08" in shown
    assert "Its reminder fires at 2131-05-05 10:00:00 (Oslo), with 1 external message." in shown
    assert "It leaves when its reminder fires, at 2131-05-05 10:00:00 (Oslo)." in shown
    assert "It has 3 external messages: 3 NY." in shown
    assert "Reminder fires" in shown
    assert "Becomes UTGAATT" in shown
    assert 'class="bo-headline bo-headline-waiting"' in shown
    assert FNR in shown
    assert url(Sak, "change", sak_id) in shown
    assert "Appointment" not in shown


def test_a_dropped_reminder_says_why(producer: Api, reader: Client) -> None:
    item = an_oppgave(producer)
    producer.done("oppgaveUtfoert", id=str(item.pk))
    shown = page(reader, item)
    assert "was dropped at" in shown
    assert shown.count("because the oppgave was done") >= 2  # the reminder, and its SMS


def test_the_story_tells_an_oppgave_that_ran_out_from_one_that_its_producer_ended(
    producer: Api, reader: Client
) -> None:
    plain: dict[str, Any] = {"eksterneVarsler": [], "paaminnelse": None}
    late = an_oppgave(producer, "late", frist="2020-01-01", **plain)
    ended = an_oppgave(producer, "ended", **plain)
    producer.done("oppgaveUtgaatt", id=str(ended.pk))
    tasks.sweep()
    for item, is_late in ((late, True), (ended, False)):
        shown = page(reader, item)
        assert "The oppgave expired (UTGAATT)" in shown
        assert ("Its frist was over." in shown) is is_late
        assert "by the platform" not in shown


def test_the_page_of_a_kalenderavtale_shows_when_and_where(
    producer: Api, sak_id: str, reader: Client
) -> None:
    place = {"adresse": "Storgata 1", "postnummer": "0155", "poststed": "Oslo"}
    made = producer.done("nyKalenderavtale", **kalenderavtale(lokasjon=place))
    shown = page(reader, Notifikasjon.objects.get(pk=made["id"]))
    assert "It begins at 2131-05-06 09:00:00 (Oslo)." in shown
    assert "Storgata 1" in shown
    assert "Appointment begins" in page(reader, Sak.objects.get())


def test_an_external_message_shows_what_became_of_it(
    producer: Api, reader: Client, transport: FakeTransport
) -> None:
    transport.answer = lambda _parcel: Permanent(Reason.INVALID_ADDRESS, "Invalid RCV")
    an_oppgave(producer, eksterneVarsler=[sms()], paaminnelse=None)
    draining.drain(Channel.SMS)
    varsel = EksterntVarsel.objects.get()

    shown = page(reader, varsel)

    assert 'class="bo-headline bo-headline-bad"' in shown
    assert "the address was refused as malformed" in shown
    assert "Invalid RCV" in shown
    assert "FEILET" in shown
    for its in (shown, page(reader, EksterntVarsel.objects.first())):
        assert its.index(">Timeline<") < its.index("<fieldset")
    story = shown[shown.index(">Timeline<") :]
    told = [
        "The oppgave was made",
        "Ordered by sms",
        "Put into the outbox",
        "by sms to",
        "Attempt 1",
    ]
    assert sorted(told, key=story.index) == told
    message = Message.objects.get()
    assert url(Message, "change", message.pk) in shown
    assert "99887766" not in shown
    story_of_it = page(reader, message)
    assert url(EksterntVarsel, "change", varsel.pk) in story_of_it
    assert "The oppgave was made" in story_of_it
    whole = page(reader, Notifikasjon.objects.get())
    assert "1 external message failed, by sms. Not sent: the address was refused" in whole
    assert "Attempt 1" in whole


def test_an_external_message_shows_its_text_until_the_outbox_has_it(
    producer: Api, reader: Client
) -> None:
    an_oppgave(producer, eksterneVarsler=[altinntjeneste(), sms()], paaminnelse=None)
    waiting, queued = EksterntVarsel.objects.order_by("nummer")
    shown = page(reader, waiting)
    assert "Du har fått en oppgave" in shown
    assert "5441:1" in shown
    assert "contact points are looked up when it may leave, at 2131-05-06" in shown
    assert "Du har fått en oppgave" not in page(reader, queued)


def test_a_sak_that_is_erased_soon_says_so(producer: Api, reader: Client) -> None:
    producer.done("nySak", **sak(hardDelete={"den": "2131-01-01T00:00:00"}))
    assert "It is erased for good at 2131-01-01 00:00:00 (Oslo)" in page(reader, Sak.objects.get())


def test_what_has_been_erased_leads_to_its_tombstone(
    producer: Api, sak_id: str, reader: Client
) -> None:
    item = an_oppgave(producer)
    producer.done("hardDeleteSak", id=sak_id)
    for model, id in ((Sak, sak_id), (Notifikasjon, item.pk), (Notifikasjon, sak_id)):
        answer = reader.get(url(model, "change", id))
        assert answer["Location"] == url(Slettet, "change", id)
    shown = page(reader, Slettet.objects.get(pk=sak_id))
    assert "sak-1" in shown
    assert "Søknad" not in shown
    assert "The Sak was erased for good at" in shown
    assert "Nothing of what it said is left." in shown
    assert "by dev-gcp:" in shown
    its = page(reader, Slettet.objects.get(pk=item.pk))
    assert url(Slettet, "change", sak_id) in its
    told = ["The oppgave was made", "It was erased for good"]
    timeline = its[its.index(">Timeline<") :]
    assert sorted(told, key=timeline.index) == told
    for private in ("Les dette", "ekstern-1", FNR):
        assert private not in its


def test_what_staff_did_stands_in_the_story_with_who_and_why(
    producer: Api, sak_id: str, reader: Client
) -> None:
    item = an_oppgave(producer, eksterneVarsler=[], paaminnelse=None)
    now = clock.now()
    staff.soft_delete_notifikasjon(item.pk, user="odd", reason="Sent by mistake", now=now)
    staff.soft_delete_sak(Sak.objects.get().pk, user="odd", reason="The same", now=now)
    for row in (item, Sak.objects.get()):
        shown = page(reader, row)
        story = shown[shown.index(">Timeline<") :]
        assert "by odd of the staff" in story
        assert "Reason: Sent by mistake" in story
        assert "It was hidden from its recipients" in story


def test_staff_bound_to_one_producer_see_nothing_of_another_in_a_shared_sak(
    producer: Api, sak_id: str
) -> None:
    ours, theirs = an_oppgave(producer), an_oppgave(producer, "their-1")
    Notifikasjon.objects.filter(pk=theirs.pk).update(produsent="arena", tekst="Their secret")
    bound = browser(Role.READER, "bo")
    bind(User.objects.get(username="bo"), {"tiltak"}, by="ada", now=clock.now())
    shown = page(bound, Sak.objects.get())
    assert url(Notifikasjon, "change", ours.pk) in shown
    assert url(Notifikasjon, "change", theirs.pk) not in shown
    assert "Their secret" not in shown
    assert bound.get(url(Notifikasjon, "change", theirs.pk)).status_code == 404


def test_a_message_that_failed_is_corrected_from_the_page_of_its_eksternt_varsel(
    producer: Api, sak_id: str, reader: Client, transport: FakeTransport
) -> None:
    operator = browser(Role.OPERATOR, "odd")
    an_oppgave(producer, paaminnelse=None, eksterneVarsler=[sms()])
    varsel, message = EksterntVarsel.objects.get(), Message.objects.get()
    assert url(Message, "correct", message.pk) not in page(operator, varsel)
    transport.answer = lambda _parcel: Permanent(Reason.SUPPRESSED, "barred")
    draining.drain(Channel.SMS)

    assert url(Message, "correct", message.pk) in page(operator, varsel)
    assert "Correct the number and send" in page(operator, varsel)
    assert "Correct the number and send" not in page(reader, varsel)

    resending.resend(message.pk, user="odd", reason="He rang.", now=clock.now())
    assert url(Message, "correct", message.pk) not in page(operator, varsel)


def test_an_id_of_nothing_leads_nowhere(producer: Api, reader: Client) -> None:
    for id in (NO_ID, "x"):
        answer = reader.get(url(Sak, "change", id))
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")


def test_a_reminder_that_has_fired_stands_in_the_timeline(
    producer: Api, sak_id: str, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = clock.now() + timedelta(minutes=5)
    an_oppgave(
        producer,
        eksterneVarsler=[],
        paaminnelse=paaminnelse(konkret=f"{soon.astimezone(OSLO):%Y-%m-%dT%H:%M:%S}"),
    )
    monkeypatch.setattr(clock, "now", lambda: soon + timedelta(days=1))
    tasks.sweep()
    monkeypatch.undo()
    shown = page(reader, Sak.objects.get())
    assert "Reminder fired" in shown
    assert "Eksternt varsel of a reminder by sms to +47" in shown
