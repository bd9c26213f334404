"""Random lives of an oppgave against a model of one page (cases contract 9)."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from cases import inputs, results
from cases.inputs import ById
from cases.lifecycle import expiring, reminding
from cases.models import EksterntVarsel, Hendelse, Paaminnelse
from cases.producers import Kaller
from cases.reminders import GRACE, end_of, midnight_after
from cases.services import deletion, notifikasjoner, oppgaver
from cases.states import Kanal, Sendevindu
from tests.cases.lifecycle.living import oslo, row
from tests.cases.producing import LABEL

KALLER = Kaller(("dev-gcp:tiltak:app",))
# Some days before the clocks change, in a leap year.
START = oslo("2032-02-27T12:00")
DAYS = st.integers(-2, 40)
MINUTES = st.one_of(st.integers(-3, 3), st.integers(0, 60 * 24 * 40))


def reminder_at(at: datetime) -> inputs.Paaminnelse:
    varsel = inputs.EksterntVarsel(
        kanal=Kanal.SMS, tekst="Husk", adresse="+4790000001", sendevindu=Sendevindu.LOEPENDE
    )
    return inputs.Paaminnelse(
        tidspunkt=inputs.PaaminnelseTidspunkt(konkret=at), eksterne_varsler=(varsel,)
    )


class LifeOfAnOppgave(RuleBasedStateMachine):
    """Every rule does the same to the platform and to the model, and compares the answers."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @initialize(days=st.none() | DAYS)
    def create(self, days: int | None) -> None:
        self.now = START
        self.frist = None if days is None else self.day(days)
        self.tilstand, self.hidden = "NY", False
        self.reminder: datetime | None = None
        # Messages: of fired reminders that nobody has sent yet, and cancelled ones.
        self.waiting = self.cancelled = 0
        self.expected = Counter({"OppgaveOpprettet": 1})
        ny = inputs.NyOppgave(
            merkelapp=LABEL,
            ekstern_id="1",
            virksomhetsnummer="910825526",
            tekst="Oppgave",
            lenke="#",
            mottakere=(inputs.AltinnMottaker(service_code="5441", service_edition="1"),),
            frist=self.frist,
        )
        made = notifikasjoner.ny_oppgave(ny, kaller=KALLER, now=self.now)
        assert isinstance(made, results.NyOppgaveVellykket)
        self.id: UUID = made.id

    # ------------------------------------------------------------ the model

    def day(self, days: int) -> date:
        return (START + timedelta(days=days)).date()

    def close(self) -> None:
        self.cancelled += self.waiting + (self.reminder is not None)
        self.reminder, self.waiting = None, 0

    def may_remind(self, at: datetime) -> bool:
        in_time = self.frist is None or at <= end_of(self.frist)
        return at >= START and at >= self.now - GRACE and in_time

    def told(self, event: str) -> None:
        self.expected[event] += 1

    def call(self, service: Any, *arguments: Any) -> str:
        answer = service(ById(self.id), *arguments, kaller=KALLER, now=self.now)
        return type(answer).__name__

    # ------------------------------------------------------------ the rules

    @rule(minutes=st.integers(1, 60 * 24 * 20))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def sweep(self) -> None:
        expiring.expire(now=self.now)
        reminding.fire(now=self.now)
        live = self.tilstand == "NY" and not self.hidden
        if live and self.frist and self.now >= midnight_after(self.frist):
            self.tilstand = "UTGAATT"
            self.close()
            self.told("OppgaveUtgaatt")
            assert row(str(self.id)).utgaatt_tidspunkt == end_of(self.frist)
        if self.reminder and self.reminder <= self.now:
            self.reminder = None
            self.waiting += 1
            self.told("PaaminnelseOpprettet")

    @rule()
    def utfoert(self) -> None:
        answer = self.call(oppgaver.oppgave_utfoert, inputs.AvsluttOppgave())
        assert answer == "OppgaveUtfoertVellykket"
        self.tilstand = "UTFOERT"
        self.close()
        self.told("OppgaveUtfoert")

    @rule()
    def utgaatt(self) -> None:
        answer = self.call(oppgaver.oppgave_utgaatt, inputs.AvsluttOppgave())
        if self.tilstand == "UTFOERT":
            assert answer == "OppgavenErAlleredeUtfoert"
            return
        assert answer == "OppgaveUtgaattVellykket"
        self.tilstand = "UTGAATT"
        self.close()
        self.told("OppgaveUtgaatt")

    @rule(days=DAYS, minutes=st.none() | MINUTES)
    def utsett_frist(self, days: int, minutes: int | None) -> None:
        ny_frist, at = self.day(days), self.moment(minutes)
        given = at and reminder_at(at)
        answer = self.call(oppgaver.oppgave_utsett_frist, ny_frist, given)
        if self.tilstand == "UTFOERT" or (self.frist and ny_frist < self.frist):
            assert answer == "Konflikt"
            return
        before, self.frist = self.frist, ny_frist
        if at and not self.may_remind(at):
            assert answer == "UgyldigPaaminnelseTidspunkt"
            self.frist = before
            return
        assert answer == "OppgaveUtsettFristVellykket"
        self.tilstand = "NY"
        self.set_reminder(at)
        self.told("FristUtsatt")

    @rule(minutes=st.none() | MINUTES)
    def endre_paaminnelse(self, minutes: int | None) -> None:
        at = self.moment(minutes)
        given = at and reminder_at(at)
        answer = self.call(oppgaver.oppgave_endre_paaminnelse, given, None)
        if self.tilstand == "UTFOERT":
            assert answer == "OppgavenErAlleredeUtfoert"
        elif at and (self.tilstand == "UTGAATT" or not self.may_remind(at)):
            assert answer == "UgyldigPaaminnelseTidspunkt"
        else:
            assert answer == "OppgaveEndrePaaminnelseVellykket"
            self.set_reminder(at)
            self.told("OppgavePaaminnelseEndret")

    @rule()
    def soft_delete(self) -> None:
        answer = self.call(deletion.soft_delete_notifikasjon)
        assert answer == "SoftDeleteNotifikasjonVellykket"
        if not self.hidden:
            self.hidden = True
            # What a fired reminder has ordered still leaves.
            self.cancelled += self.reminder is not None
            self.reminder = None
            self.told("SoftDelete")

    def moment(self, minutes: int | None) -> datetime | None:
        return None if minutes is None else self.now + timedelta(minutes=minutes)

    def set_reminder(self, at: datetime | None) -> None:
        self.close()
        self.reminder = None if self.hidden else at

    # ------------------------------------------------------------ what always holds

    @invariant()
    def the_item_is_as_in_the_model(self) -> None:
        item = row(str(self.id))
        assert (item.tilstand, item.frist) == (self.tilstand, self.frist)
        assert (item.soft_deleted_at is not None) == self.hidden
        expires = self.tilstand == "NY" and not self.hidden and self.frist is not None
        assert (item.utgaar_at is not None) == expires
        assert (item.utgaatt_tidspunkt is not None) == (self.tilstand == "UTGAATT")
        assert (item.utfoert_tidspunkt is not None) == (self.tilstand == "UTFOERT")

    @invariant()
    def one_reminder_is_open_at_most_and_only_where_one_may_fire(self) -> None:
        rows = Paaminnelse.objects.filter(fired_at=None, closed_at=None)
        still_open = [one.tidspunkt for one in rows]
        assert still_open == ([self.reminder] if self.reminder else [])
        assert not still_open or (self.tilstand == "NY" and not self.hidden)

    @invariant()
    def messages_wait_or_are_cancelled_with_their_reminder(self) -> None:
        found = Counter(EksterntVarsel.objects.values_list("status", flat=True))
        waiting = self.waiting + (self.reminder is not None)
        assert (found["NY"], found["KANSELLERT"]) == (waiting, self.cancelled)

    @invariant()
    def each_accepted_change_has_one_event(self) -> None:
        told = Counter(Hendelse.objects.values_list("type", flat=True))
        assert told.pop("EksterntVarselKansellert", 0) == self.cancelled
        assert told == self.expected


@pytest.mark.usefixtures("producer")
def test_an_oppgave_lives_as_in_the_model() -> None:
    run_state_machine_as_test(
        LifeOfAnOppgave,
        settings=settings(
            max_examples=40,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
