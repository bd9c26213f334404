"""Requests of a producer through the GraphQL door, as ready-made bytes."""

import http.client
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from benchmarks.load import request
from benchmarks.platform import TOKEN_SECONDS, Platform
from notifications_platform.core import clock

PATH = "/api/graphql"
PRODUCER = "fager"
LABELS = ("fager", "Tiltak", "Permittering")
ORGANIZATION = "910825526"
_PATIENCE = 30.0
_OSLO = ZoneInfo("Europe/Oslo")

NY_SAK = """
mutation NySak($grupperingsid: String!, $merkelapp: String!, $virksomhetsnummer: String!,
               $mottakere: [MottakerInput!]!, $tittel: String!, $lenke: String) {
  nySak(grupperingsid: $grupperingsid, merkelapp: $merkelapp, mottakere: $mottakere,
        virksomhetsnummer: $virksomhetsnummer, tittel: $tittel, lenke: $lenke,
        initiellStatus: UNDER_BEHANDLING) {
    __typename
    ... on NySakVellykket { id }
    ... on Error { feilmelding }
  }
}
"""
NY_OPPGAVE = """
mutation NyOppgave($nyOppgave: NyOppgaveInput!) {
  nyOppgave(nyOppgave: $nyOppgave) {
    __typename
    ... on NyOppgaveVellykket {
      id
      eksterneVarsler { id }
      paaminnelse { eksterneVarsler { id } }
    }
    ... on Error { feilmelding }
  }
}
"""
MINE_NOTIFIKASJONER = """
query Mine($first: Int, $after: String, $merkelapp: String) {
  mineNotifikasjoner(first: $first, after: $after, merkelapp: $merkelapp) {
    __typename
    ... on NotifikasjonConnection {
      pageInfo { hasNextPage endCursor }
      edges {
        cursor
        node {
          __typename
          ... on Beskjed { metadata { ...Meta } beskjed { merkelapp tekst lenke }
                           mottakere { ...Hvem } eksterneVarsler { id status } }
          ... on Oppgave { metadata { ...Meta } oppgave { merkelapp tekst lenke tilstand }
                           mottakere { ...Hvem } eksterneVarsler { id status } }
          ... on Kalenderavtale {
            metadata { ...Meta } mottakere { ...Hvem } eksterneVarsler { id status }
            kalenderavtale { merkelapp tekst lenke tilstand startTidspunkt } }
        }
      }
    }
    ... on Error { feilmelding }
  }
}
fragment Meta on Metadata { id eksternId grupperingsid opprettetTidspunkt softDeleted }
fragment Hvem on Mottaker {
  ... on AltinnMottaker { serviceCode serviceEdition virksomhetsnummer }
  ... on AltinnRessursMottaker { ressursId virksomhetsnummer }
  ... on NaermesteLederMottaker { ansattFnr virksomhetsnummer }
}
"""
ALTINN: Mapping[str, Any] = {"altinn": {"serviceCode": "5441", "serviceEdition": "1"}}
_numbers = itertools.count()


class Answer(NamedTuple):
    """`seconds` from the first byte that was sent to the last that came."""

    seconds: float
    status: int
    body: bytes


class Producer:
    """A producer of the sandbox' register on a running platform."""

    def __init__(self, platform: Platform) -> None:
        self.address = platform.address
        token = platform.manage(
            "token", "--kind", "entra", "--client", PRODUCER, "--ttl", str(TOKEN_SECONDS)
        )
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def request(self, query: str, variables: Mapping[str, Any] | None = None) -> bytes:
        body = json.dumps({"query": query, "variables": variables}, ensure_ascii=False)
        return request("POST", PATH, self.headers, body.encode())

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The only root field's member. Raises AssertionError for anything but a success."""
        body = json.dumps({"query": query, "variables": variables})
        connection = http.client.HTTPConnection(*self.address, timeout=_PATIENCE)
        try:
            connection.request("POST", PATH, body.encode(), self.headers)
            told = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        (member,) = (told.get("data") or {}).values() or [told]
        assert "errors" not in told, told
        assert "feilmelding" not in member, told
        answer: dict[str, Any] = member
        return answer


def saker(producer: Producer, count: int) -> tuple[list[bytes], Sequence[str]]:
    """Requests for so many new saker, and their grupperingsider."""
    names = [f"bench-sak-{next(_numbers)}" for _ in range(count)]
    return [producer.request(NY_SAK, _sak(name)) for name in names], names


def _sak(grupperingsid: str) -> dict[str, Any]:
    return {
        "grupperingsid": grupperingsid,
        "merkelapp": "Tiltak",
        "virksomhetsnummer": ORGANIZATION,
        "mottakere": [ALTINN],
        "tittel": "Søknad om tilskudd til sommerjobb",
        "lenke": "https://bench.example/sak",
    }


def oppgaver(producer: Producer, *, later: bool, saker: Sequence[str]) -> Iterator[bytes]:
    """Without end: oppgaver of these saker, each with a deadline, an SMS, an e-mail and a reminder
    with an SMS. `later`: what is ordered leaves tomorrow, else at once.
    """
    tomorrow = (clock.real() + timedelta(days=1)).astimezone(_OSLO)
    moment = {"tidspunkt": _local(tomorrow)} if later else {"sendevindu": "LOEPENDE"}
    for grupperingsid in itertools.cycle(saker):
        oppgave = _oppgave(next(_numbers), grupperingsid, moment, tomorrow + timedelta(days=20))
        yield producer.request(NY_OPPGAVE, {"nyOppgave": oppgave})


def _oppgave(
    number: int, grupperingsid: str, moment: Mapping[str, str], frist: datetime
) -> dict[str, Any]:
    phone = {"kontaktinfo": {"tlf": f"4{number % 10_000_000:07d}"}}
    email = {"kontaktinfo": {"epostadresse": f"receiver{number}@bench.example"}}
    text = "Du har fått en ny oppgave. Logg inn hos Arbeidsgiver for å se den."
    ordered = [
        {"sms": {"mottaker": phone, "smsTekst": text, "sendetidspunkt": moment}},
        {
            "epost": {
                "mottaker": email,
                "epostTittel": "Ny oppgave",
                "epostHtmlBody": f"<p>{text}</p>",
                "sendetidspunkt": moment,
            }
        },
    ]
    reminding = [{"sms": {"mottaker": phone, "smsTekst": text, "sendevindu": "NKS_AAPNINGSTID"}}]
    return {
        "mottakere": [ALTINN],
        "notifikasjon": {"merkelapp": "Tiltak", "tekst": text, "lenke": "https://bench.example/"},
        "metadata": {
            "virksomhetsnummer": ORGANIZATION,
            "eksternId": f"bench-{number}",
            "grupperingsid": grupperingsid,
        },
        "frist": frist.date().isoformat(),
        "eksterneVarsler": ordered,
        "paaminnelse": {"tidspunkt": {"foerFrist": "P7D"}, "eksterneVarsler": reminding},
    }


def _local(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(timespec="seconds")
