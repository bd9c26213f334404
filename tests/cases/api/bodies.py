"""Bodies of REST calls, complete and good."""

from typing import Any

RECIPIENT = {"altinn": {"serviceCode": "5441", "serviceEdition": "1"}}
SMS = {
    "sms": {
        "mottaker": {"kontaktinfo": {"tlf": "99887766"}},
        "smsTekst": "Hei",
        "sendetidspunkt": {"sendevindu": "LOEPENDE"},
    }
}
REMINDER: dict[str, Any] = {
    "tidspunkt": {"konkret": "2031-05-05T12:00:00"},
    "eksterneVarsler": [
        {
            "epost": {
                "mottaker": {"kontaktinfo": {"epostadresse": "a@b.no"}},
                "epostTittel": "Husk",
                "epostHtmlBody": "<p>Husk</p>",
                "sendevindu": "LOEPENDE",
            }
        }
    ],
}
SAK: dict[str, Any] = {
    "grupperingsid": "sak 1",
    "merkelapp": "Tiltak",
    "virksomhetsnummer": "910825526",
    "mottakere": [RECIPIENT],
    "tittel": "Søknad",
    "initiellStatus": "MOTTATT",
}
BESKJED: dict[str, Any] = {
    "mottakere": [RECIPIENT],
    "notifikasjon": {"merkelapp": "Tiltak", "tekst": "Les dette", "lenke": "#anker"},
    "metadata": {"virksomhetsnummer": "910825526", "eksternId": "b1"},
}
OPPGAVE = BESKJED | {
    "metadata": BESKJED["metadata"] | {"eksternId": "o1"},
    "eksterneVarsler": [SMS],
    "frist": "2031-05-06",
    "paaminnelse": REMINDER,
}
KALENDERAVTALE: dict[str, Any] = {
    "virksomhetsnummer": "910825526",
    "grupperingsid": "sak 1",
    "merkelapp": "Tiltak",
    "eksternId": "k1",
    "tekst": "Møte",
    "lenke": "https://example.no/",
    "mottakere": [RECIPIENT],
    "startTidspunkt": "2031-05-06T09:00:00",
}


def with_label(body: dict[str, Any], merkelapp: str) -> dict[str, Any]:
    """Of a beskjed or an oppgave."""
    return body | {"notifikasjon": body["notifikasjon"] | {"merkelapp": merkelapp}}
