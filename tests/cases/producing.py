"""A producer at work through the GraphQL door, and what it sends."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import connections

from cases import producers
from cases.models import AppName, Producer
from tests.cases.documents import document
from tests.cases.graphql_door import APP, Door

Answer = dict[str, Any]

LABEL = "Tiltak"
OTHER_LABEL = "Lønnstilskudd / æøå"
FOREIGN_LABEL = "Sykmelding"
ORG = "910825526"
ALTINN: Answer = {"altinn": {"serviceCode": "5441", "serviceEdition": "1"}}
RESSURS: Answer = {"altinnRessurs": {"ressursId": "nav_tiltak"}}
LEDER: Answer = {"naermesteLeder": {"naermesteLederFnr": "01010112345", "ansattFnr": "02020212345"}}
ALL_KINDS: tuple[Answer, ...] = (
    {"serviceCode": "5441", "serviceEdition": "1"},
    {"ressursId": "nav_tiltak"},
    {"naermesteLeder": True},
)
NO_ID = "00000000-0000-4000-8000-000000000000"


class Api(Door):
    """Calls one root field at a time, with the whole document of it."""

    def __init__(self, app: str = APP) -> None:
        super().__init__(app)
        self.app = app

    def call(self, field: str, **arguments: Any) -> Answer:
        """The member of the union that came back, with its `__typename`."""
        data = self.data(document(field, typename=True), arguments)
        answer: Answer = data[field]
        return answer

    def member(self, field: str, **arguments: Any) -> str:
        return str(self.call(field, **arguments)["__typename"])

    def done(self, field: str, **arguments: Any) -> Answer:
        """The success member; nothing else will do."""
        answer = self.call(field, **arguments)
        assert "feilmelding" not in answer, answer
        return answer

    def item(self, id: str) -> Answer:
        """A notifikasjon as it is read back."""
        item: Answer = self.done("hentNotifikasjon", id=id)["notifikasjon"]
        return item

    def sak(self, id: str) -> Answer:
        sak: Answer = self.done("hentSak", id=id)["sak"]
        return sak


def registered(
    client: str,
    *merkelapper: str,
    app: str | None = None,
    mottakere: Sequence[Mapping[str, Any]] = ALL_KINDS,
) -> Api:
    """A producer of the register, and the app that acts as it."""
    producer = Producer.objects.create(
        client_id=client, name=client, merkelapper=list(merkelapper), mottakere=list(mottakere)
    )
    name = app or f"dev-gcp:{client}:app"
    AppName.objects.create(producer=producer, name=name)
    producers.forget()
    return Api(name)


# ---------------------------------------------------------------- what is sent


def sms(**more: Any) -> Answer:
    return {
        "sms": {
            "mottaker": {"kontaktinfo": {"tlf": "99887766"}},
            "smsTekst": "Du har fått en oppgave",
            "sendetidspunkt": {"sendevindu": "LOEPENDE"},
            **more,
        }
    }


def epost(**more: Any) -> Answer:
    return {
        "epost": {
            "mottaker": {"kontaktinfo": {"epostadresse": "kari@example.no"}},
            "epostTittel": "Ny oppgave",
            "epostHtmlBody": "<p>Du har fått en oppgave</p>",
            "sendetidspunkt": {"tidspunkt": "2131-05-06T07:08:09"},
            **more,
        }
    }


def altinntjeneste(**more: Any) -> Answer:
    return {
        "altinntjeneste": {
            "mottaker": {"serviceCode": "5441", "serviceEdition": "1"},
            "tittel": "Ny oppgave",
            "innhold": "Du har fått en oppgave",
            "sendetidspunkt": {"tidspunkt": "2131-05-06T07:08:09"},
            **more,
        }
    }


def paaminnelse(*, sms_text: str | None = "Husk oppgaven", **tidspunkt: str) -> Answer:
    """At `konkret`, `etterOpprettelse`, `foerFrist` or `foerStartTidspunkt`."""
    messages = []
    if sms_text is not None:
        own = sms(smsTekst=sms_text, sendevindu="LOEPENDE")["sms"]
        del own["sendetidspunkt"]
        messages.append({"sms": own})
    return {"tidspunkt": tidspunkt, "eksterneVarsler": messages}


def sak(**changes: Any) -> Answer:
    """The arguments of nySak."""
    return {
        "grupperingsid": "sak-1",
        "merkelapp": LABEL,
        "virksomhetsnummer": ORG,
        "mottakere": [ALTINN],
        "tittel": "Søknad om tilskudd",
        "initiellStatus": "MOTTATT",
        **changes,
    }


def beskjed(
    *,
    merkelapp: str = LABEL,
    tekst: str = "Les dette",
    lenke: str = "#beskjed",
    metadata: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Answer:
    """The input of nyBeskjed. `metadata` comes on top of what is needed."""
    return {
        "mottakere": [ALTINN],
        "notifikasjon": {"merkelapp": merkelapp, "tekst": tekst, "lenke": lenke},
        "metadata": {"virksomhetsnummer": ORG, "eksternId": "ekstern-1", **(metadata or {})},
        **changes,
    }


# Whatever a beskjed has an oppgave has, too.
oppgave = beskjed


def kalenderavtale(**changes: Any) -> Answer:
    """The arguments of nyKalenderavtale."""
    return {
        "virksomhetsnummer": ORG,
        "grupperingsid": "sak-1",
        "merkelapp": LABEL,
        "eksternId": "ekstern-1",
        "tekst": "Dialogmøte",
        "lenke": "https://example.no/avtale",
        "mottakere": [ALTINN],
        "startTidspunkt": "2131-05-06T09:00:00",
        "eksterneVarsler": [],
        **changes,
    }


def create(api: Api, kind: str, **changes: Any) -> Answer:
    """What the create call of this kind answers. `eksternId`, `tekst`, `lenke`, `merkelapp`,
    `virksomhetsnummer` and `grupperingsid` are given as for a kalenderavtale.
    """
    if kind == "Kalenderavtale":
        return api.call("nyKalenderavtale", **kalenderavtale(**changes))
    named = ("eksternId", "virksomhetsnummer", "grupperingsid", "hardDelete")
    metadata: Answer = {name: changes.pop(name) for name in named if name in changes}
    return api.call(f"ny{kind}", **{f"ny{kind}": beskjed(metadata=metadata, **changes)})


# ---------------------------------------------------------------- at the same time


def in_parallel(*calls: Callable[[], Any]) -> list[Any]:
    """Each in a thread with a connection of its own, all let go at once; their answers in order.
    For tests with `transactional_db`. What one of them raises is raised here.
    """
    answers: list[Any] = [None] * len(calls)
    errors: list[BaseException] = []
    start = threading.Barrier(len(calls))

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=30)
            answers[index] = call()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if errors:
        raise errors[0]
    return answers
