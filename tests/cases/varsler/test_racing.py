"""Deletion and cancellation at the very time at which messages leave (cases contract 9.2, 11)."""

import random
import time

import pytest
from django.db import connection

from cases.models import EksterntVarsel, Hendelse
from notifications_platform.delivery import draining, erasing
from notifications_platform.delivery.models import Content, Message
from notifications_platform.delivery.states import Channel, State
from tests.cases.producing import Api, beskjed, epost, in_parallel, kalenderavtale, sak, sms
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)

LOEPENDE = {"sendetidspunkt": {"sendevindu": "LOEPENDE"}}
ITEMS = 15


def drain() -> None:
    draining.drain(Channel.SMS)
    draining.drain(Channel.EMAIL)


def slowly(post: FakeTransport) -> None:
    """So that claims, recordings and what the producer does meet."""
    post.batch = 2
    post.before = lambda: time.sleep(random.uniform(0, 0.02))


def test_items_erased_while_their_messages_leave_leave_no_trace(
    api: Api, post: FakeTransport
) -> None:
    slowly(post)
    ids = []
    for number in range(ITEMS):
        new = beskjed(
            eksterneVarsler=[sms(), epost(**LOEPENDE)], metadata={"eksternId": f"ekstern-{number}"}
        )
        ids.append(api.done("nyBeskjed", nyBeskjed=new)["id"])

    def erase() -> None:
        for id in random.sample(ids, len(ids)):
            api.done("hardDeleteNotifikasjon", id=id)

    in_parallel(drain, erase)
    erasing.erase_what_became_final()

    assert len(post.sent) == 2 * ITEMS
    assert EksterntVarsel.objects.count() == 0
    assert set(Hendelse.objects.values_list("type", flat=True)) == {"HardDelete"}
    assert Hendelse.objects.count() == ITEMS
    assert set(Message.objects.values_list("address", flat=True)) == {""}
    assert set(Content.objects.values_list("body", flat=True)) == {""}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM delivery_message WHERE erasure <> 'done'")
        assert cursor.fetchone() == (0,)


def test_every_message_cancelled_while_it_may_leave_is_sendt_or_kansellert(
    api: Api, post: FakeTransport
) -> None:
    slowly(post)
    api.done("nySak", **sak())
    ids = [
        api.done(
            "nyKalenderavtale",
            **kalenderavtale(
                eksternId=f"ekstern-{number}", eksterneVarsler=[sms(), epost(**LOEPENDE)]
            ),
        )["id"]
        for number in range(ITEMS)
    ]

    def cancel() -> None:
        for id in random.sample(ids, len(ids)):
            api.done("oppdaterKalenderavtale", id=id, nyTilstand="AVLYST", eksterneVarsler=[])

    in_parallel(drain, cancel)

    left = {parcel.id for parcel in post.sent}
    for varsel in EksterntVarsel.objects.all():
        (message,) = Message.objects.filter(owner_id=varsel.id)
        assert (varsel.status, message.state) in {
            ("SENDT", State.SENT),
            ("KANSELLERT", State.CANCELLED),
        }
        assert (message.id in left) == (varsel.status == "SENDT")
    told = Hendelse.objects.filter(type__startswith="EksterntVarsel")
    assert told.count() == EksterntVarsel.objects.count() == 2 * ITEMS
