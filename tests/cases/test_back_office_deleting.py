"""Staff hide and erase: by the producers' own rules, by role, with a reason."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from cases.models import EksterntVarsel, Hendelse, Notifikasjon, Paaminnelse, Sak, Slettet
from cases.services import staff
from notifications_platform.audit.models import Entry
from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.core.errors import NotFound
from notifications_platform.delivery.models import Message
from tests.bound_staff import bound
from tests.cases.producing import LABEL, NO_ID, Api, beskjed, oppgave, paaminnelse, sak, sms
from tests.staff import browser, url

pytestmark = pytest.mark.django_db

REASON = {"reason": "The producer rang."}


@pytest.fixture
def operator() -> Client:
    return browser(Role.OPERATOR)


@pytest.fixture
def administrator() -> Client:
    return browser(Role.ADMINISTRATOR, "anna")


@pytest.fixture
def item_id(producer: Api) -> str:
    """An oppgave of the sak `sak-1`, with an SMS in the outbox and a reminder."""
    given = oppgave(
        metadata={"grupperingsid": "sak-1"},
        frist="2131-05-07",
        paaminnelse=paaminnelse(konkret="2131-05-05T10:00:00"),
        eksterneVarsler=[sms()],
    )
    return str(producer.done("nyOppgave", nyOppgave=given)["id"])


def acted() -> list[tuple[str, str, str]]:
    entries = Entry.objects.filter(actor_kind="staff").exclude(action__startswith="back_office.")
    return list(entries.order_by("id").values_list("action", "actor", "reason"))


def test_an_operator_hides_a_sak_and_nothing_else(
    operator: Client, producer: Api, sak_id: str, item_id: str
) -> None:
    asked = operator.get(url(Sak, "soft-delete", sak_id))
    assert "cannot be undone" in asked.text
    assert Sak.objects.get().soft_deleted_at is None

    answer = operator.post(url(Sak, "soft-delete", sak_id), REASON, follow=True)

    assert "1 sak hidden." in answer.text
    assert "hidden from its recipients since" in answer.text
    assert Sak.objects.get().soft_deleted_at is not None
    assert Notifikasjon.objects.get().soft_deleted_at is None
    assert acted() == [("cases.SoftDelete", "olga", REASON["reason"])]
    event = Hendelse.objects.get(type="SoftDelete")
    assert (event.produsent, event.kilde_app_navn) == ("tiltak", "notifications-platform")
    assert producer.sak(sak_id)["tittel"] == "Søknad om tilskudd"


def test_a_hidden_notifikasjon_reminds_nobody(
    operator: Client, producer: Api, item_id: str
) -> None:
    operator.post(url(Notifikasjon, "soft-delete", item_id), REASON)
    assert producer.item(item_id)["metadata"]["softDeleted"] is True
    assert Paaminnelse.objects.get().closed_at is not None
    assert acted()[-1][:2] == ("cases.SoftDelete", "olga")
    page = operator.get(url(Notifikasjon, "change", item_id)).text
    assert url(Notifikasjon, "soft-delete", item_id) not in page
    assert "because the notifikasjon was hidden" in page


def test_many_are_hidden_at_once(operator: Client, producer: Api, item_id: str) -> None:
    other = producer.done("nyOppgave", nyOppgave=oppgave(metadata={"eksternId": "other"}))["id"]
    chosen = {"action": "soft-delete", "_selected_action": [item_id, other]}
    asked = operator.post(url(Notifikasjon), chosen)
    assert item_id in asked.text
    assert acted() == []
    answer = operator.post(url(Notifikasjon), chosen | REASON, follow=True)
    assert "2 notifikasjoner hidden." in answer.text
    assert not Notifikasjon.objects.filter(soft_deleted_at__isnull=True).exists()


def test_an_administrator_erases_a_sak_with_what_belongs_to_it(
    administrator: Client, producer: Api, sak_id: str, item_id: str
) -> None:
    asked = administrator.get(url(Sak, "hard-delete", sak_id))
    assert "Nothing brings any of it back" in asked.text
    assert Sak.objects.exists()

    answer = administrator.post(url(Sak, "hard-delete", sak_id), REASON, follow=True)

    assert "1 sak erased." in answer.text
    assert answer.redirect_chain[-1][0] == url(Sak)
    assert not Sak.objects.exists()
    assert not Notifikasjon.objects.exists()
    assert {str(one.pk) for one in Slettet.objects.all()} == {sak_id, item_id}
    assert set(Hendelse.objects.values_list("type", flat=True)) == {"HardDelete"}
    assert ("cases.HardDelete", "anna", REASON["reason"]) in acted()
    assert producer.member("nySak", **sak()) == "DuplikatGrupperingsidEtterDelete"


def test_an_administrator_erases_a_notifikasjon_and_its_sak_stays(
    administrator: Client, producer: Api, sak_id: str, item_id: str
) -> None:
    administrator.post(url(Notifikasjon, "hard-delete", item_id), REASON)
    assert producer.member("hentNotifikasjon", id=item_id) == "NotifikasjonFinnesIkke"
    assert producer.sak(sak_id)["merkelapp"] == LABEL
    # What has been ordered still leaves.
    assert Message.objects.get().state == "queued"
    assert EksterntVarsel.objects.get().notifikasjon_id is None


@pytest.mark.parametrize("model", [Sak, Notifikasjon])
@pytest.mark.parametrize(
    ("role", "verb"),
    [
        (Role.READER, "soft-delete"),
        (Role.READER, "hard-delete"),
        (Role.OPERATOR, "hard-delete"),
        (None, "soft-delete"),
    ],
)
def test_who_may_not_cannot(
    sak_id: str, item_id: str, model: Any, role: Role | None, verb: str
) -> None:
    somebody = browser(role, "sven")
    row = model.objects.get()
    before = list(model.objects.values())
    assert url(model, verb, row.pk) not in somebody.get(url(model, "change", row.pk)).text
    assert somebody.get(url(model, verb, row.pk)).status_code == 403
    assert somebody.post(url(model, verb, row.pk), REASON).status_code == 403
    chosen = {"action": verb, "_selected_action": [str(row.pk)]}
    somebody.post(url(model), chosen | REASON)
    assert list(model.objects.values()) == before
    assert acted() == []


@pytest.mark.parametrize("model", [Sak, Notifikasjon])
@pytest.mark.parametrize("verb", ["soft-delete", "hard-delete"])
def test_without_a_reason_nothing_is_done(
    administrator: Client, sak_id: str, item_id: str, model: Any, verb: str
) -> None:
    row = model.objects.get()
    before = list(model.objects.values())
    answer = administrator.post(url(model, verb, row.pk), {"reason": "  "})
    assert "This field is required" in answer.text
    assert list(model.objects.values()) == before


def test_saker_are_erased_together_once_it_was_told_what_goes_with_them(
    administrator: Client, sak_id: str, item_id: str
) -> None:
    chosen = {"action": "hard-delete", "_selected_action": [sak_id]}
    asked = administrator.post(url(Sak), chosen)
    assert "1 notifikasjon is erased with them." in asked.text
    assert "1 external message that was ordered still leaves." in asked.text
    assert Sak.objects.exists()

    administrator.post(url(Sak), chosen | REASON)

    assert not Sak.objects.exists()
    assert not Notifikasjon.objects.exists()


def test_staff_of_one_producer_erase_nothing_of_another_s_with_a_sak(
    administrator: Client, producer: Api, colleague: Api, sak_id: str, item_id: str
) -> None:
    shared = beskjed(metadata={"grupperingsid": "sak-1", "eksternId": "theirs"})
    colleague.done("nyBeskjed", nyBeskjed=shared)
    own = producer.done("nySak", **sak(grupperingsid="sak-2"))["id"]
    bo = bound(Role.ADMINISTRATOR, "tiltak")
    everything = [list(model.objects.values()) for model in (Sak, Notifikasjon, Slettet)]
    why = "Notifikasjoner of other producers would be erased with it (1), which you do not see"

    assert why in bo.get(url(Sak, "hard-delete", sak_id)).text
    assert url(Sak, "hard-delete", sak_id) not in bo.get(url(Sak, "change", sak_id)).text
    refused = bo.post(url(Sak, "hard-delete", sak_id), REASON, follow=True)
    assert why in refused.text
    assert "arena" not in refused.text
    assert [list(model.objects.values()) for model in (Sak, Notifikasjon, Slettet)] == everything
    assert acted() == []

    chosen = {"action": "hard-delete", "_selected_action": [sak_id, own]}
    assert (
        "This can be done to 1 of 2 rows that you chose; 1 cannot."
        in bo.post(url(Sak), chosen).text
    )
    bo.post(url(Sak), chosen | REASON)
    assert [str(one.pk) for one in Sak.objects.all()] == [sak_id]

    asked = administrator.get(url(Sak, "hard-delete", sak_id))
    assert "2 notifikasjoner are erased with them. By producer: " in asked.text
    assert "arena 1" in asked.text
    administrator.post(url(Sak, "hard-delete", sak_id), REASON)
    assert not Notifikasjon.objects.exists()


@pytest.mark.parametrize(
    "act",
    [
        staff.soft_delete_sak,
        staff.hard_delete_sak,
        staff.soft_delete_notifikasjon,
        staff.hard_delete_notifikasjon,
    ],
)
def test_what_is_gone_is_told_to_be_gone(act: Callable[..., None], sak_id: str) -> None:
    entries = Entry.objects.count()
    with pytest.raises(NotFound, match="erased already"):
        act(NO_ID, user="olga", reason="Twice.", now=clock.now())
    assert Entry.objects.count() == entries
    assert Sak.objects.get().soft_deleted_at is None


def test_hiding_twice_keeps_the_first_time(operator: Client, sak_id: str) -> None:
    operator.post(url(Sak, "soft-delete", sak_id), REASON)
    first = Sak.objects.get().soft_deleted_at
    operator.post(url(Sak, "soft-delete", sak_id), REASON)
    assert Sak.objects.get().soft_deleted_at == first
    assert len(acted()) == 1
