"""Deletion and cancellation at the very time at which messages leave (cases contract 9.2, 11)."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import connection, transaction

from cases.models import EksterntVarsel, Hendelse
from notifications_platform.delivery import claiming, draining, erasing
from notifications_platform.delivery.models import Content, Message
from notifications_platform.delivery.states import Channel, State
from tests.cases.lifecycle.living import Moment, sweep
from tests.cases.producing import (
    Answer,
    Api,
    beskjed,
    epost,
    in_parallel,
    kalenderavtale,
    paaminnelse,
    sak,
    sms,
)
from tests.cases.test_concurrency import until_somebody_waits
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
    drain()  # what was just being erased when its turn came
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


@pytest.mark.parametrize(
    "changes",
    [
        {"nyTilstand": "AVLYST"},
        {"nyTilstand": "AVLYST", "eksterneVarsler": [sms(**LOEPENDE)]},
        {
            "paaminnelse": paaminnelse(konkret="2031-03-20T12:00:00"),
            "eksterneVarsler": [sms(**LOEPENDE)],
        },
    ],
    ids=["called off", "called off, told by message", "all replaced"],
)
def test_messages_are_taken_back_in_the_order_in_which_outcomes_lock_them(
    api: Api, moment: Moment, changes: Answer
) -> None:
    api.done("nySak", **sak())
    reminder = paaminnelse(konkret="2031-03-10T12:00:00")
    new = kalenderavtale(eksterneVarsler=[sms(**LOEPENDE)], paaminnelse=reminder)
    id = api.done("nyKalenderavtale", **new)["id"]
    moment.oslo("2031-03-10T12:00:00")
    sweep()
    claim = claiming.claim(Channel.SMS, limit=10, now=moment.at)
    ordered, of_reminder = sorted(message.parcel.id for message in claim.messages)

    def lock(message_id: UUID) -> None:
        assert Message.objects.select_for_update().filter(pk=message_id).exists()

    def update() -> None:
        api.done("oppdaterKalenderavtale", **{"id": id, "eksterneVarsler": []} | changes)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            # As the record of a batch, which comes to them one after the other.
            lock(ordered)
            updating = pool.submit(in_parallel, update)
            until_somebody_waits()
            lock(of_reminder)
        updating.result(30)

    assert Message.objects.filter(pk__in=[ordered, of_reminder], withdrawn=True).count() == 2
