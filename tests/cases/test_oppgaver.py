"""The life of an oppgave as its producer steers it (cases contract 7, 8.2, 9.1, 9.3)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cases.models import EksterntVarsel, Hendelse, Notifikasjon, Paaminnelse
from tests.cases.producing import (
    LABEL,
    NO_ID,
    Answer,
    Api,
    create,
    epost,
    oppgave,
    paaminnelse,
    sms,
)
from tests.cases.test_saker import events_of

REF = {"merkelapp": LABEL, "eksternId": "ekstern-1"}
CALLS: dict[str, Answer] = {
    "oppgaveUtfoert": {},
    "oppgaveUtgaatt": {},
    "oppgaveUtsettFrist": {"nyFrist": "2131-06-01"},
    "oppgaveEndrePaaminnelse": {"paaminnelse": paaminnelse(konkret="2131-01-01T12:00:00")},
}
# By their state before, what the four calls answer, and the state after.
BAD = "UgyldigPaaminnelseTidspunkt"
ANSWERS = {
    ("NY", "oppgaveUtfoert"): ("OppgaveUtfoertVellykket", "UTFOERT"),
    ("NY", "oppgaveUtgaatt"): ("OppgaveUtgaattVellykket", "UTGAATT"),
    ("NY", "oppgaveUtsettFrist"): ("OppgaveUtsettFristVellykket", "NY"),
    ("NY", "oppgaveEndrePaaminnelse"): ("OppgaveEndrePaaminnelseVellykket", "NY"),
    ("UTGAATT", "oppgaveUtfoert"): ("OppgaveUtfoertVellykket", "UTFOERT"),
    ("UTGAATT", "oppgaveUtgaatt"): ("OppgaveUtgaattVellykket", "UTGAATT"),
    ("UTGAATT", "oppgaveUtsettFrist"): ("OppgaveUtsettFristVellykket", "NY"),
    ("UTGAATT", "oppgaveEndrePaaminnelse"): (BAD, "UTGAATT"),
    ("UTFOERT", "oppgaveUtfoert"): ("OppgaveUtfoertVellykket", "UTFOERT"),
    ("UTFOERT", "oppgaveUtgaatt"): ("OppgavenErAlleredeUtfoert", "UTFOERT"),
    ("UTFOERT", "oppgaveUtsettFrist"): ("Konflikt", "UTFOERT"),
    ("UTFOERT", "oppgaveEndrePaaminnelse"): ("OppgavenErAlleredeUtfoert", "UTFOERT"),
}
ENDS = {"UTFOERT": "oppgaveUtfoert", "UTGAATT": "oppgaveUtgaatt"}


@pytest.fixture
def oppgave_id(producer: Api) -> str:
    """With a message of its own, a deadline and a reminder with a message."""
    new = {
        "eksterneVarsler": [epost()],
        "frist": "2131-05-06",
        "paaminnelse": paaminnelse(foerFrist="P1D"),
    }
    return str(create(producer, "Oppgave", **new)["id"])


def state(api: Api, id: str) -> str:
    return str(api.item(id)["oppgave"]["tilstand"])


def open_reminders() -> list[datetime]:
    several = Paaminnelse.objects.filter(closed_at__isnull=True, fired_at__isnull=True)
    return list(several.values_list("tidspunkt", flat=True))


def everything(id: str) -> list[Any]:
    """All that a refused call must leave as it is."""
    return [
        *Notifikasjon.objects.filter(pk=id).values(),
        *Paaminnelse.objects.order_by("id").values(),
        *EksterntVarsel.objects.order_by("id").values(),
        Hendelse.objects.count(),
    ]


@pytest.mark.parametrize("suffix", ["", "ByEksternId"])
@pytest.mark.parametrize(("before", "field"), ANSWERS)
def test_each_call_in_each_state(
    producer: Api, oppgave_id: str, before: str, field: str, suffix: str
) -> None:
    if before in ENDS:
        producer.done(ENDS[before], id=oppgave_id)
    member, after = ANSWERS[before, field]
    untouched = everything(oppgave_id)
    ref = REF if suffix else {"id": oppgave_id}

    answer = producer.call(f"{field}{suffix}", **ref, **CALLS[field])

    assert answer["__typename"] == member
    assert state(producer, oppgave_id) == after
    if "feilmelding" in answer:
        assert everything(oppgave_id) == untouched
    else:
        assert answer["id"] == oppgave_id


def test_a_number_may_name_an_oppgave_in_the_old_call(producer: Api) -> None:
    made = create(producer, "Oppgave", eksternId="17")
    ref = {"merkelapp": LABEL, "eksternId": 17}

    assert producer.done("oppgaveUtfoertByEksternId", **ref)["id"] == made["id"]
    assert state(producer, made["id"]) == "UTFOERT"


@pytest.mark.parametrize("kind", ["Beskjed", "Kalenderavtale"])
@pytest.mark.parametrize("field", CALLS)
def test_another_kind_is_not_found(producer: Api, sak_id: str, field: str, kind: str) -> None:
    made = create(producer, kind)
    before = Hendelse.objects.count()

    for suffix, ref in (("", {"id": made["id"]}), ("ByEksternId", REF)):
        member = producer.member(f"{field}{suffix}", **ref, **CALLS[field])
        assert member == "NotifikasjonFinnesIkke"
    assert Hendelse.objects.count() == before


@pytest.mark.parametrize("field", CALLS)
def test_nothing_is_found_where_nothing_is(producer: Api, field: str) -> None:
    for suffix, ref in (("", {"id": NO_ID}), ("ByEksternId", REF)):
        member = producer.member(f"{field}{suffix}", **ref, **CALLS[field])
        assert member == "NotifikasjonFinnesIkke"
    assert not Hendelse.objects.exists()


# ---------------------------------------------------------------- done, expired


@pytest.mark.parametrize(("tilstand", "field"), ENDS.items())
def test_an_ended_oppgave_has_its_link_and_no_reminder_but_its_own_messages(
    producer: Api, oppgave_id: str, tilstand: str, field: str
) -> None:
    producer.done(field, id=oppgave_id, nyLenke="#ny")

    item = producer.item(oppgave_id)
    assert (item["oppgave"]["tilstand"], item["oppgave"]["lenke"]) == (tilstand, "#ny")
    assert [varsel["status"] for varsel in item["eksterneVarsler"]] == ["NY"]
    of_reminder = EksterntVarsel.objects.get(paaminnelse__isnull=False)
    assert of_reminder.status == "KANSELLERT"
    assert open_reminders() == []
    producer.done(field, id=oppgave_id)
    assert producer.item(oppgave_id)["oppgave"]["lenke"] == "#ny"


def test_a_repeated_completion_updates_time_and_link(producer: Api, oppgave_id: str) -> None:
    for year, lenke in ((2031, "#a"), (2030, "#b")):
        time = f"{year}-05-06T07:08:09+02:00"
        producer.done("oppgaveUtfoert", id=oppgave_id, utfoertTidspunkt=time, nyLenke=lenke)
        row = Notifikasjon.objects.get()
        assert row.utfoert_tidspunkt == datetime(year, 5, 6, 5, 8, 9, tzinfo=UTC)
        assert row.lenke == lenke


def test_expiry_has_the_time_that_is_stated(producer: Api, oppgave_id: str) -> None:
    producer.done("oppgaveUtgaatt", id=oppgave_id, utgaattTidspunkt="2031-05-06T07:08:09Z")

    row = Notifikasjon.objects.get()
    assert row.utgaatt_tidspunkt == datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert row.utgaar_at is None


# ---------------------------------------------------------------- utsettFrist


def test_an_expired_oppgave_is_opened_again_with_what_the_call_gives(
    producer: Api, oppgave_id: str
) -> None:
    producer.done("oppgaveUtgaatt", id=oppgave_id)
    reminder = paaminnelse(foerFrist="P1D")
    producer.done("oppgaveUtsettFrist", id=oppgave_id, nyFrist="2131-06-01", paaminnelse=reminder)

    row = Notifikasjon.objects.get()
    assert (row.tilstand, row.utgaatt_tidspunkt) == ("NY", None)
    assert row.utgaar_at == datetime(2131, 6, 1, 22, tzinfo=UTC)
    assert open_reminders() == [datetime(2131, 5, 31, 21, 59, 59, 999999, tzinfo=UTC)]
    assert events_of(oppgave_id)[-1] == "FristUtsatt"


def test_a_reminder_is_dropped_unless_it_is_given_anew(producer: Api, oppgave_id: str) -> None:
    producer.done("oppgaveUtsettFrist", id=oppgave_id, nyFrist="2131-06-01")

    assert open_reminders() == []
    assert EksterntVarsel.objects.get(paaminnelse__isnull=False).status == "KANSELLERT"


@pytest.mark.parametrize("frist", ["2131-05-06", "2131-05-07"])
def test_the_same_frist_or_a_later_one_will_do(producer: Api, oppgave_id: str, frist: str) -> None:
    assert producer.done("oppgaveUtsettFrist", id=oppgave_id, nyFrist=frist)["id"] == oppgave_id


def test_an_earlier_frist_is_a_conflict(producer: Api, oppgave_id: str) -> None:
    before = everything(oppgave_id)
    earlier = {"id": oppgave_id, "nyFrist": "2131-05-05"}

    assert producer.member("oppgaveUtsettFrist", **earlier) == "Konflikt"
    assert everything(oppgave_id) == before


def test_an_oppgave_may_get_its_first_frist(producer: Api) -> None:
    made = create(producer, "Oppgave")
    producer.done("oppgaveUtsettFrist", id=made["id"], nyFrist="2001-01-01")

    assert str(Notifikasjon.objects.get().frist) == "2001-01-01"


# ---------------------------------------------------------------- reminders

REFUSED = {
    "in the past": paaminnelse(konkret="2001-01-01T00:00:00"),
    "after the frist": paaminnelse(konkret="2131-06-02T00:00:00"),
    "of a kalenderavtale": paaminnelse(foerStartTidspunkt="P1D"),
    "beyond the calendar": paaminnelse(etterOpprettelse="P9000Y"),
    "before it was created": paaminnelse(foerFrist="P500Y"),
}


@pytest.mark.parametrize("reminder", REFUSED.values(), ids=REFUSED)
def test_a_bad_reminder_is_refused_wherever_it_is_given(
    producer: Api, oppgave_id: str, reminder: Answer
) -> None:
    before = everything(oppgave_id)

    change = {"id": oppgave_id, "paaminnelse": reminder}
    assert producer.member("oppgaveEndrePaaminnelse", **change) == BAD
    assert producer.member("oppgaveUtsettFrist", nyFrist="2131-06-01", **change) == BAD
    new = oppgave(
        frist="2131-06-01",
        paaminnelse=reminder,
        eksterneVarsler=[sms()],
        metadata={"eksternId": "ny"},
    )
    assert producer.member("nyOppgave", nyOppgave=new) == BAD
    assert everything(oppgave_id) == before


def test_foer_frist_needs_a_frist(producer: Api) -> None:
    new = oppgave(paaminnelse=paaminnelse(foerFrist="P1D"))

    assert producer.member("nyOppgave", nyOppgave=new) == BAD
    assert not Notifikasjon.objects.exists()


@pytest.mark.parametrize("absent", [{}, {"paaminnelse": None}], ids=["absent", "null"])
@pytest.mark.parametrize("tilstand", ["NY", "UTGAATT"])
def test_null_or_nothing_removes_the_reminder(
    producer: Api, oppgave_id: str, absent: Answer, tilstand: str
) -> None:
    if tilstand == "UTGAATT":
        producer.done("oppgaveUtgaatt", id=oppgave_id)

    assert producer.done("oppgaveEndrePaaminnelse", id=oppgave_id, **absent)["id"] == oppgave_id
    assert open_reminders() == []
    assert events_of(oppgave_id)[-1] == "OppgavePaaminnelseEndret"


def test_a_new_reminder_replaces_the_open_one_and_its_messages(
    producer: Api, oppgave_id: str
) -> None:
    reminder = paaminnelse(konkret="2131-01-01T12:00:00", sms_text="En annen")
    producer.done("oppgaveEndrePaaminnelse", id=oppgave_id, paaminnelse=reminder)

    assert open_reminders() == [datetime(2131, 1, 1, 11, tzinfo=UTC)]
    of_reminders = EksterntVarsel.objects.filter(paaminnelse__isnull=False).order_by("nummer")
    assert [varsel.status for varsel in of_reminders] == ["KANSELLERT", "NY"]
    assert len(producer.item(oppgave_id)["eksterneVarsler"]) == 1


def test_a_key_counts_once_whatever_came_with_it_and_whatever_has_happened_since(
    producer: Api, oppgave_id: str
) -> None:
    first = {"idempotencyKey": "k", "paaminnelse": paaminnelse(konkret="2131-01-01T12:00:00")}
    producer.done("oppgaveEndrePaaminnelse", id=oppgave_id, **first)
    before = everything(oppgave_id)

    for other in (first, {"idempotencyKey": "k"}, first | {"paaminnelse": REFUSED["in the past"]}):
        told = producer.done("oppgaveEndrePaaminnelseByEksternId", **REF, **other)
        assert told["id"] == oppgave_id
    assert everything(oppgave_id) == before
    producer.done("oppgaveUtfoert", id=oppgave_id)
    assert producer.done("oppgaveEndrePaaminnelse", id=oppgave_id, **first)["id"] == oppgave_id
    fresh = first | {"idempotencyKey": "another"}
    refused = producer.member("oppgaveEndrePaaminnelse", id=oppgave_id, **fresh)
    assert refused == "OppgavenErAlleredeUtfoert"


def test_a_refused_call_does_not_use_its_key(producer: Api, oppgave_id: str) -> None:
    bad = {"idempotencyKey": "k", "paaminnelse": REFUSED["in the past"]}
    assert producer.member("oppgaveEndrePaaminnelse", id=oppgave_id, **bad) == BAD

    good = bad | {"paaminnelse": paaminnelse(konkret="2131-01-01T12:00:00")}
    producer.done("oppgaveEndrePaaminnelse", id=oppgave_id, **good)
    assert open_reminders() == [datetime(2131, 1, 1, 11, tzinfo=UTC)]


# ---------------------------------------------------------------- hidden


@pytest.mark.parametrize("field", CALLS)
def test_a_soft_deleted_oppgave_is_changed_and_stays_hidden(
    producer: Api, oppgave_id: str, field: str
) -> None:
    producer.done("softDeleteNotifikasjon", id=oppgave_id)
    hidden = producer.item(oppgave_id)["metadata"]
    assert open_reminders() == []

    assert producer.done(field, id=oppgave_id, **CALLS[field])["id"] == oppgave_id

    assert producer.item(oppgave_id)["metadata"] == hidden
    assert open_reminders() == []
    assert Notifikasjon.objects.get().utgaar_at is None


# ---------------------------------------------------------------- scheduled deletion


def schedule(strategi: str, **time: str) -> Answer:
    return {"hardDelete": {"nyTid": time, "strategi": strategi}}


@pytest.mark.parametrize(("field", "stated"), [
    ("oppgaveUtfoert", "utfoertTidspunkt"),
    ("oppgaveUtgaatt", "utgaattTidspunkt"),
])  # fmt: skip
def test_a_schedule_counts_from_the_stated_time(
    producer: Api, oppgave_id: str, field: str, stated: str
) -> None:
    def planned(**more: Any) -> datetime | None:
        producer.done(field, id=oppgave_id, **more)
        return Notifikasjon.objects.get().hard_delete_at

    at = {stated: "2031-01-31T12:00:00Z"}
    assert planned(**at, **schedule("FORLENG", om="P1M")) == datetime(2031, 2, 28, 12, tzinfo=UTC)
    assert planned(**at, **schedule("FORLENG", om="P1D")) == datetime(2031, 2, 28, 12, tzinfo=UTC)
    assert planned(**at, **schedule("FORLENG", om="P1Y")) == datetime(2032, 1, 31, 12, tzinfo=UTC)
    assert planned(**at, **schedule("OVERSKRIV", om="P1D")) == datetime(2031, 2, 1, 12, tzinfo=UTC)
    assert planned(**schedule("OVERSKRIV", den="2131-07-01T00:00")) == datetime(
        2131, 6, 30, 22, tzinfo=UTC
    )
    assert planned() == datetime(2131, 6, 30, 22, tzinfo=UTC)
