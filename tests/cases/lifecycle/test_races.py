"""Deletions that race what the platform does by itself: no deadlock, nothing left over (11)."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from cases.lifecycle import erasing, expiring, queueing, reminding
from cases.models import EksterntVarsel, Hendelse, Notifikasjon, Paaminnelse
from notifications_platform.delivery import draining
from notifications_platform.delivery.channels.base import Parcel, Sent, Verdict
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel
from notifications_platform.registers.models import Organization
from tests.cases.lifecycle.living import NOON, Moment, let_leave, oslo
from tests.cases.lifecycle.traces import traces
from tests.cases.producing import (
    LABEL,
    ORG,
    Answer,
    Api,
    altinntjeneste,
    in_parallel,
    oppgave,
    paaminnelse,
    sak,
    sms,
)
from tests.kernel.sinks import eventually
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = 12
REMINDER = "2031-03-10T12:00:00"
SECRETS = {"Hemmelig", "hemmelig-id", "+4799887766", "kontakt@example.no"}
AT_ONCE = {"sendevindu": "LOEPENDE"}


def many(api: Api, **more: Any) -> list[str]:
    """Oppgaver of one sak with something to hide."""
    ids = []
    for number in range(COUNT):
        metadata = {"grupperingsid": "sak-1", "eksternId": f"hemmelig-id-{number}"}
        given = oppgave(tekst="Hemmelig", metadata=metadata, frist="2031-03-31", **more)
        ids.append(api.done("nyOppgave", nyOppgave=given)["id"])
    return ids


def nothing_left() -> bool:
    held = {one for one in traces(SECRETS) if one[1] != "registers_organization"}
    return not held and not any(
        table.objects.exists() for table in (EksterntVarsel, Notifikasjon, Paaminnelse)
    )


def deleting(api: Api, ids: list[str], by: str) -> list[Callable[[], Any]]:
    """One call for each item, or one for their sak."""
    if by == "sak":
        of = {"merkelapp": LABEL, "grupperingsid": "sak-1"}
        return [lambda: api.done("hardDeleteSakByGrupperingsid", **of)]
    half = len(ids) // 2
    return [
        lambda: [api.done("hardDeleteNotifikasjon", id=id) for id in ids[:half]],
        lambda: [api.done("hardDeleteNotifikasjon", id=id) for id in reversed(ids[half:])],
    ]


@pytest.mark.parametrize("by", ["each", "sak"])
@pytest.mark.usefixtures("sak_id")
def test_hard_deletion_against_reminders_that_fire(
    api: Api, moment: Moment, post: FakeTransport, by: str
) -> None:
    ids = many(api, paaminnelse=paaminnelse(sms_text="Hemmelig", konkret=REMINDER))
    at = moment.at = oslo(REMINDER)
    steps = [lambda: reminding.fire(now=at), lambda: reminding.fire(now=at)]
    in_parallel(*deleting(api, ids, by), *steps)
    let_leave()
    assert nothing_left()
    # What had been ordered before the deletion has left; once each at most.
    assert len({parcel.id for parcel in post.sent}) == len(post.sent) <= COUNT
    assert not Hendelse.objects.filter(aggregate_id__in=ids).exclude(type="HardDelete").exists()


@pytest.mark.parametrize("by", ["each", "sak"])
@pytest.mark.usefixtures("sak_id")
def test_hard_deletion_against_a_drain_that_records(
    api: Api, moment: Moment, post: FakeTransport, by: str
) -> None:
    ids = many(api, eksterneVarsler=[sms(smsTekst="Hemmelig")])
    under_way = threading.Event()

    def slowly(parcel: Parcel) -> Verdict:
        under_way.set()
        time.sleep(0.01)
        return Sent(f"ref-{parcel.id}")

    post.answer = slowly

    def after(delete: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: under_way.wait(10) and delete()

    deletes = [after(delete) for delete in deleting(api, ids, by)]
    in_parallel(lambda: draining.drain(Channel.SMS), *deletes)
    let_leave()
    assert nothing_left()
    assert len(post.sent) == COUNT
    assert not Hendelse.objects.filter(aggregate_id__in=ids).exclude(type="HardDelete").exists()


@pytest.mark.parametrize("by", ["each", "sak"])
@pytest.mark.usefixtures("sak_id")
def test_hard_deletion_against_the_look_up_of_contact_points(
    api: Api, moment: Moment, post: FakeTransport, by: str
) -> None:
    Organization.objects.create(
        organization_number=ORG, name="Demo", email_addresses=["kontakt@example.no"]
    )
    given = altinntjeneste(tittel="Hemmelig", innhold="Hemmelig", sendetidspunkt=AT_ONCE)
    ids = many(api, eksterneVarsler=[given])
    now = moment.at
    steps = [lambda: queueing.queue_due(now=now), lambda: queueing.queue_due(now=now)]
    in_parallel(*deleting(api, ids, by), *steps)
    let_leave()
    assert nothing_left()
    assert len(post.sent) == COUNT
    assert Message.objects.count() == COUNT


@pytest.mark.usefixtures("sak_id")
def test_everything_at_once(api: Api, moment: Moment, post: FakeTransport) -> None:
    """Deadline, reminder, messages and scheduled deletion of the same items, all due."""
    reminder = paaminnelse(sms_text="Hemmelig", konkret=REMINDER)
    many(api, paaminnelse=reminder, eksterneVarsler=[sms(smsTekst="Hemmelig")])
    update: Answer = {"nyTid": {"den": "2031-04-01T00:00"}, "strategi": "OVERSKRIV"}
    of = {"merkelapp": LABEL, "grupperingsid": "sak-1"}
    api.done("nyStatusSakByGrupperingsid", **of, nyStatus="FERDIG", hardDelete=update)
    at = moment.at = oslo("2031-04-01T00:00")
    in_parallel(
        lambda: expiring.expire(now=at),
        lambda: reminding.fire(now=at),
        lambda: erasing.erase_due(now=at),
        lambda: draining.drain(Channel.SMS),
    )
    let_leave()
    assert nothing_left()


@pytest.mark.usefixtures("sak_id")
def test_a_sweep_passes_over_what_a_call_holds_and_takes_it_next_time(
    api: Api, moment: Moment
) -> None:
    ids = many(api)
    moment.oslo("2031-04-01T00:00")
    with transaction.atomic():
        list(Notifikasjon.objects.select_for_update(no_key=True).filter(pk=ids[0]))
        (handled,) = in_parallel(lambda: expiring.expire(now=moment.at))
    assert handled == COUNT - 1
    assert expiring.expire(now=moment.at) == 1


@pytest.mark.usefixtures("sak_id")
def test_utfoert_against_a_reminder_that_fires_leaves_nothing_to_send_or_has_sent(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    reminder = paaminnelse(konkret=REMINDER)
    ids = many(api, paaminnelse=reminder)
    at = moment.at = oslo(REMINDER)
    in_parallel(
        lambda: reminding.fire(now=at),
        lambda: [api.done("oppgaveUtfoert", id=id) for id in ids],
        lambda: [api.done("oppgaveUtfoert", id=id) for id in reversed(ids)],
    )
    assert not Paaminnelse.objects.filter(fired_at=None, closed_at=None).exists()
    assert not EksterntVarsel.objects.filter(status="NY").exists()
    let_leave()
    assert not post.sent


@pytest.mark.parametrize("by", ["item", "sak"])
def test_a_sweep_that_erases_locks_messages_in_the_order_of_a_drain(
    api: Api, colleague: Api, by: str
) -> None:
    """The older message belongs to what the sweep erases last; a drain has it, and wants the
    newer one.
    """
    dues = ((api, "2001-01-02T00:00"), (colleague, "2001-01-01T00:00"))
    for number, (who, due) in enumerate(dues):
        soon = {"hardDelete": {"den": due}}
        metadata: Answer = {"eksternId": str(number), "grupperingsid": str(number)}
        if by == "sak":
            who.done("nySak", **sak(grupperingsid=str(number), **soon))
        else:
            metadata |= soon
        who.done("nyOppgave", nyOppgave=oppgave(metadata=metadata, eksterneVarsler=[sms()]))
    older, newer = Message.objects.order_by("id")

    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            lock(older)
            sweep = pool.submit(in_thread, lambda: erasing.erase_due(now=NOON))
            eventually(somebody_waits)
            lock(newer)
        assert sweep.result(timeout=30) == 2
    assert not Notifikasjon.objects.exists()


def lock(message: Message) -> None:
    list(Message.objects.select_for_update().filter(pk=message.pk))


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def in_thread(step: Callable[[], int]) -> int:
    try:
        return step()
    finally:
        connection.close()
