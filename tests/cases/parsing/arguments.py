"""Arguments as the schema's types coerce them, complete and good."""

from datetime import UTC, datetime
from typing import Any

START = datetime(2031, 5, 6, 7, 0, tzinfo=UTC)
RECIPIENT = {"altinn": {"serviceCode": "5441", "serviceEdition": "1"}}
WINDOW = {"sendevindu": "LOEPENDE"}


def sms(number: str = "99887766", **more: Any) -> dict[str, Any]:
    recipient = {"kontaktinfo": {"tlf": number}}
    return {"sms": {"mottaker": recipient, "smsTekst": "Hei", "sendetidspunkt": WINDOW} | more}


def epost(address: str = "a@b.no", **more: Any) -> dict[str, Any]:
    content = {
        "mottaker": {"kontaktinfo": {"epostadresse": address}},
        "epostTittel": "Ny oppgave",
        "epostHtmlBody": "<p>Hei</p>",
        "sendetidspunkt": WINDOW,
    }
    return {"epost": content | more}


def altinntjeneste(**more: Any) -> dict[str, Any]:
    content = {
        "mottaker": {"serviceCode": "5441", "serviceEdition": "1"},
        "tittel": "Ny oppgave",
        "innhold": "Logg inn",
        "sendetidspunkt": WINDOW,
    }
    return {"altinntjeneste": content | more}


def reminder(*messages: dict[str, Any], **tidspunkt: Any) -> dict[str, Any]:
    """Its messages have a window where others have a sendetidspunkt."""
    varsler = [
        {kind: {**content, "sendetidspunkt": None, "sendevindu": "NKS_AAPNINGSTID"}}
        for message in messages
        for kind, content in message.items()
    ]
    return {"tidspunkt": tidspunkt or {"konkret": START}, "eksterneVarsler": varsler}


def ny_sak(**more: Any) -> dict[str, Any]:
    arguments = {
        "grupperingsid": "sak 1",
        "merkelapp": "Tiltak",
        "virksomhetsnummer": "910825526",
        "mottakere": [RECIPIENT],
        "tittel": "Søknad",
        "initiellStatus": "MOTTATT",
    }
    return arguments | more


def ny_beskjed(
    *,
    tekst: str = "Les dette",
    metadata: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    new = {
        "mottakere": [RECIPIENT],
        "notifikasjon": {"merkelapp": "Tiltak", "tekst": tekst, "lenke": "#anker"},
        "metadata": {"virksomhetsnummer": "910825526", "eksternId": "e1"} | (metadata or {}),
        "eksterneVarsler": [],
    }
    return {"nyBeskjed": new | more}


def ny_oppgave(**more: Any) -> dict[str, Any]:
    return {"nyOppgave": ny_beskjed(**more)["nyBeskjed"]}


def ny_kalenderavtale(**more: Any) -> dict[str, Any]:
    arguments = {
        "virksomhetsnummer": "910825526",
        "grupperingsid": "sak 1",
        "merkelapp": "Tiltak",
        "eksternId": "k1",
        "tekst": "Møte",
        "lenke": "https://example.no/",
        "mottakere": [RECIPIENT],
        "startTidspunkt": START,
        "eksterneVarsler": [],
    }
    return arguments | more
