"""Rows in every table, of two sides that have nothing to do with each other: a service owner, a
producer and a client of enrollment each. What belongs to the other side names `SECRET`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from correspondence import publishing
from correspondence.models import Correspondence
from enrollment import bulk
from enrollment.callers import Caller
from enrollment.grants import ALL
from enrollment.models import EnrollmentClient
from enrollment.states import Kind, Source
from notifications_platform.core import clock
from notifications_platform.delivery import stopping, tallying
from notifications_platform.delivery.channels.base import Transient
from notifications_platform.delivery.models import Receipt
from notifications_platform.identity.client import Client
from notifications_platform.registers.loading import load
from orders import processing
from tests.cases.producing import LABEL, Api, epost, oppgave, paaminnelse, registered, sak, sms
from tests.correspondence.conftest import DIGDIR as DIGDIR_NUMBER
from tests.correspondence.conftest import TTD as TTD_NUMBER
from tests.correspondence.conftest import organization
from tests.correspondence.test_back_office_pages import NOTIFICATION, an_attachment
from tests.enrollment.conftest import calling
from tests.enrollment.telling import attempt, define, event, told
from tests.factories import DIGDIR, TTD, make_messages, make_order

SECRET = "NABOENS_HEMMELIGHET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """`mark` stands in its references, codes and ids."""

    owner: Client
    number: str
    producer: str
    payer: str
    mark: str

    @property
    def clients(self) -> frozenset[str]:
        return frozenset({self.owner.org, self.producer, self.payer})


OURS = Side(owner=TTD, number=TTD_NUMBER, producer="tiltak", payer="payer-a", mark="OURS")
THEIRS = Side(owner=DIGDIR, number=DIGDIR_NUMBER, producer="arena", payer="payer-b", mark=SECRET)


def set_up() -> None:
    """Everything there is, of both. They share a label: each may read the other's through the API,
    but staff of one are not staff of the other.
    """
    load(Path(settings.BASE_DIR) / "notifications_platform/sandbox/demo_registers.json")
    for side in (OURS, THEIRS):
        _orders(side)
        _letters(side)
        _cases(side, registered(side.producer, LABEL, side.mark))
        _enrollment(side)
        stopping.stop(side.owner.org, because=side.mark, user="odd", now=clock.now())
    processing.process_due(now=clock.now())
    publishing.publish_due(now=clock.now())
    for count in (tallying.add_up, tuple):
        for side in (OURS, THEIRS):
            failed = tallying.Reached(side.owner.org, "email", "failed", "bounced")
            tallying.note({failed: 7}, now=clock.now())
        count()


def _orders(side: Side) -> None:
    make_order(client=side.owner, senders_reference=side.mark)
    (message,) = make_messages(client=side.owner.org)
    Receipt.objects.create(
        provider="p",
        provider_reference=side.mark,
        raw=side.mark,
        received_at=clock.now(),
        message_id=message.pk,
    )


def _letters(side: Side) -> None:
    sender = organization(side.number)
    id = sender.sent(
        resourceId=f"{side.owner.org}-letters",
        sendersReference=side.mark,
        messageTitle=side.mark,
        notification=NOTIFICATION,
        idempotentKey=f"7c9e6679-f42b-4de9-a1c3-b0d5e8f7{len(side.mark):04x}",
    )
    an_attachment(Correspondence.objects.get(pk=id).letter, file_name=side.mark)


def _cases(side: Side, producer: Api) -> None:
    given: Mapping[str, Any] = {"merkelapp": LABEL, "grupperingsid": f"sak-{side.mark}"}
    producer.done("nySak", **sak(**given, tittel=side.mark))
    # The other side's stands in a sak of ours.
    of_sak = f"sak-{OURS.mark}"
    for key in ("one", "two"):
        made = producer.done(
            "nyOppgave",
            nyOppgave=oppgave(
                tekst=side.mark,
                metadata={"grupperingsid": of_sak, "eksternId": f"{side.mark}-{key}"},
                frist="2131-05-07",
                paaminnelse=paaminnelse(konkret="2131-05-05T10:00:00"),
                eksterneVarsler=[sms(), epost()],
            ),
        )
    producer.done("hardDeleteNotifikasjon", id=made["id"])


def _enrollment(side: Side) -> None:
    EnrollmentClient.objects.create(client_id=side.payer, name=side.mark)
    api = calling(side.payer, ALL)
    define(api, code=side.mark, retrySchedule=[])
    told(api, event(side.mark), policy=f"POL-{side.mark}")
    attempt(Transient("HTTP 500"))
    answer = api.post("generic/businesseventdefinitions", {"code": side.mark, "descr": side.mark})
    assert answer.status_code == 201, answer.content
    staff = Caller(client=side.payer, name="odd", source=Source.ADMIN, grants=frozenset())
    bulk.begin(Kind.RESEND, caller=staff, now=clock.now(), q="", reason=side.mark)
