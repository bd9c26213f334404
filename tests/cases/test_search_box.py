"""What the search box finds in `cases`."""

from typing import Any

import pytest
from django.test import Client

from cases.models import NearestLeader
from notifications_platform.back_office.roles import Role
from tests.bound_staff import bound
from tests.cases.producing import LABEL, LEDER, ORG, Api, oppgave, paaminnelse, sak, sms
from tests.searching import lines, links, plans
from tests.staff import browser

pytestmark = pytest.mark.django_db

LEADER = LEDER["naermesteLeder"]["naermesteLederFnr"]
EMPLOYEE = LEDER["naermesteLeder"]["ansattFnr"]


@pytest.fixture
def reader() -> Client:
    return browser(Role.READER)


def a_sak(producer: Api, key: str = "case 9", **changes: Any) -> str:
    return str(producer.done("nySak", **sak(grupperingsid=key, **changes))["id"])


def an_oppgave(producer: Api, key: str = "e-1", sak: str | None = None, **changes: Any) -> str:
    names = {"eksternId": key} | ({"grupperingsid": sak} if sak else {})
    given = {"metadata": names, "mottakere": [LEDER], **changes}
    return str(producer.done("nyOppgave", nyOppgave=oppgave(**given))["id"])


def test_items_are_found_by_all_they_are_called(producer: Api, reader: Client) -> None:
    case = a_sak(producer)
    first, second = (an_oppgave(producer, key, sak="case 9") for key in ("e-1", "e-2"))
    alone = an_oppgave(producer, "e-3", sak="no sak")
    for term in (case, "case 9", f"{LABEL} case 9", f" {LABEL}   case 9 "):
        found = [case] if term == case else [second, first, case]
        assert links(reader, term) == found, term
    for term, one in (("e-1", first), (f"{LABEL} e-2", second), ("no sak", alone), (alone, alone)):
        assert links(reader, term) == [one], term
    producer.done("oppgaveUtfoert", id=first)
    said = lines(reader, "case 9")
    assert said[0] == "Oppgave of tiltak, not done yet"
    assert said[1].startswith("Oppgave of tiltak, done today ")
    assert said[2] == "Sak of tiltak, received"


def test_the_erased_is_found_by_what_it_was_called(producer: Api, reader: Client) -> None:
    erased = a_sak(producer)
    producer.done("hardDeleteSak", id=erased)
    for term in (erased, "case 9"):
        assert links(reader, term) == [erased]
        assert lines(reader, term)[0].startswith("Sak of tiltak, erased today ")


def test_items_are_found_by_whom_they_are_for(producer: Api, reader: Client) -> None:
    case = a_sak(producer, mottakere=[LEDER])
    item = an_oppgave(producer)
    NearestLeader.objects.create(leader=LEADER, employee=EMPLOYEE, organization_number=ORG)
    for number in (LEADER, EMPLOYEE):
        assert links(reader, number, group="cases") == [item, case]
        assert len(lines(reader, number, group="registers")) == 1
    assert links(reader, ORG) == [item, case]
    assert links(reader, "910000001") == []
    producer.done("softDeleteSak", id=case)
    assert lines(reader, ORG)[1] == "Sak of tiltak, received (hidden)"


def test_external_messages_are_found_by_their_address_in_the_outbox_or_not(
    producer: Api, reader: Client
) -> None:
    later = paaminnelse(konkret="2131-05-05T10:00:00")
    an_oppgave(producer, eksterneVarsler=[sms()], frist="2131-05-07", paaminnelse=later)
    assert lines(reader, "998 87 766", group="cases") == [
        "SMS of a notifikasjon of tiltak, not sent yet",
        "SMS of a notifikasjon of tiltak, not sent yet",
    ]
    assert len(lines(reader, "99887766", group="messages")) == 1


def test_bound_staff_find_their_producers_items_only(producer: Api, colleague: Api) -> None:
    case, item = a_sak(producer, mottakere=[LEDER]), an_oppgave(producer, sak="case 9")
    ours, theirs = bound(Role.READER, "tiltak"), bound(Role.READER, "arena", name="bea")
    for term in (case, item, "case 9", "e-1", ORG, LEADER):
        assert {case, item} >= set(links(ours, term)) > set(), term
        assert links(theirs, term) == [], term


@pytest.mark.parametrize(
    ("term", "table", "index"),
    [
        (LEADER, "cases_sakmottaker", "sak_by_leader"),
        (LEADER, "cases_sakmottaker", "sak_by_employee"),
        (LEADER, "cases_notifikasjonmottaker", "notifikasjon_by_leader"),
        (LEADER, "cases_notifikasjonmottaker", "notifikasjon_by_employee"),
        (LEADER, "cases_nearestleader", "nearest_leader_of"),
        (LEADER, "cases_nearestleader", "nearest_leader_who"),
        (ORG, "cases_sak", "sak_of_virksomhet"),
        (ORG, "cases_notifikasjon", "notifikasjon_of_virksomhet"),
        ("99887766", "cases_eksterntvarsel", "eksternt_varsel_waits_for"),
        ("case 9", "cases_sak", "koordinat"),
        ("case 9", "cases_notifikasjon", "notifikasjon_of_sak"),
    ],
)
def test_each_is_found_by_an_index(
    producer: Api, reader: Client, term: str, table: str, index: str
) -> None:
    a_sak(producer, mottakere=[LEDER])
    later = paaminnelse(konkret="2131-05-05T10:00:00")
    an_oppgave(producer, sak="case 9", frist="2131-05-07", paaminnelse=later)
    NearestLeader.objects.create(leader=LEADER, employee=EMPLOYEE, organization_number=ORG)
    plan = plans(reader, term, table)
    assert index in plan
    assert "Seq Scan" not in plan
