"""Lists of saker, notifikasjoner, eksterne varsler, events and tombstones."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.models import (
    BruktNoekkel,
    EksterntVarsel,
    Hendelse,
    Notifikasjon,
    NotifikasjonMottaker,
    Paaminnelse,
    Sak,
    SakMottaker,
    Slettet,
    StatusOppdatering,
)
from notifications_platform.audit.models import Entry
from notifications_platform.back_office.roles import Role
from tests.cases.producing import (
    FOREIGN_LABEL,
    LABEL,
    LEDER,
    OTHER_LABEL,
    Api,
    beskjed,
    epost,
    oppgave,
    paaminnelse,
    sak,
    sms,
)
from tests.plans import plan_of, pretend_much
from tests.staff import browser, url

pytestmark = pytest.mark.django_db

MODELS = (
    Sak,
    StatusOppdatering,
    SakMottaker,
    Notifikasjon,
    NotifikasjonMottaker,
    Paaminnelse,
    EksterntVarsel,
    Hendelse,
    Slettet,
    BruktNoekkel,
)


@pytest.fixture
def reader() -> Client:
    return browser(Role.READER)


def rows(answer: Any) -> list[Any]:
    return list(answer.context["cl"].result_list)


def ids(answer: Any) -> list[str]:
    return [str(row.pk) for row in rows(answer)]


def find(client: Client, model: Any, term: str) -> Any:
    return client.post(url(model, "find"), {"term": term}, follow=True)


def a_sak(producer: Api, key: str = "sak-1", **changes: Any) -> str:
    return str(producer.done("nySak", **sak(grupperingsid=key, **changes))["id"])


def an_oppgave(producer: Api, key: str = "ekstern-1", **changes: Any) -> str:
    given = {"metadata": {"eksternId": key}, "mottakere": [LEDER], **changes}
    return str(producer.done("nyOppgave", nyOppgave=oppgave(**given))["id"])


def something_of_everything(producer: Api, key: str) -> None:
    """A row in each table."""
    live = a_sak(producer, f"live-{key}", mottakere=[LEDER])
    producer.done("nyStatusSak", id=live, nyStatus="FERDIG", idempotencyKey="k")
    an_oppgave(
        producer,
        key,
        eksterneVarsler=[sms()],
        frist="2131-05-07",
        paaminnelse=paaminnelse(konkret="2131-05-05T10:00:00"),
    )
    producer.done("hardDeleteSak", id=a_sak(producer, f"erased-{key}"))


def test_a_list_of_one_and_of_fifty_costs_the_same(producer: Api, reader: Client) -> None:
    def costs() -> dict[str, int]:
        spent = {}
        for model in MODELS:
            with CaptureQueriesContext(connection) as queries:
                answer = reader.get(url(model))
            assert rows(answer), model
            spent[model.__name__] = len(queries)
        return spent

    something_of_everything(producer, "first")
    costs()
    few = costs()
    for number in range(49):
        something_of_everything(producer, str(number))
    assert costs() == few
    assert max(few.values()) < 20


def test_no_list_is_counted_to_its_end(producer: Api, reader: Client) -> None:
    something_of_everything(producer, "first")
    for model in MODELS:
        with CaptureQueriesContext(connection) as queries:
            reader.get(url(model))
        counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
        assert counts
        assert all("LIMIT 1000" in sql for sql in counts)


def test_lists_show_neither_texts_nor_national_numbers(producer: Api, reader: Client) -> None:
    something_of_everything(producer, "first")
    leder = LEDER["naermesteLeder"]
    for model in MODELS:
        shown = reader.get(url(model)).text
        for private in ("Søknad", "Les dette", "99887766", *leder.values()):
            assert private not in shown


def test_notifikasjoner_are_filtered_by_producer_label_state_and_kind(
    producer: Api, colleague: Api, reader: Client
) -> None:
    ours = an_oppgave(producer)
    theirs = an_oppgave(colleague, "their-1")
    done = an_oppgave(producer, "done")
    producer.done("oppgaveUtfoert", id=done)
    text = colleague.done("nyBeskjed", nyBeskjed=beskjed(merkelapp=FOREIGN_LABEL))["id"]

    def listed(**chosen: str) -> list[str]:
        return ids(reader.get(url(Notifikasjon), chosen))

    assert listed() == [text, done, theirs, ours]
    assert listed(produsent="tiltak") == [done, ours]
    assert listed(merkelapp=FOREIGN_LABEL) == [text]
    assert listed(tilstand="NY") == [theirs, ours]
    assert listed(type__exact="Beskjed") == [text]
    assert listed(produsent="tiltak", tilstand="UTFOERT", merkelapp=LABEL) == [done]
    assert listed(period="hour", produsent="gone") == []


def test_filters_offer_what_the_register_knows(
    producer: Api, colleague: Api, reader: Client
) -> None:
    a_sak(producer)
    shown = reader.get(url(Sak)).text
    for choice in ("?produsent=arena", "?produsent=tiltak", f"?merkelapp={FOREIGN_LABEL}"):
        assert choice in shown


def test_external_messages_are_filtered_by_state_and_channel(producer: Api, reader: Client) -> None:
    an_oppgave(producer, eksterneVarsler=[sms(), epost()])
    by_sms, by_mail = EksterntVarsel.objects.order_by("nummer")
    EksterntVarsel.objects.filter(pk=by_mail.pk).update(status="FEILET")
    listed = reader.get(url(EksterntVarsel), {"kanal__exact": "sms"})
    assert rows(listed) == [by_sms]
    listed = reader.get(url(EksterntVarsel), {"status__exact": "FEILET"})
    assert rows(listed) == [by_mail]


def test_events_are_filtered_by_aggregate_producer_label_and_time(
    producer: Api, colleague: Api, reader: Client
) -> None:
    ours = a_sak(producer)
    producer.done("nesteStegSak", id=ours, nesteSteg="Vent")
    a_sak(producer, "old")
    colleague.done("nySak", **sak(grupperingsid="their", merkelapp=FOREIGN_LABEL))
    first, second, old, theirs = Hendelse.objects.order_by("id")
    Hendelse.objects.filter(pk=old.pk).update(tidspunkt=old.tidspunkt - timedelta(days=2))

    def listed(**chosen: str) -> list[Hendelse]:
        return rows(reader.get(url(Hendelse), chosen))

    assert listed() == [theirs, old, second, first]
    assert listed(aggregate_id=ours) == [second, first]
    assert listed(produsent="arena") == [theirs]
    assert listed(merkelapp=LABEL) == [old, second, first]
    assert listed(period="day", produsent="tiltak") == [second, first]
    assert listed(type__exact="NesteStegSak") == [second]


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_added_changed_or_deleted_by_hand(producer: Api, model: Any) -> None:
    something_of_everything(producer, "first")
    administrator = browser(Role.ADMINISTRATOR)
    row = model.objects.all()[0]
    before = list(model.objects.order_by("pk").values())
    assert administrator.get(url(model, "add")).status_code == 403
    assert administrator.post(url(model, "change", row.pk), {"merkelapp": "x"}).status_code == 403
    assert administrator.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
    administrator.post(url(model), chosen)
    assert list(model.objects.order_by("pk").values()) == before


# --- finding ------------------------------------------------------------------------------


def test_a_sak_is_found_by_what_its_producer_calls_it(producer: Api, reader: Client) -> None:
    wanted = a_sak(producer, "2031/77 b", merkelapp=OTHER_LABEL)
    a_sak(producer, "2031/78")
    for term in (wanted, "2031/77 b", f"{OTHER_LABEL} 2031/77 b", f"  {OTHER_LABEL}   2031/77 b"):
        assert ids(find(reader, Sak, term)) == [wanted], term
    for term in ("2031/77", f"{LABEL} 2031/77 b", OTHER_LABEL):
        assert ids(find(reader, Sak, term)) == [], term


def test_saker_are_found_by_their_organisation(producer: Api, reader: Client) -> None:
    wanted = a_sak(producer, virksomhetsnummer="910000001")
    a_sak(producer, "sak-2")
    assert ids(find(reader, Sak, "910000001")) == [wanted]


def test_an_organisation_number_may_be_longer_than_an_index_takes(
    producer: Api, reader: Client
) -> None:
    # No two characters alike: the server keeps what it can compress in an index all the same.
    long = "".join(map(chr, range(0x4E00, 0x4E00 + 10_000)))
    a_sak(producer, "1", virksomhetsnummer=long)
    wanted = a_sak(producer, "2", virksomhetsnummer=long[:150])
    a_sak(producer, "3", virksomhetsnummer=long[:151])
    assert ids(find(reader, Sak, long[:150])) == [wanted]


def test_a_notifikasjon_is_found_by_its_own_name_else_by_that_of_its_sak(
    producer: Api, reader: Client
) -> None:
    first = an_oppgave(producer, metadata={"eksternId": "e-1", "grupperingsid": "case 9"})
    second = an_oppgave(producer, metadata={"eksternId": "e-2", "grupperingsid": "case 9"})
    for term in (first, "e-1", f"{LABEL} e-1"):
        assert ids(find(reader, Notifikasjon, term)) == [first]
    for term in ("case 9", f"{LABEL} case 9"):
        assert ids(find(reader, Notifikasjon, term)) == [second, first]


def test_a_label_that_nobody_may_use_any_more_is_still_found(producer: Api, reader: Client) -> None:
    wanted = a_sak(producer, "case 9", merkelapp=OTHER_LABEL)
    producer_row = Sak.objects.get()
    assert producer_row.produsent == "tiltak"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_producer SET merkelapper = '{}'")
    assert ids(find(reader, Sak, "case 9")) == []
    assert ids(find(reader, Sak, f"{OTHER_LABEL} case 9")) == [wanted]


def test_what_was_erased_is_found_by_id_and_by_the_name_of_its_sak(
    producer: Api, reader: Client
) -> None:
    erased = a_sak(producer)
    an_oppgave(producer, metadata={"eksternId": "e-1", "grupperingsid": "sak-1"})
    producer.done("hardDeleteSak", id=erased)
    for term in (erased, "sak-1", f"{LABEL} sak-1"):
        assert ids(find(reader, Slettet, term)) == [erased]


def test_a_search_leaves_no_trace_of_what_was_searched_for(producer: Api, reader: Client) -> None:
    a_sak(producer, "01010112345")
    answer = find(reader, Sak, "01010112345")
    assert len(rows(answer)) == 1
    assert "01010112345" not in answer.redirect_chain[-1][0]
    entry = Entry.objects.get(action="back_office.find")
    assert (entry.subject_kind, entry.subject_id) == ("sak", "")


# --- indexes ------------------------------------------------------------------------------


def plan_of_page(answer: Callable[[], Any], model: Any) -> str:
    """How the database reads a page of the list that it may neither sort nor walk through."""
    with CaptureQueriesContext(connection) as queries:
        answer()
    table = f'FROM "{model._meta.db_table}"'
    sql = [
        query["sql"]
        for query in queries
        if table in query["sql"] and "ORDER BY" in query["sql"] and "COUNT(" not in query["sql"]
    ][-1]
    pretend_much("seqscan", "bitmapscan", "sort")
    return plan_of(f"{sql} LIMIT 50")


@pytest.mark.parametrize(
    ("model", "chosen", "index"),
    [
        (Sak, {}, "sak_by_receipt"),
        (Notifikasjon, {}, "notifikasjon_by_receipt"),
        (EksterntVarsel, {}, "eksternt_varsel_by_time"),
        (EksterntVarsel, {"status__exact": "FEILET"}, "eksternt_varsel_failed"),
        (Hendelse, {"aggregate_id": str(UUID(int=1))}, "hendelse_of_aggregate"),
        (Hendelse, {"produsent": "tiltak"}, "hendelse_of_produsent"),
        (Hendelse, {"merkelapp": LABEL}, "hendelse_of_merkelapp"),
        (Slettet, {}, "slettet_by_time"),
    ],
)
def test_a_list_is_read_by_an_index_in_its_order(
    producer: Api, reader: Client, model: Any, chosen: dict[str, str], index: str
) -> None:
    something_of_everything(producer, "first")
    plan = plan_of_page(lambda: reader.get(url(model), chosen), model)
    assert index in plan
    assert "Sort" not in plan


def test_saker_of_an_organisation_are_found_by_an_index(producer: Api, reader: Client) -> None:
    a_sak(producer)
    plan = plan_of_page(lambda: find(reader, Sak, "910825526"), Sak)
    assert "sak_of_virksomhet" in plan


def test_the_front_page_counts_what_is_due_and_what_failed(producer: Api, reader: Client) -> None:
    def signs() -> dict[str, tuple[str, str]]:
        shown = reader.get("/admin/").context["signs"]
        return {sign.label: (sign.value, sign.tone) for sign in shown}

    assert signs()["Cases due"] == ("0", "good")
    assert signs()["External messages failed"] == ("0", "good")
    an_oppgave(producer, frist="2020-01-01", eksterneVarsler=[sms()])
    a_sak(producer, hardDelete={"den": "2020-01-01T00:00:00"})
    EksterntVarsel.objects.update(status="FEILET")
    assert signs()["Cases due"] == ("2", "waiting")
    assert signs()["External messages failed"] == ("1", "bad")
    link = next(one.link for one in reader.get("/admin/").context["signs"] if one.tone == "bad")
    assert len(rows(reader.get(link))) == 1
