"""Documents of real producers run unchanged: each root field with everything it can be told and
everything it can answer, the deprecated forms included (cases contract 2, 6, 7).
"""

from typing import Any

import pytest
from graphql import get_named_type

from cases.metrics import DEPRECATED_FIELDS
from cases.models import Notifikasjon
from tests.cases.documents import document, mutations, queries, schema
from tests.cases.producing import (
    ALTINN,
    LABEL,
    LEDER,
    ORG,
    RESSURS,
    Api,
    altinntjeneste,
    beskjed,
    epost,
    kalenderavtale,
    oppgave,
    paaminnelse,
    sak,
    sms,
)

FORLENG = {"nyTid": {"om": "P1YT2H"}, "strategi": "FORLENG"}
OVERSKRIV = {"nyTid": {"den": "2132-01-01T00:00:00"}, "strategi": "OVERSKRIV"}
STEDET = {"adresse": "Storgata 1", "postnummer": "0155", "poststed": "Oslo"}
EVERYBODY = [ALTINN, RESSURS, LEDER]
ALL_CHANNELS = [sms(), epost(), altinntjeneste()]
BESKJED = oppgave(
    mottaker=LEDER,
    mottakere=EVERYBODY,
    eksterneVarsler=ALL_CHANNELS,
    metadata={
        "eksternId": "beskjed-1",
        "grupperingsid": "sak-1",
        "opprettetTidspunkt": "2031-05-06T07:08:09.123456789+02:00",
        "hardDelete": {"om": "PT17520H"},
    },
)
OPPGAVE = BESKJED | {
    "metadata": BESKJED["metadata"] | {"eksternId": "oppgave-1", "opprettetTidspunkt": None},
    "frist": "2131-05-06",
    "paaminnelse": paaminnelse(foerFrist="P1DT2H"),
}
REMINDER = paaminnelse(foerStartTidspunkt="PT336H")
AVTALE = kalenderavtale(
    eksternId="avtale-1",
    mottakere=EVERYBODY,
    sluttTidspunkt="2131-05-06T10:00:00",
    lokasjon=STEDET,
    erDigitalt=True,
    tilstand="ARBEIDSGIVER_HAR_GODTATT",
    eksterneVarsler=ALL_CHANNELS,
    paaminnelse=REMINDER,
    hardDelete={"den": "2132-01-01T00:00"},
)
UPDATE = {
    "nyTilstand": "ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED",
    "nyTekst": "Nytt møte",
    "nyLenke": "https://example.no/ny",
    "nyLokasjon": STEDET,
    "nyErDigitalt": False,
    "hardDelete": OVERSKRIV,
    "idempotencyKey": "nøkkel",
    "eksterneVarsler": ALL_CHANNELS,
    "paaminnelse": REMINDER,
}
STATUS = {
    "idempotencyKey": "nøkkel",
    "nyStatus": "UNDER_BEHANDLING",
    "tidspunkt": "2031-05-06T07:08:09Z",
    "overstyrStatustekstMed": "Vi ser på den",
    "hardDelete": FORLENG,
    "nyLenkeTilSak": "https://example.no/sak",
}
UTFOERT = {
    "hardDelete": FORLENG,
    "nyLenke": "https://example.no/ferdig",
    "utfoertTidspunkt": "2031-05-06T07:08+02:00",
}
UTGAATT = UTFOERT | {"utgaattTidspunkt": UTFOERT["utfoertTidspunkt"]}
del UTGAATT["utfoertTidspunkt"]
EXTENDED = {"nyFrist": "2131-06-01", "paaminnelse": paaminnelse(konkret="2131-05-31T12:00:00")}
REMINDED = {"idempotencyKey": "n", "paaminnelse": paaminnelse(etterOpprettelse="P2YT1M")}
CREATED: dict[str, dict[str, Any]] = {
    "nySak": sak(
        grupperingsid="sak-2",
        mottakere=EVERYBODY,
        tilleggsinformasjon="",
        lenke="https://example.no/sak",
        nesteSteg="Vent",
        tidspunkt="2031-05-06T07:08:09Z",
        overstyrStatustekstMed="",
        hardDelete={"om": "P2YT1M"},
    ),
    "nyBeskjed": {"nyBeskjed": BESKJED | {"metadata": BESKJED["metadata"] | {"eksternId": "ny"}}},
    "nyOppgave": {"nyOppgave": OPPGAVE | {"metadata": OPPGAVE["metadata"] | {"eksternId": "ny"}}},
    "nyKalenderavtale": AVTALE | {"eksternId": "ny"},
}
BY_SAK: dict[str, dict[str, Any]] = {
    "nyStatusSak": STATUS,
    "nesteStegSak": {"idempotencyKey": "n", "nesteSteg": "Vent på svar"},
    "tilleggsinformasjonSak": {"idempotencyKey": "n", "tilleggsinformasjon": "Mer"},
    "softDeleteSak": {},
    "hardDeleteSak": {},
}
BY_OPPGAVE: dict[str, dict[str, Any]] = {
    "oppgaveUtgaatt": UTGAATT,
    "oppgaveUtsettFrist": EXTENDED,
    "oppgaveEndrePaaminnelse": REMINDED,
}
WITH_A_SECOND_VERSION: dict[str, dict[str, Any]] = {
    "oppgaveUtfoert": UTFOERT,
    "softDeleteNotifikasjon": {},
    "hardDeleteNotifikasjon": {},
}
DEPRECATED = [f"{name}ByEksternId" for name in WITH_A_SECOND_VERSION]


@pytest.fixture
def ids(producer: Api) -> dict[str, str]:
    """A sak with an oppgave and a kalenderavtale."""
    made = {"sak": producer.done("nySak", **sak())}
    made["oppgave"] = producer.done("nyOppgave", nyOppgave=OPPGAVE)
    made["avtale"] = producer.done("nyKalenderavtale", **AVTALE)
    return {name: answer["id"] for name, answer in made.items()}


def calls(ids: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The variables of each root field, for items that are there."""
    sak_ref = {"merkelapp": LABEL, "grupperingsid": "sak-1"}
    oppgave_ref = {"merkelapp": LABEL, "eksternId": "oppgave-1"}
    avtale_ref = {"merkelapp": LABEL, "eksternId": "avtale-1"}
    named = dict(CREATED)
    for name, more in BY_SAK.items():
        named |= {name: {"id": ids["sak"], **more}, f"{name}ByGrupperingsid": sak_ref | more}
    for name, more in (BY_OPPGAVE | WITH_A_SECOND_VERSION).items():
        named |= {name: {"id": ids["oppgave"], **more}, f"{name}ByEksternId": oppgave_ref | more}
    for name, more in WITH_A_SECOND_VERSION.items():
        named[f"{name}ByEksternId_V2"] = oppgave_ref | more
    hard_delete = {"hardDelete": UTFOERT["hardDelete"]}
    return named | {
        "oppgaveUtfoertByEksternId": oppgave_ref | hard_delete,
        "oppdaterKalenderavtale": {"id": ids["avtale"], **UPDATE},
        "oppdaterKalenderavtaleByEksternId": avtale_ref | UPDATE,
        "whoami": {},
        "hentSak": {"id": ids["sak"]},
        "hentSakMedGrupperingsid": sak_ref,
        "hentNotifikasjon": {"id": ids["avtale"]},
        "mineNotifikasjoner": {"first": 123, "merkelapp": LABEL, "grupperingsid": "sak-1"},
    }


def success_of(field: str) -> str:
    """The only member of its union that is no error."""
    root: Any = schema().type_map["Query" if field in queries() else "Mutation"]
    union: Any = get_named_type(root.fields[field].type)
    (name,) = [one.name for one in union.types if "feilmelding" not in one.fields]
    return str(name)


@pytest.mark.parametrize("field", [name for name in queries() + mutations() if name != "whoami"])
def test_every_root_field_succeeds_with_all_it_can_be_told(
    producer: Api, ids: dict[str, str], field: str
) -> None:
    answer = producer.call(field, **calls(ids)[field])

    assert answer["__typename"] == success_of(field), answer


@pytest.mark.parametrize("field", queries() + mutations())
def test_nobody_unregistered_gets_more_than_his_own_name(
    ids: dict[str, str], stranger: Api, field: str
) -> None:
    data = stranger.data(document(field), calls(ids)[field])

    if field == "whoami":
        assert data == {"whoami": "dev-gcp:nobody:app"}
    else:
        assert set(data[field]) == {"feilmelding"}
        assert stranger.member(field, **calls(ids)[field]) == "UkjentProdusent"


def test_every_root_field_is_tried() -> None:
    ids = {"sak": "", "oppgave": "", "avtale": ""}
    assert set(calls(ids)) == {*queries(), *mutations()}


@pytest.mark.parametrize("field", DEPRECATED)
def test_a_deprecated_field_takes_a_number_for_its_decimal_text_and_is_counted(
    producer: Api, field: str
) -> None:
    made = producer.done("nyOppgave", nyOppgave=oppgave(metadata={"eksternId": "42"}))
    before = DEPRECATED_FIELDS.labels(field)._value.get()

    data = producer.data(
        f'mutation {{ a: {field}(merkelapp: "{LABEL}", eksternId: 42) {{'
        f" ... on {success_of(field)} {{ id }} ... on Error {{ feilmelding }} }} }}"
    )

    assert data == {"a": {"id": made["id"]}}
    assert DEPRECATED_FIELDS.labels(field)._value.get() == before + 1


def test_the_second_versions_take_texts_only(producer: Api) -> None:
    made = producer.done("nyOppgave", nyOppgave=oppgave(metadata={"eksternId": "42"}))

    for field in DEPRECATED:
        text = f'mutation {{ {field}_V2(merkelapp: "{LABEL}", eksternId: 42) {{ __typename }} }}'
        assert producer.code(text) == "VALIDATION_FAILED"
        assert producer.code(document(f"{field}_V2"), {"merkelapp": LABEL, "eksternId": 42}) == (
            "BAD_USER_INPUT"
        )
    assert producer.item(made["id"])["oppgave"]["tilstand"] == "NY"


def test_a_whole_case_in_literals_aliases_and_one_selection_of_errors(producer: Api) -> None:
    text = """
    mutation Start($lapp: String!, $hvem: [MottakerInput!]!) {
      saken: nySak(
        merkelapp: $lapp, grupperingsid: "g", virksomhetsnummer: "910825526", mottakere: $hvem,
        tittel: "Søknad", initiellStatus: MOTTATT, hardDelete: {om: "P1Y"}
      ) { ... on NySakVellykket { id } ...feil }
      oppgaven: nyOppgave(nyOppgave: {
        mottaker: {altinnRessurs: {ressursId: "nav_tiltak"}}
        notifikasjon: {merkelapp: $lapp, tekst: "Svar", lenke: "#a"}
        metadata: {virksomhetsnummer: "910825526", eksternId: "o", grupperingsid: "g"}
        frist: "2131-05-06"
        paaminnelse: {tidspunkt: {foerFrist: "P2DT"}}
      }) { ... on NyOppgaveVellykket { id paaminnelse { eksterneVarsler { id } } } ...feil }
      igjen: nySak(
        merkelapp: $lapp, grupperingsid: "g", virksomhetsnummer: "910825526", mottakere: $hvem,
        tittel: "En annen", initiellStatus: MOTTATT
      ) { __typename ... on NySakVellykket { id } ...feil }
      ferdig: oppgaveUtfoertByEksternId_V2(merkelapp: $lapp, eksternId: "o") {
        ... on OppgaveUtfoertVellykket { id } ...feil
      }
    }
    fragment feil on Error {
      feilmelding
      ... on DuplikatGrupperingsid { idTilEksisterende }
    }
    """

    told = producer.data(text, {"lapp": LABEL, "hvem": [ALTINN]})

    assert list(told) == ["saken", "oppgaven", "igjen", "ferdig"]
    assert told["oppgaven"]["paaminnelse"] == {"eksterneVarsler": []}
    assert told["ferdig"] == {"id": told["oppgaven"]["id"]}
    assert told["igjen"]["__typename"] == "DuplikatGrupperingsid"
    assert told["igjen"]["idTilEksisterende"] == told["saken"]["id"]
    assert told["igjen"]["feilmelding"]
    assert producer.sak(told["saken"]["id"])["virksomhetsnummer"] == ORG


@pytest.mark.parametrize("rounded", [18446744073709551617, 1.8446744073709552e19, 1.0, True])
def test_a_number_never_names_another_item_than_its_digits_do(
    producer: Api, rounded: float
) -> None:
    """2**64 and its neighbour are one floating-point number, but two external ids."""
    for number in ("18446744073709551616", "1"):
        producer.done("nyBeskjed", nyBeskjed=beskjed(metadata={"eksternId": number}))
    variables = {"merkelapp": LABEL, "eksternId": rounded}
    producer.ask(document("hardDeleteNotifikasjonByEksternId"), variables)
    assert Notifikasjon.objects.count() == 2
