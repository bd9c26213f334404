"""Every rule of section 5, where it applies and at which path its breach is told."""

from collections.abc import Callable
from typing import Any

import pytest

from cases.durations import Duration
from cases.errors import UgyldigInput
from cases.parsing import forms
from tests.cases.parsing import arguments as some

Form = Callable[[dict[str, Any]], object]


def broken(form: Form, arguments: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(UgyldigInput) as caught:
        form(arguments)
    return [(problem.path, str(problem.code)) for problem in caught.value.problems]


def with_messages(*messages: dict[str, Any]) -> dict[str, Any]:
    return some.ny_beskjed(eksterneVarsler=list(messages))


TWO_KINDS = {**some.RECIPIENT, "altinnRessurs": {"ressursId": "r"}}
BOTH_TIMES = {"tidspunkt": some.START, "sendevindu": "LOEPENDE"}
TWO_REMINDERS = {"konkret": some.START, "foerFrist": Duration(days=1)}


@pytest.mark.parametrize(
    ("form", "arguments", "path"),
    [
        (forms.ny_beskjed, some.ny_beskjed(mottakere=[{}]), "nyBeskjed.mottakere[0]"),
        (forms.ny_beskjed, some.ny_beskjed(mottaker={"altinn": None}), "nyBeskjed.mottaker"),
        (forms.ny_oppgave, some.ny_oppgave(mottaker=TWO_KINDS), "nyOppgave.mottaker"),
        (forms.ny_sak, some.ny_sak(mottakere=[some.RECIPIENT, TWO_KINDS]), "mottakere[1]"),
        (forms.ny_kalenderavtale, some.ny_kalenderavtale(mottakere=[{}]), "mottakere[0]"),
        (forms.ny_beskjed, with_messages({}), "nyBeskjed.eksterneVarsler[0]"),
        (
            forms.ny_beskjed,
            with_messages({**some.sms(), **some.epost()}),
            "nyBeskjed.eksterneVarsler[0]",
        ),
        (
            forms.ny_beskjed,
            with_messages(some.sms(), some.sms(sendetidspunkt={})),
            "nyBeskjed.eksterneVarsler[1].sms.sendetidspunkt",
        ),
        (
            forms.ny_beskjed,
            with_messages(some.epost(sendetidspunkt=BOTH_TIMES)),
            "nyBeskjed.eksterneVarsler[0].epost.sendetidspunkt",
        ),
        (
            forms.ny_beskjed,
            with_messages(some.altinntjeneste(sendetidspunkt={"tidspunkt": None})),
            "nyBeskjed.eksterneVarsler[0].altinntjeneste.sendetidspunkt",
        ),
        (
            forms.ny_beskjed,
            with_messages(some.sms(mottaker={})),
            "nyBeskjed.eksterneVarsler[0].sms.mottaker",
        ),
        (
            forms.ny_beskjed,
            with_messages(some.epost(mottaker={"kontaktinfo": None})),
            "nyBeskjed.eksterneVarsler[0].epost.mottaker",
        ),
        (
            forms.oppdater_kalenderavtale,
            {"id": "x", "eksterneVarsler": [{}]},
            "eksterneVarsler[0]",
        ),
        (
            forms.ny_oppgave,
            some.ny_oppgave(paaminnelse={"tidspunkt": {}, "eksterneVarsler": []}),
            "nyOppgave.paaminnelse.tidspunkt",
        ),
        (
            forms.paaminnelse,
            {"paaminnelse": some.reminder(**TWO_REMINDERS)},
            "paaminnelse.tidspunkt",
        ),
        (
            forms.paaminnelse,
            {"paaminnelse": some.reminder() | {"eksterneVarsler": [{"sms": None}]}},
            "paaminnelse.eksterneVarsler[0]",
        ),
        (
            forms.ny_kalenderavtale,
            some.ny_kalenderavtale(paaminnelse=some.reminder(some.sms(mottaker={}))),
            "paaminnelse.eksterneVarsler[0].sms.mottaker",
        ),
        (forms.ny_sak, some.ny_sak(hardDelete={}), "hardDelete"),
        (
            forms.ny_oppgave,
            some.ny_oppgave(metadata={"hardDelete": {"den": some.START, "om": Duration()}}),
            "nyOppgave.metadata.hardDelete",
        ),
        (
            forms.ny_status_sak,
            {"nyStatus": "FERDIG", "hardDelete": {"nyTid": {}, "strategi": "FORLENG"}},
            "hardDelete.nyTid",
        ),
    ],
)
def test_exactly_one_member_is_given(form, arguments, path):
    assert broken(form, arguments) == [(path, "EXACTLY_ONE")]


@pytest.mark.parametrize(
    ("form", "arguments", "path"),
    [
        (forms.ny_sak, some.ny_sak(mottakere=[]), "mottakere"),
        (forms.ny_beskjed, some.ny_beskjed(mottakere=[]), "nyBeskjed.mottakere"),
        (forms.ny_oppgave, some.ny_oppgave(mottakere=[]), "nyOppgave.mottakere"),
        (forms.ny_kalenderavtale, some.ny_kalenderavtale(mottakere=[]), "mottakere"),
    ],
)
def test_somebody_must_receive_it(form, arguments, path):
    assert broken(form, arguments) == [(path, "REQUIRED")]


def sak_with_note(text: str) -> dict[str, Any]:
    return some.ny_sak(tilleggsinformasjon=text)


SHOWN: list[tuple[Form, Callable[[str], dict[str, Any]], str, int]] = [
    (forms.ny_sak, lambda text: some.ny_sak(tittel=text), "tittel", 140),
    (forms.ny_sak, sak_with_note, "tilleggsinformasjon", 140),
    (
        forms.tilleggsinformasjon,
        lambda text: {"tilleggsinformasjon": text},
        "tilleggsinformasjon",
        140,
    ),
    (
        forms.ny_beskjed,
        lambda text: some.ny_beskjed(tekst=text),
        "nyBeskjed.notifikasjon.tekst",
        300,
    ),
    (
        forms.ny_oppgave,
        lambda text: some.ny_oppgave(tekst=text),
        "nyOppgave.notifikasjon.tekst",
        300,
    ),
    (forms.ny_kalenderavtale, lambda text: some.ny_kalenderavtale(tekst=text), "tekst", 300),
    (forms.oppdater_kalenderavtale, lambda text: {"nyTekst": text}, "nyTekst", 300),
]


@pytest.mark.parametrize(("form", "arguments", "path", "most"), SHOWN)
def test_texts_are_counted_in_code_points(form, arguments, path, most):
    form(arguments("😀" * most))

    assert broken(form, arguments("e" * (most + 1))) == [(path, "TOO_LONG")]


@pytest.mark.parametrize(("form", "arguments", "path", "most"), SHOWN)
def test_no_text_holds_eleven_digits_in_a_row(form, arguments, path, most):
    for fine in ("1234567890", "123456 78910", "١٢٣٤٥٦٧٨٩١٠", ""):
        form(arguments(fine))

    for number in ("12345678910", "nr12345678910.", "x" * 9 + "0123456789012"):
        assert broken(form, arguments(number)) == [(path, "ELEVEN_DIGITS")]


def test_other_texts_may_hold_eleven_digits():
    forms.ny_sak(some.ny_sak(nesteSteg="12345678910", lenke="/12345678910"))
    forms.ny_beskjed(with_messages(some.sms(smsTekst="12345678910")))


@pytest.mark.parametrize("line_break", ["\r", "\n"])
def test_titles_of_messages_are_one_line(line_break):
    text = f"Hei{line_break}du"
    letters = with_messages(some.epost(epostTittel=text), some.altinntjeneste(tittel=text))

    assert broken(forms.ny_beskjed, letters) == [
        ("nyBeskjed.eksterneVarsler[0].epost.epostTittel", "LINE_BREAK"),
        ("nyBeskjed.eksterneVarsler[1].altinntjeneste.tittel", "LINE_BREAK"),
    ]


def test_bodies_of_messages_may_have_lines():
    messages = [some.sms(smsTekst="a\nb"), some.altinntjeneste(innhold="a\r\nb")]

    forms.ny_beskjed(with_messages(*messages, some.epost(epostHtmlBody="a\nb")))


@pytest.mark.parametrize("bad", ["\x00", "a\x00b", "\ud800", "x\udfff"])
def test_some_characters_are_allowed_nowhere(bad):
    sak = some.ny_sak(
        lenke=bad,
        mottakere=[{"altinn": {"serviceCode": bad, "serviceEdition": "1"}}],
    )

    assert sorted(broken(forms.ny_sak, sak)) == [
        ("lenke", "INVALID_CHARACTER"),
        ("mottakere[0].altinn.serviceCode", "INVALID_CHARACTER"),
    ]
    assert broken(forms.sak_ref, {"id": bad}) == [("id", "INVALID_CHARACTER")]
    several = {"merkelapper": ["a", bad]}
    assert broken(forms.mine_notifikasjoner, several) == [("merkelapper[1]", "INVALID_CHARACTER")]


@pytest.mark.parametrize("first", [0, -1, 10_001, 2**31 - 1])
def test_a_page_has_one_to_ten_thousand(first):
    assert broken(forms.mine_notifikasjoner, {"first": first}) == [("first", "OUT_OF_RANGE")]


def test_recipients_are_counted_as_sent():
    forms.ny_beskjed(some.ny_beskjed(mottakere=[some.RECIPIENT] * 100))
    forms.ny_beskjed(some.ny_beskjed(mottaker=some.RECIPIENT, mottakere=[some.RECIPIENT] * 99))

    too_many = some.ny_beskjed(mottaker=some.RECIPIENT, mottakere=[some.RECIPIENT] * 100)
    assert broken(forms.ny_beskjed, too_many) == [("nyBeskjed.mottakere", "TOO_MANY")]
    sak = some.ny_sak(mottakere=[some.RECIPIENT] * 101)
    assert broken(forms.ny_sak, sak) == [("mottakere", "TOO_MANY")]


@pytest.mark.parametrize(
    ("own", "later", "paths"),
    [
        (50, 0, []),
        (0, 50, []),
        (20, 30, []),
        (51, 0, ["eksterneVarsler"]),
        (0, 51, ["paaminnelse.eksterneVarsler"]),
        (1, 50, ["eksterneVarsler"]),
        (51, 51, ["eksterneVarsler", "paaminnelse.eksterneVarsler"]),
        (1, 51, ["paaminnelse.eksterneVarsler"]),
    ],
)
@pytest.mark.parametrize("form", [forms.ny_kalenderavtale, forms.oppdater_kalenderavtale])
def test_messages_are_counted_with_those_of_the_reminder(form, own, later, paths):
    arguments = some.ny_kalenderavtale(
        eksterneVarsler=[some.sms()] * own, paaminnelse=some.reminder(*[some.sms()] * later)
    )

    if paths:
        assert broken(form, arguments) == [(path, "TOO_MANY") for path in paths]
    else:
        form(arguments)


def test_everything_wrong_is_told_at_once():
    oppgave = some.ny_oppgave(
        mottakere=[],
        tekst="12345678910" * 30,
        metadata={"hardDelete": {}},
        eksterneVarsler=[some.sms("12345678"), some.epost("nobody")],
    )

    assert broken(forms.ny_oppgave, oppgave) == [
        ("nyOppgave.mottakere", "REQUIRED"),
        ("nyOppgave.notifikasjon.tekst", "TOO_LONG"),
        ("nyOppgave.notifikasjon.tekst", "ELEVEN_DIGITS"),
        ("nyOppgave.metadata.hardDelete", "EXACTLY_ONE"),
        ("nyOppgave.eksterneVarsler[0].sms.mottaker.kontaktinfo.tlf", "INVALID_FORMAT"),
        ("nyOppgave.eksterneVarsler[1].epost.mottaker.kontaktinfo.epostadresse", "INVALID_FORMAT"),
    ]


def test_a_flood_of_mistakes_is_cut_at_a_hundred():
    assert len(broken(forms.mine_notifikasjoner, {"merkelapper": ["\x00"] * 5000})) == 100


def test_what_was_sent_is_never_quoted():
    secret = "hemmelig@nowhere"
    with pytest.raises(UgyldigInput) as caught:
        forms.ny_beskjed(with_messages(some.epost(secret), some.sms("12345678910")))

    assert "hemmelig" not in str(caught.value)
    assert "12345678910" not in str(caught.value)
