"""One event for each accepted change, in its transaction, and none for anything else (12)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from cases.models import Hendelse, Notifikasjon, Sak
from cases.services import hendelser
from tests.cases.documents import document
from tests.cases.lifecycle.living import Moment, events, let_leave
from tests.cases.producing import (
    FOREIGN_LABEL,
    LABEL,
    ORG,
    Answer,
    Api,
    beskjed,
    kalenderavtale,
    oppgave,
    paaminnelse,
    sak,
    sms,
)
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db

FRIST = "2031-03-31"


def make_sak(api: Api) -> str:
    return str(api.done("nySak", **sak())["id"])


def make_oppgave(api: Api) -> str:
    return str(api.done("nyOppgave", nyOppgave=oppgave(frist=FRIST))["id"])


def make_beskjed(api: Api) -> str:
    return str(api.done("nyBeskjed", nyBeskjed=beskjed())["id"])


def make_avtale(api: Api) -> str:
    make_sak(api)
    return str(api.done("nyKalenderavtale", **kalenderavtale())["id"])


Make = Callable[[Api], str]
REMINDER = paaminnelse(sms_text=None, konkret="2031-03-10T12:00:00")
CHANGES: dict[str, tuple[Make, str, Answer, str]] = {
    "status": (make_sak, "nyStatusSak", {"nyStatus": "FERDIG"}, "NyStatusSak"),
    "neste steg": (make_sak, "nesteStegSak", {"nesteSteg": "a"}, "NesteStegSak"),
    "tillegg": (
        make_sak,
        "tilleggsinformasjonSak",
        {"tilleggsinformasjon": "a"},
        "TilleggsinformasjonSak",
    ),
    "hidden sak": (make_sak, "softDeleteSak", {}, "SoftDelete"),
    "frist": (make_oppgave, "oppgaveUtsettFrist", {"nyFrist": "2031-04-01"}, "FristUtsatt"),
    "done": (make_oppgave, "oppgaveUtfoert", {}, "OppgaveUtfoert"),
    "expired": (make_oppgave, "oppgaveUtgaatt", {}, "OppgaveUtgaatt"),
    "reminder": (
        make_oppgave,
        "oppgaveEndrePaaminnelse",
        {"paaminnelse": REMINDER},
        "OppgavePaaminnelseEndret",
    ),
    "appointment": (
        make_avtale,
        "oppdaterKalenderavtale",
        {"nyTekst": "Nytt", "eksterneVarsler": []},
        "KalenderavtaleOppdatert",
    ),
    "appointment's reminder": (
        make_avtale,
        "oppdaterKalenderavtale",
        {"paaminnelse": REMINDER, "eksterneVarsler": []},
        "KalenderavtaleOppdatert",
    ),
    "hidden": (make_beskjed, "softDeleteNotifikasjon", {}, "SoftDelete"),
}
CREATED: dict[Make, str] = {
    make_sak: "SakOpprettet",
    make_oppgave: "OppgaveOpprettet",
    make_beskjed: "BeskjedOpprettet",
    make_avtale: "KalenderavtaleOpprettet",
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_accepted_change_leaves_one_event_that_names_who_and_when(
    api: Api, moment: Moment, change: str
) -> None:
    make, call, arguments, type = CHANGES[change]
    id = make(api)
    moment.passes(hours=1)
    before = Hendelse.objects.count()
    api.headers["X-Correlation-ID"] = "corr-1"
    api.done(call, id=id, **arguments)

    assert events(id) == [CREATED[make], type]
    assert Hendelse.objects.count() == before + 1
    event = Hendelse.objects.get(aggregate_id=id, type=type)
    assert (event.tidspunkt, event.merkelapp, event.virksomhetsnummer) == (moment.at, LABEL, ORG)
    assert (event.produsent, event.kilde_app_navn) == ("tiltak", "dev-gcp:tiltak:app")
    assert event.correlation_id == "corr-1"


def test_who_changes_anothers_item_is_named_in_the_event(api: Api, colleague: Api) -> None:
    id = make_oppgave(api)
    colleague.done("oppgaveUtfoert", id=id)
    names = Hendelse.objects.filter(aggregate_id=id).order_by("id")
    assert list(names.values_list("produsent", "kilde_app_navn")) == [
        ("tiltak", "dev-gcp:tiltak:app"),
        ("arena", "dev-gcp:arena:app"),
    ]


def test_repeats_leave_no_event(api: Api) -> None:
    sak_id, id = make_sak(api), make_oppgave(api)
    avtale = api.done("nyKalenderavtale", **kalenderavtale(eksternId="k"))["id"]
    keyed: list[tuple[str, Answer]] = [
        ("nyStatusSak", {"id": sak_id, "nyStatus": "FERDIG"}),
        ("nesteStegSak", {"id": sak_id, "nesteSteg": "a"}),
        ("tilleggsinformasjonSak", {"id": sak_id, "tilleggsinformasjon": "a"}),
        ("oppgaveEndrePaaminnelse", {"id": id, "paaminnelse": REMINDER}),
        ("oppdaterKalenderavtale", {"id": avtale, "nyTekst": "a", "eksterneVarsler": [sms()]}),
    ]
    for call, arguments in keyed:
        api.done(call, **arguments, idempotencyKey="k")
    api.done("softDeleteNotifikasjon", id=avtale)
    before = Hendelse.objects.count()

    make_sak(api)
    make_oppgave(api)
    for call, arguments in keyed:
        api.done(call, **arguments, idempotencyKey="k")
    api.done("softDeleteNotifikasjon", id=avtale)
    same: Answer = {"nyTekst": "a", "nyErDigitalt": False, "eksterneVarsler": []}
    api.done("oppdaterKalenderavtale", id=avtale, **same)

    assert Hendelse.objects.count() == before


def test_refusals_leave_no_event(api: Api, stranger: Api, colleague: Api) -> None:
    sak_id, id = make_sak(api), make_oppgave(api)
    avtale = api.done("nyKalenderavtale", **kalenderavtale(eksternId="k"))["id"]
    api.done("nyStatusSak", id=sak_id, nyStatus="FERDIG", idempotencyKey="k")
    foreign = colleague.done("nyBeskjed", nyBeskjed=beskjed(merkelapp=FOREIGN_LABEL))["id"]
    before = Hendelse.objects.count()
    late = paaminnelse(konkret="2141-01-01T00:00:00")
    refused: list[tuple[Api, str, Answer]] = [
        (api, "nySak", sak(tittel="Annet")),
        (api, "nyOppgave", {"nyOppgave": oppgave(tekst="Annet")}),
        (api, "nyOppgave", {"nyOppgave": oppgave(merkelapp=FOREIGN_LABEL)}),
        (api, "nyStatusSak", {"id": sak_id, "nyStatus": "MOTTATT", "idempotencyKey": "k"}),
        (api, "oppgaveUtsettFrist", {"id": id, "nyFrist": "2031-01-01"}),
        (api, "oppgaveUtsettFrist", {"id": id, "nyFrist": FRIST, "paaminnelse": late}),
        (api, "oppgaveEndrePaaminnelse", {"id": id, "paaminnelse": late}),
        (api, "oppgaveUtfoert", {"id": avtale}),
        (api, "oppdaterKalenderavtale", {"id": id, "nyTekst": "x", "eksterneVarsler": []}),
        (
            api,
            "oppdaterKalenderavtale",
            {"id": avtale, "nyTekst": "x", "eksterneVarsler": [sms()], "paaminnelse": late},
        ),
        (api, "softDeleteNotifikasjon", {"id": foreign}),
        (api, "hardDeleteNotifikasjon", {"id": foreign}),
        (stranger, "hardDeleteSak", {"id": sak_id}),
    ]
    for who, call, arguments in refused:
        assert "feilmelding" in who.call(call, **arguments), call
    assert Hendelse.objects.count() == before


def test_what_the_platform_does_is_told_as_its_own_for_the_items_producer(
    api: Api, colleague: Api, moment: Moment, post: FakeTransport
) -> None:
    """Reminder, message, deadline and deletion of an item that another producer has made."""
    api.done("nySak", **sak(hardDelete={"den": "2031-04-10T12:00"}))
    reminder = paaminnelse(konkret="2031-03-10T12:00:00")
    metadata = {"grupperingsid": "sak-1"}
    given = oppgave(frist=FRIST, paaminnelse=reminder, metadata=metadata)
    id = colleague.done("nyOppgave", nyOppgave=given)["id"]
    for wall in ("2031-03-10T12:00", "2031-04-01T00:00"):
        moment.oslo(wall)
        let_leave()

    told = Hendelse.objects.filter(aggregate_id=id).order_by("id")
    assert list(told.values_list("type", flat=True)) == [
        "OppgaveOpprettet",
        "PaaminnelseOpprettet",
        "EksterntVarselVellykket",
        "OppgaveUtgaatt",
    ]
    by_itself = told.exclude(type="OppgaveOpprettet")
    assert {(one.produsent, one.kilde_app_navn) for one in by_itself} == {
        ("arena", hendelser.PLATFORM)
    }
    assert by_itself.get(type="OppgaveUtgaatt").tidspunkt == moment.at

    moment.oslo("2031-04-10T12:00")
    let_leave()
    gone = Hendelse.objects.get(aggregate_id=id)
    assert (gone.type, gone.produsent, gone.kilde_app_navn) == (
        "HardDelete",
        "arena",
        hendelser.PLATFORM,
    )


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_whose_event_cannot_be_written_does_not_happen(
    api: Api, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    make, call, arguments, _ = CHANGES[change]
    id = make(api)
    before = stored(id)

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("no event")

    monkeypatch.setattr(hendelser, "insert_together", fail)
    monkeypatch.setattr(hendelser, "event", fail)
    text = api.ask(*asking(call, id, arguments))
    assert text["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert stored(id) == before


def asking(call: str, id: str, arguments: Answer) -> tuple[str, Answer]:
    return document(call), {"id": id, **arguments}


def stored(id: str) -> list[Any]:
    key = UUID(id)
    return [
        *Sak.objects.filter(pk=key).values(),
        *Notifikasjon.objects.filter(pk=key).values(),
    ]
