"""The tools that measure cases: rows like the product's own, and abuse that is refused."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from benchmarks.cases import history, refusals
from benchmarks.cases.calls import LABELS, PRODUCER
from cases.coordinates import koordinat
from cases.graphql.answering import answer
from cases.lifecycle import erasing, expiring, queueing, reminding
from cases.models import (
    AppName,
    EksterntVarsel,
    Hendelse,
    Notifikasjon,
    Paaminnelse,
    Producer,
    Sak,
    Slettet,
)
from cases.producers import Kaller
from cases.states import OWNER
from notifications_platform.core import clock
from notifications_platform.core.connections import parameters
from notifications_platform.delivery.models import Message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tables() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**parameters("tests")) as connection:
        yield connection


def test_stored_rows_agree_with_one_another(tables) -> None:
    history.store(tables, 100)
    history.store(tables, 200, first=100)

    assert Notifikasjon.objects.count() == 300
    assert Sak.objects.count() == 300 // history.PER_SAK
    assert set(Notifikasjon.objects.values_list("merkelapp", flat=True)) == set(LABELS)
    assert Paaminnelse.objects.count() == Notifikasjon.objects.filter(type="Oppgave").count() == 240
    assert Message.objects.filter(owner_kind=OWNER).count() == 30
    for one in Notifikasjon.objects.all():
        assert one.koordinat == koordinat(one.merkelapp, one.ekstern_id)
        assert one.sak_koordinat
        assert Sak.objects.get(koordinat=one.sak_koordinat).grupperingsid == one.grupperingsid
        assert Hendelse.objects.get(aggregate_id=one.id).type == f"{one.type}Opprettet"


def test_stored_rows_wait_and_are_handled_when_they_are_due(tables) -> None:
    history.store(tables, 100)
    now = clock.now()
    for step in (expiring.expire, reminding.fire, queueing.queue_due, erasing.erase_due):
        assert step(now=now) == 0

    last = Paaminnelse.objects.latest("tidspunkt").tidspunkt
    assert reminding.fire(now=last) == 80
    assert EksterntVarsel.objects.filter(queued_at__isnull=True).count() == 0
    frist = Notifikasjon.objects.filter(utgaar_at__isnull=False).latest("utgaar_at").utgaar_at
    assert frist
    assert expiring.expire(now=frist) == 80
    assert erasing.erase_due(now=now.replace(year=now.year + 6)) > 0
    assert Slettet.objects.exists()


@pytest.mark.parametrize("kind", refusals.KINDS)
def test_each_kind_of_abuse_is_refused_as_it_is_said(kind: str) -> None:
    producer = Producer.objects.create(
        client_id=PRODUCER, name=PRODUCER, merkelapper=list(LABELS), mottakere=[]
    )
    AppName.objects.create(producer=producer, name=PRODUCER)
    make, wanted = refusals.KINDS[kind]

    told = answer(make(), Kaller((PRODUCER,)))

    assert {error["extensions"]["code"] for error in told["errors"]} == {wanted}
    assert not Notifikasjon.objects.exists()
