"""What becomes of a call's good arguments."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from cases import inputs
from cases.durations import Duration
from cases.parsing import forms
from cases.states import (
    KalenderavtaleTilstand,
    Kanal,
    NyTidStrategi,
    SaksStatus,
    Sendevindu,
)
from tests.cases.parsing import arguments as some

AN_ID = "3f5b0b3e-7f0a-4d43-9f7e-2a3f1c0d9e8b"
ALTINN = inputs.AltinnMottaker(service_code="5441", service_edition="1")
RESSURS = inputs.AltinnRessursMottaker(ressurs_id="nav_tiltak")


def test_a_sak_with_every_argument():
    lengthy = some.ny_sak(
        tilleggsinformasjon="",
        lenke="https://example.no/sak",
        nesteSteg="Vent",
        tidspunkt=some.START,
        overstyrStatustekstMed="Vi har den",
        hardDelete={"om": Duration(months=3)},
    )

    assert forms.ny_sak(lengthy) == inputs.NySak(
        grupperingsid="sak 1",
        merkelapp="Tiltak",
        virksomhetsnummer="910825526",
        mottakere=(ALTINN,),
        tittel="Søknad",
        initiell_status=SaksStatus.MOTTATT,
        tilleggsinformasjon="",
        lenke="https://example.no/sak",
        neste_steg="Vent",
        tidspunkt=some.START,
        overstyr_statustekst_med="Vi har den",
        hard_delete=inputs.FutureTemporal(om=Duration(months=3)),
    )


def test_null_is_the_same_as_absent():
    nulls = dict.fromkeys(
        ["tilleggsinformasjon", "lenke", "nesteSteg", "tidspunkt", "hardDelete"], None
    )

    assert forms.ny_sak(some.ny_sak(**nulls)) == forms.ny_sak(some.ny_sak())


def test_a_status_update():
    update = {
        "id": AN_ID,
        "nyStatus": "FERDIG",
        "nyLenkeTilSak": "#ny",
        "idempotencyKey": "nr 1",
        "hardDelete": {"nyTid": {"den": some.START}, "strategi": "FORLENG"},
    }

    assert forms.ny_status_sak(update) == inputs.NyStatusSak(
        ny_status=SaksStatus.FERDIG,
        ny_lenke_til_sak="#ny",
        idempotency_key="nr 1",
        hard_delete=inputs.HardDeleteUpdate(
            ny_tid=inputs.FutureTemporal(den=some.START), strategi=NyTidStrategi.FORLENG
        ),
    )


def test_the_first_recipient_is_mottaker_and_repeats_collapse():
    several = some.ny_beskjed(
        mottaker={"altinnRessurs": {"ressursId": "nav_tiltak"}, "altinn": None},
        mottakere=[
            some.RECIPIENT,
            {"altinnRessurs": {"ressursId": "nav_tiltak"}},
            some.RECIPIENT,
            {"naermesteLeder": {"naermesteLederFnr": "1", "ansattFnr": "2"}},
        ],
    )

    leader = inputs.NaermesteLederMottaker(naermeste_leder_fnr="1", ansatt_fnr="2")
    assert forms.ny_beskjed(several).mottakere == (RESSURS, ALTINN, leader)


def test_an_oppgave_with_messages_and_a_reminder():
    oppgave = some.ny_oppgave(
        mottakere=[],
        mottaker=some.RECIPIENT,
        frist=date(2031, 5, 6),
        metadata={"grupperingsid": "sak 1", "opprettetTidspunkt": some.START},
        eksterneVarsler=[
            some.sms("004799887766"),
            some.epost(sendetidspunkt={"tidspunkt": some.START}),
            some.altinntjeneste(),
        ],
        paaminnelse=some.reminder(some.sms("+4741234567"), foerFrist=Duration(days=2)),
    )

    new = forms.ny_oppgave(oppgave)

    assert new.eksterne_varsler == (
        inputs.EksterntVarsel(
            kanal=Kanal.SMS,
            tekst="Hei",
            adresse="+4799887766",
            sendevindu=Sendevindu.LOEPENDE,
        ),
        inputs.EksterntVarsel(
            kanal=Kanal.EPOST,
            tekst="<p>Hei</p>",
            tittel="Ny oppgave",
            adresse="a@b.no",
            tidspunkt=some.START,
        ),
        inputs.EksterntVarsel(
            kanal=Kanal.ALTINNTJENESTE,
            tekst="Logg inn",
            tittel="Ny oppgave",
            service_code="5441",
            service_edition="1",
            sendevindu=Sendevindu.LOEPENDE,
        ),
    )
    assert new.paaminnelse == inputs.Paaminnelse(
        tidspunkt=inputs.PaaminnelseTidspunkt(foer_frist=Duration(days=2)),
        eksterne_varsler=(
            inputs.EksterntVarsel(
                kanal=Kanal.SMS,
                tekst="Hei",
                adresse="+4741234567",
                sendevindu=Sendevindu.NKS_AAPNINGSTID,
            ),
        ),
    )
    assert (new.frist, new.grupperingsid) == (date(2031, 5, 6), "sak 1")
    assert (new.mottakere, new.opprettet_tidspunkt) == ((ALTINN,), some.START)


def test_a_fnr_beside_the_number_is_ignored():
    message = some.sms(mottaker={"kontaktinfo": {"fnr": "12345678910", "tlf": "99887766"}})

    new = forms.ny_beskjed(some.ny_beskjed(eksterneVarsler=[message]))

    assert new.eksterne_varsler[0].adresse == "+4799887766"


def test_a_kalenderavtale_by_its_defaults_and_without_them():
    plain = forms.ny_kalenderavtale(some.ny_kalenderavtale(tilstand=None, erDigitalt=None))
    full = forms.ny_kalenderavtale(
        some.ny_kalenderavtale(
            sluttTidspunkt=some.START,
            erDigitalt=True,
            tilstand="AVLYST",
            lokasjon={"adresse": "Gate 1", "postnummer": "0001", "poststed": "Oslo"},
        )
    )

    waiting = KalenderavtaleTilstand.VENTER_SVAR_FRA_ARBEIDSGIVER
    assert (plain.tilstand, plain.er_digitalt, plain.lokasjon) == (waiting, False, None)
    assert (full.tilstand, full.er_digitalt) == (KalenderavtaleTilstand.AVLYST, True)
    assert full.lokasjon == inputs.Lokasjon(adresse="Gate 1", postnummer="0001", poststed="Oslo")
    assert full.slutt_tidspunkt == some.START


def test_an_update_of_a_kalenderavtale_that_changes_nothing():
    nothing: dict[str, object] = {"id": AN_ID, "nyTekst": None, "eksterneVarsler": []}

    assert forms.oppdater_kalenderavtale(nothing) == inputs.OppdaterKalenderavtale()


def test_an_update_of_a_kalenderavtale():
    update = forms.oppdater_kalenderavtale(
        {
            "id": AN_ID,
            "nyTilstand": "ARBEIDSGIVER_HAR_GODTATT",
            "nyTekst": "Nytt møte",
            "nyErDigitalt": False,
            "eksterneVarsler": [some.sms()],
        }
    )

    assert update.ny_tilstand is KalenderavtaleTilstand.ARBEIDSGIVER_HAR_GODTATT
    assert (update.ny_tekst, update.ny_er_digitalt) == ("Nytt møte", False)
    assert [one.kanal for one in update.eksterne_varsler] == [Kanal.SMS]


@pytest.mark.parametrize("name", ["utfoertTidspunkt", "utgaattTidspunkt"])
def test_the_end_of_an_oppgave_is_read_from_its_own_argument(name):
    ended = forms.avslutt_oppgave({"id": AN_ID, name: some.START, "nyLenke": "#"}, tidspunkt=name)
    silent = forms.avslutt_oppgave({"id": AN_ID, name: None}, tidspunkt=name)

    assert ended == inputs.AvsluttOppgave(tidspunkt=some.START, ny_lenke="#")
    assert silent == inputs.AvsluttOppgave()


def test_the_small_forms():
    assert forms.neste_steg({"nesteSteg": ""}) == ""
    assert forms.neste_steg({}) is None
    assert forms.tilleggsinformasjon({"tilleggsinformasjon": "x"}) == "x"
    assert forms.tilleggsinformasjon({"tilleggsinformasjon": None}) is None
    assert forms.ny_frist({"nyFrist": date(2031, 1, 2)}) == date(2031, 1, 2)
    assert forms.paaminnelse({"paaminnelse": None}) is None
    assert forms.paaminnelse({"paaminnelse": some.reminder()}) == inputs.Paaminnelse(
        tidspunkt=inputs.PaaminnelseTidspunkt(konkret=some.START)
    )
    assert forms.idempotency_key({"idempotencyKey": "k"}) == "k"
    assert forms.idempotency_key({}) is None


@pytest.mark.parametrize("text", [AN_ID, AN_ID.upper()])
def test_an_item_by_its_id(text):
    assert forms.sak_ref({"id": text}) == inputs.ById(UUID(AN_ID))
    assert forms.notifikasjon_ref({"id": text}) == inputs.ById(UUID(AN_ID))


@pytest.mark.parametrize("text", ["", "1", AN_ID.replace("-", ""), f"{{{AN_ID}}}", f"{AN_ID}\n", 7])
def test_what_is_no_uuid_names_nothing(text):
    assert forms.sak_ref({"id": text}) == inputs.ById(None)


def test_an_item_by_its_coordinate():
    by_group = {"merkelapp": "Tiltak", "grupperingsid": "æ/ø å"}

    assert forms.sak_ref(by_group) == inputs.ByGrupperingsid("Tiltak", "æ/ø å")
    by_external_id = {"merkelapp": "Tiltak", "eksternId": "007"}
    assert forms.notifikasjon_ref(by_external_id) == inputs.ByEksternId("Tiltak", "007")
    as_integer = {"merkelapp": "Tiltak", "eksternId": 42}
    assert forms.notifikasjon_ref(as_integer) == inputs.ByEksternId("Tiltak", "42")


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ({}, inputs.MineNotifikasjoner()),
        ({"first": None, "merkelapper": None}, inputs.MineNotifikasjoner()),
        ({"first": 10_000, "after": "x"}, inputs.MineNotifikasjoner(first=10_000, after="x")),
        ({"merkelapp": "A"}, inputs.MineNotifikasjoner(merkelapper=("A",))),
        ({"merkelapper": ["A", "B"]}, inputs.MineNotifikasjoner(merkelapper=("A", "B"))),
        ({"merkelapper": []}, inputs.MineNotifikasjoner(merkelapper=())),
        (
            {"merkelapp": "A", "merkelapper": []},
            inputs.MineNotifikasjoner(merkelapper=("A",), begge_filtre=True),
        ),
        ({"grupperingsid": "g"}, inputs.MineNotifikasjoner(grupperingsid="g")),
    ],
)
def test_what_to_list(asked, read):
    assert forms.mine_notifikasjoner(asked) == read


def test_moments_are_passed_on_as_they_are():
    stated = datetime(2019, 2, 28, 23, tzinfo=UTC) + timedelta(microseconds=1)

    assert forms.ny_sak(some.ny_sak(tidspunkt=stated)).tidspunkt == stated
