"""Sweeps in bulk, in batches, and after a crash (cases contract 9.1)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from cases.lifecycle import erasing, expiring, queueing, reminding
from cases.models import Hendelse, Notifikasjon, Slettet
from tests.cases.lifecycle.living import Moment, events, fired, oslo, row, sweep
from tests.cases.producing import Api, altinntjeneste, oppgave, paaminnelse, sms

pytestmark = pytest.mark.django_db

REMINDER = oslo("2031-03-10T12:00")
MIDNIGHT = oslo("2031-04-01T00:00")
ERASED = oslo("2031-05-01T00:00")
STEPS: list[tuple[Callable[..., int], Any]] = [
    (reminding.fire, REMINDER),
    (queueing.queue_due, REMINDER),
    (expiring.expire, MIDNIGHT),
    (erasing.erase_due, ERASED),
]


def cut_off(*_args: object, **_options: object) -> None:
    raise OperationalError("the connection is lost")


def many(api: Api, count: int, name: str = "") -> list[str]:
    ids = []
    for number in range(count):
        metadata = {"eksternId": f"{name}{number}", "hardDelete": {"den": "2031-05-01T00:00:00"}}
        given = oppgave(
            frist="2031-03-31",
            paaminnelse=paaminnelse(konkret="2031-03-10T12:00:00"),
            eksterneVarsler=[sms(), altinntjeneste(sendetidspunkt={"sendevindu": "LOEPENDE"})],
            metadata=metadata,
        )
        ids.append(api.done("nyOppgave", nyOppgave=given)["id"])
    return ids


def test_any_number_of_items_takes_as_many_statements(api: Api) -> None:
    taken = []
    for count in (2, 12):
        many(api, count, name=f"{count}-")
        statements = []
        for step, at in STEPS:
            with CaptureQueriesContext(connection) as captured:
                assert step(now=at) == count
            statements.append(len(captured))
        taken.append(statements)
    assert taken[0] == taken[1]
    assert not Notifikasjon.objects.exists()


def test_a_sweep_goes_on_until_nothing_is_due(
    api: Api, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in (reminding, queueing, expiring, erasing):
        monkeypatch.setattr(step, "BATCH", 2)
    ids = many(api, 5)
    moment.at = REMINDER
    sweep()
    assert [fired(id) for id in ids] == [1] * 5
    moment.at = MIDNIGHT
    sweep()
    assert {row(id).tilstand for id in ids} == {"UTGAATT"}
    moment.at = ERASED
    sweep()
    assert Slettet.objects.count() == 5


def test_what_a_crash_undid_is_done_by_the_next_sweep_once(
    api: Api, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = many(api, 3)
    moment.at = REMINDER
    with monkeypatch.context() as broken:
        broken.setattr(Hendelse.objects, "bulk_create", cut_off)
        sweep()
    assert [fired(id) for id in ids] == [0] * 3

    sweep()
    sweep()
    assert [fired(id) for id in ids] == [1] * 3
    assert all(events(id).count("PaaminnelseOpprettet") == 1 for id in ids)


def test_a_step_that_fails_does_not_keep_the_others_from_their_work(
    api: Api, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = many(api, 2)
    moment.at = MIDNIGHT
    monkeypatch.setattr(reminding, "_fire", lambda *_: 1 / 0)
    monkeypatch.setattr(queueing, "_settle", lambda *_: 1 / 0)
    later = oppgave(metadata={"eksternId": "x", "hardDelete": {"den": "2001-01-01T00:00:00"}})
    gone = api.done("nyOppgave", nyOppgave=later)["id"]
    sweep()
    assert {row(id).tilstand for id in ids} == {"UTGAATT"}
    assert Slettet.objects.filter(pk=gone).exists()
