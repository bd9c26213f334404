"""The first case: a sak with an oppgave, told over GraphQL like any producer's.

The same one at each start, so that there is one to look at however often the platform is started.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from notifications_platform.core.windows import OSLO
from notifications_platform.runtime.demo import CLOCK, DemoStopped, expect
from notifications_platform.runtime.output import Output
from notifications_platform.runtime.web_client import WebClient

PRODUCER = "fager"
EMAIL = "case@demo.example"
MOBILE = "+4740000101"
# From the day the oppgave is made; the reminder fires at the end of the second day.
OPEN_FOR = timedelta(days=7)
_REMINDER = {"foerFrist": "P5D"}
# Whoever erases the sak in the back office finds its successor at the next start.
_MOST_SUCCESSORS = 50
_UNKNOWN_HERE = frozenset({"UkjentProdusent", "UgyldigMerkelapp", "UgyldigMottaker"})

_SAK = """
mutation ($grupperingsid: String!, $mottakere: [MottakerInput!]!) {
  answer: nySak(
    grupperingsid: $grupperingsid
    merkelapp: "fager"
    virksomhetsnummer: "310131156"
    mottakere: $mottakere
    tittel: "Avtale om arbeidstrening"
    nesteSteg: "Dere sender inn avtalen, så går vi gjennom den."
    initiellStatus: UNDER_BEHANDLING
  ) {
    __typename
    ... on NySakVellykket { id }
    ... on DuplikatGrupperingsid { idTilEksisterende }
    ... on Error { feilmelding }
  }
}
"""
_OPPGAVE = """
mutation ($nyOppgave: NyOppgaveInput!) {
  answer: nyOppgave(nyOppgave: $nyOppgave) {
    __typename
    ... on NyOppgaveVellykket { id }
    ... on DuplikatEksternIdOgMerkelapp { idTilEksisterende }
    ... on Error { feilmelding }
  }
}
"""
_STATE = """
query ($id: ID!) {
  answer: hentNotifikasjon(id: $id) {
    __typename
    ... on HentetNotifikasjon { notifikasjon { ... on Oppgave { oppgave { tilstand } } } }
  }
}
"""
_REOPEN = """
mutation ($id: ID!, $nyFrist: ISO8601Date!, $paaminnelse: PaaminnelseInput!) {
  answer: oppgaveUtsettFrist(id: $id, nyFrist: $nyFrist, paaminnelse: $paaminnelse) {
    __typename
  }
}
"""


@dataclass(frozen=True, slots=True)
class CaseDemo:
    web: WebClient
    output: Output

    def show(self, token: str) -> str:
        """Make the sak and its oppgave, or find those of an earlier start; the id of the sak.

        Raises DemoStopped, OSError, ValueError or KeyError.
        """
        frist = self._today() + OPEN_FOR
        grupperingsid, sak_id = self._sak(token)
        variables = {"nyOppgave": demo_oppgave(grupperingsid, frist)}
        oppgave_id = _id(_known(self._ask(token, _OPPGAVE, variables)))
        self._keep_open(token, oppgave_id, frist)
        self.output.line(f"  POST /api/graphql   200  sak {sak_id} with an oppgave")
        return sak_id

    def _sak(self, token: str) -> tuple[str, str]:
        for number in range(1, _MOST_SUCCESSORS):
            grupperingsid = f"demo-{number}"
            variables = {"grupperingsid": grupperingsid, "mottakere": [_MOTTAKER]}
            answer = _known(self._ask(token, _SAK, variables))
            if answer["__typename"] != "DuplikatGrupperingsidEtterDelete":
                return grupperingsid, _id(answer)
        raise DemoStopped("its sak has been erased too often: step skipped")

    def _keep_open(self, token: str, oppgave_id: str, frist: date) -> None:
        """One that expired after an earlier start begins anew."""
        answer = self._ask(token, _STATE, {"id": oppgave_id})
        if answer.get("notifikasjon", {}).get("oppgave") == {"tilstand": "UTGAATT"}:
            again = {"nyFrist": frist.isoformat(), "paaminnelse": _paaminnelse()}
            self._ask(token, _REOPEN, {"id": oppgave_id, **again})

    def _ask(self, token: str, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        body = {"query": document, "variables": variables}
        told = expect(self.web.request("POST", "/api/graphql", body, token=token), 200)
        if errors := told.get("errors"):
            raise DemoStopped(f"the GraphQL API refused the demo: {errors[0].get('message')}")
        answer: dict[str, Any] = told["data"]["answer"]
        return answer

    def _today(self) -> date:
        now = datetime.fromisoformat(expect(self.web.request("GET", CLOCK), 200)["now"])
        return now.astimezone(UTC).astimezone(OSLO).date()


def demo_oppgave(grupperingsid: str, frist: date) -> dict[str, Any]:
    """A NyOppgaveInput: an e-mail at once, an SMS and an e-mail with the reminder."""
    return {
        "mottakere": [_MOTTAKER],
        "notifikasjon": {
            "merkelapp": "fager",
            "tekst": "Send inn avtalen om arbeidstrening",
            "lenke": "https://demo.example/avtale",
        },
        "metadata": {
            "virksomhetsnummer": "310131156",
            "eksternId": f"{grupperingsid}-avtale",
            "grupperingsid": grupperingsid,
        },
        "frist": frist.isoformat(),
        "eksterneVarsler": [_epost("Ny oppgave", sendetidspunkt={"sendevindu": "LOEPENDE"})],
        "paaminnelse": _paaminnelse(),
    }


_MOTTAKER = {"altinnRessurs": {"ressursId": "test-fager"}}


def _paaminnelse() -> dict[str, Any]:
    return {
        "tidspunkt": _REMINDER,
        "eksterneVarsler": [
            {
                "sms": {
                    "mottaker": {"kontaktinfo": {"tlf": MOBILE}},
                    "smsTekst": "Husk å sende inn avtalen om arbeidstrening.",
                    "sendevindu": "LOEPENDE",
                }
            },
            _epost("Påminnelse", sendevindu="LOEPENDE"),
        ],
    }


def _epost(tittel: str, **when: Any) -> dict[str, Any]:
    return {
        "epost": {
            "mottaker": {"kontaktinfo": {"epostadresse": EMAIL}},
            "epostTittel": tittel,
            "epostHtmlBody": "<p>Send inn avtalen om arbeidstrening.</p>",
            **when,
        }
    }


def _known(answer: dict[str, Any]) -> dict[str, Any]:
    if answer["__typename"] in _UNKNOWN_HERE:
        raise DemoStopped(f"the producer {PRODUCER} is not in these registers: step skipped")
    return answer


def _id(answer: dict[str, Any]) -> str:
    """Of what was made now, or of what was there."""
    id = answer.get("id") or answer.get("idTilEksisterende")
    if id is None:
        raise DemoStopped(f"the GraphQL API refused the demo: {answer.get('feilmelding')}")
    return str(id)
