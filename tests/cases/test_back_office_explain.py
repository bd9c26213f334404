"""What happens next to a notifikasjon, in words (cases/explain.py). Pure: no database."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from cases.explain import CAUSES, Around, explain, explain_sak, explain_varsel
from cases.models import EksterntVarsel, Hendelse, Notifikasjon, Paaminnelse, Sak
from cases.reminders import end_of, midnight_after
from cases.states import (
    EksterntVarselStatus,
    HendelseType,
    KalenderavtaleTilstand,
    Kanal,
    OppgaveTilstand,
    Sendevindu,
)
from notifications_platform.delivery.explain import Sentence, Tone

NOW = datetime(2031, 3, 4, 11, 0, tzinfo=UTC)  # noon in Oslo
HOUR = timedelta(hours=1)
FRIST = date(2031, 3, 10)


def oppgave(tilstand: str = "NY", **fields: Any) -> Notifikasjon:
    return Notifikasjon(type="Oppgave", tilstand=tilstand, **fields)


def avtale(tilstand: str) -> Notifikasjon:
    return Notifikasjon(type="Kalenderavtale", tilstand=tilstand, start_tidspunkt=NOW + HOUR)


def reminder(**fields: Any) -> Paaminnelse:
    return Paaminnelse(**{"tidspunkt": NOW + HOUR, "created_at": NOW - HOUR} | fields)


def varsel(status: str = "NY", **fields: Any) -> EksterntVarsel:
    fields = {"kanal": Kanal.SMS, "status_at": NOW - HOUR, "created_at": NOW - HOUR} | fields
    return EksterntVarsel(status=status, **fields)


def around(**known: Any) -> Around:
    return Around(now=NOW, **known)


def codes(item: Notifikasjon, **known: Any) -> list[str]:
    """Without the sentence about its messages, which comes always."""
    told = [one.code for one in explain(item, around(**known))]
    return [code for code in told if code not in {"no_messages", "messages"}]


def sentence(code: str, told: list[Sentence]) -> Sentence:
    (found,) = [one for one in told if one.code == code]
    return found


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (Notifikasjon(type="Beskjed"), ["beskjed"]),
        (oppgave(), ["open"]),
        (oppgave(frist=FRIST, utgaar_at=midnight_after(FRIST)), ["expires"]),
        (oppgave(frist=FRIST, utgaar_at=NOW), ["expiry_due"]),
        (oppgave("UTFOERT", utfoert_tidspunkt=NOW), ["utfoert"]),
        (oppgave("UTGAATT", frist=FRIST, utgaatt_tidspunkt=end_of(FRIST)), ["utgaatt"]),
        (oppgave("UTGAATT", frist=FRIST, utgaatt_tidspunkt=NOW), ["utgaatt"]),
        (oppgave(frist=FRIST, soft_deleted_at=NOW), ["hidden", "open"]),
        (oppgave(hard_delete_at=NOW + HOUR), ["open", "erasure_planned"]),
        (oppgave(hard_delete_at=NOW), ["open", "erasure_due"]),
        (avtale("AVLYST"), ["avlyst"]),
        (avtale("ARBEIDSGIVER_HAR_GODTATT"), ["appointment"]),
    ],
)
def test_every_situation_is_put_into_words(item: Notifikasjon, expected: list[str]) -> None:
    assert codes(item) == expected


@pytest.mark.parametrize("tilstand", OppgaveTilstand)
def test_no_state_of_an_oppgave_is_left_without_words(tilstand: OppgaveTilstand) -> None:
    assert codes(oppgave(tilstand))


@pytest.mark.parametrize("tilstand", KalenderavtaleTilstand)
def test_no_state_of_a_kalenderavtale_is_left_without_words(
    tilstand: KalenderavtaleTilstand,
) -> None:
    assert codes(avtale(tilstand))


def test_a_deadline_is_the_midnight_that_ends_its_day() -> None:
    told = explain(oppgave(frist=FRIST, utgaar_at=midnight_after(FRIST)), around())
    expires = sentence("expires", told)
    assert expires.until == midnight_after(FRIST)
    assert "2031-03-10" in expires.text
    assert "2031-03-11 00:00:00 (Oslo)" in expires.text


def test_who_let_it_expire_is_told_apart() -> None:
    (by_frist, _) = explain(
        oppgave("UTGAATT", frist=FRIST, utgaatt_tidspunkt=end_of(FRIST)), around()
    )
    (by_producer, _) = explain(oppgave("UTGAATT", frist=FRIST, utgaatt_tidspunkt=NOW), around())
    assert "with its frist, 2031-03-10" in by_frist.text
    assert "Its producer let it expire at 2031-03-04 12:00:00 (Oslo)" in by_producer.text


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "reminder_set"),
        ({"tidspunkt": NOW}, "reminder_due"),
        ({"fired_at": NOW}, "reminder_fired"),
        ({"closed_at": NOW}, "reminder_dropped"),
    ],
)
def test_the_newest_reminder_is_told(fields: dict[str, Any], code: str) -> None:
    older = reminder(closed_at=NOW - HOUR)
    assert codes(oppgave(), paaminnelser=[reminder(**fields), older]) == ["open", code]


def test_a_reminder_tells_how_many_messages_go_with_it() -> None:
    its = reminder(id=uuid4())
    several = [varsel(paaminnelse=its), varsel(paaminnelse=its), varsel()]
    told = explain(oppgave(), around(paaminnelser=[its], varsler=several))
    assert "with 2 external messages" in sentence("reminder_set", told).text


@pytest.mark.parametrize("cause", CAUSES)
def test_what_ended_a_reminder_is_named(cause: HendelseType) -> None:
    events = [
        Hendelse(type=HendelseType.EKSTERNT_VARSEL_KANSELLERT, tidspunkt=NOW),
        Hendelse(type=cause, tidspunkt=NOW),
        Hendelse(type=HendelseType.SOFT_DELETE, tidspunkt=NOW - HOUR),
    ]
    known = around(paaminnelser=[reminder(closed_at=NOW)], hendelser=events)
    told = sentence("reminder_dropped", explain(oppgave(), known))
    assert told.text.endswith(f"because {CAUSES[cause]}.")


def test_a_reminder_that_nothing_explains_was_not_needed_any_more() -> None:
    known = around(paaminnelser=[reminder(closed_at=NOW)])
    assert "was not open any more" in sentence("reminder_dropped", explain(oppgave(), known)).text


@pytest.mark.parametrize(
    ("states", "tone", "words"),
    [
        (["SENDT"], Tone.GOOD, "1 external message: 1 SENDT."),
        (["SENDT", "NY"], Tone.WAITING, "2 external messages: 1 SENDT, 1 NY."),
        (["NY", "FEILET"], Tone.BAD, "1 NY, 1 FEILET."),
        (["KANSELLERT"], Tone.GOOD, "1 KANSELLERT."),
    ],
)
def test_its_messages_are_summed_up(states: list[str], tone: Tone, words: str) -> None:
    told = explain(oppgave(), around(varsler=[varsel(state) for state in states]))
    assert sentence("messages", told).tone == tone
    assert words in sentence("messages", told).text


ITS = reminder(id=uuid4())


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (varsel(queued_at=NOW), "in_outbox"),
        (varsel(queue_at=NOW + HOUR), "contact_points_later"),
        (varsel(queue_at=NOW), "contact_points_due"),
        (varsel(queue_at=NOW, unanswered_since=NOW - HOUR), "contact_points_silent"),
        (varsel(paaminnelse=ITS), "waits_for_reminder"),
        (varsel(), "being_put_out"),
        (varsel("SENDT"), "sendt"),
        (varsel("FEILET", aarsak="reserved"), "feilet"),
        (varsel("KANSELLERT"), "kansellert"),
    ],
)
def test_where_a_message_stands(one: EksterntVarsel, code: str) -> None:
    assert explain_varsel(one, around(paaminnelser=[ITS])).code == code


@pytest.mark.parametrize("status", EksterntVarselStatus)
def test_no_status_is_left_without_words(status: EksterntVarselStatus) -> None:
    assert explain_varsel(varsel(status), around()).text


def test_a_message_of_a_reminder_names_its_hours() -> None:
    of_reminder = varsel(paaminnelse=ITS, sendevindu=Sendevindu.NKS_AAPNINGSTID)
    told = explain_varsel(of_reminder, around(paaminnelser=[ITS]))
    assert told.until == ITS.tidspunkt
    assert "only between 08:30 and 14:30, Monday to Friday in Oslo" in told.text


def test_a_failure_names_its_reason_and_a_cancellation_its_cause() -> None:
    assert "reserved" in explain_varsel(varsel("FEILET", aarsak="reserved"), around()).text
    events = [Hendelse(type=HendelseType.OPPGAVE_UTFOERT, tidspunkt=NOW - HOUR)]
    cancelled = explain_varsel(varsel("KANSELLERT"), around(hendelser=events))
    assert "because the oppgave was done" in cancelled.text


def test_a_sak_that_nothing_is_to_happen_to_has_no_sentence() -> None:
    assert explain_sak(Sak(), now=NOW) == []
    hidden = Sak(soft_deleted_at=NOW, hard_delete_at=NOW + HOUR)
    assert [one.code for one in explain_sak(hidden, now=NOW)] == ["hidden", "erasure_planned"]


def test_no_sentence_holds_personal_data() -> None:
    private = {"adresse": "+4799887766", "tekst": "Kari", "tittel": "Kari"}
    told = [explain_varsel(varsel(status, **private), around()) for status in EksterntVarselStatus]
    told += explain(oppgave(tekst="Kari", lenke="#kari"), around())
    assert "99887766" not in str(told)
    assert "Kari" not in str(told)
    assert "#kari" not in str(told)
