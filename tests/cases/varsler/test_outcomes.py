"""What a producer is told of its messages (cases contract 10, 12), through the engine's drain."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cases.models import EksterntVarsel, Hendelse
from cases.outcomes import on_outcomes
from notifications_platform.core.ids import uuid7
from notifications_platform.delivery import receipts
from notifications_platform.delivery.channels.base import Permanent, Transient
from notifications_platform.delivery.channels.reports import Report
from notifications_platform.delivery.models import Content, Message
from notifications_platform.delivery.owners import Outcome
from notifications_platform.delivery.states import Channel, Reason, State
from tests.cases.lifecycle.living import Moment, let_leave
from tests.cases.producing import Api, altinntjeneste, beskjed, epost, sms
from tests.cases.varsler.reachable import organization
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)

LOEPENDE = {"sendetidspunkt": {"sendevindu": "LOEPENDE"}}


def order(
    api: Api, *varsler: dict[str, Any], ekstern_id: str = "ekstern-1"
) -> tuple[str, list[str]]:
    """A beskjed with these messages; its id and theirs."""
    new = beskjed(eksterneVarsler=list(varsler), metadata={"eksternId": ekstern_id})
    made = api.done("nyBeskjed", nyBeskjed=new)
    return made["id"], [one["id"] for one in made["eksterneVarsler"]]


def shown(api: Api, id: str) -> list[str]:
    """The statuses that the producer reads."""
    return [one["status"] for one in api.item(id)["eksterneVarsler"]]


def events(id: str) -> list[tuple[str, dict[str, Any]]]:
    found = Hendelse.objects.filter(aggregate_id=id, type__startswith="EksterntVarsel")
    return list(found.order_by("id").values_list("type", "payload"))


def row(id: str) -> EksterntVarsel:
    return EksterntVarsel.objects.get(pk=id)


def test_a_message_that_was_accepted_is_sendt_and_told(api: Api, post: FakeTransport) -> None:
    id, (varsel,) = order(api, sms())
    assert shown(api, id) == ["NY"]

    let_leave()

    assert [(one.address, one.content.body) for one in post.sent] == [
        ("+4799887766", "Du har fått en oppgave")
    ]
    assert shown(api, id) == ["SENDT"]
    assert events(id) == [("EksterntVarselVellykket", {"eksterntVarselId": varsel})]
    event = Hendelse.objects.get(type="EksterntVarselVellykket")
    assert (event.produsent, event.kilde_app_navn) == ("tiltak", "notifications-platform")
    assert event.correlation_id == row(varsel).correlation_id != ""


def test_a_mail_leaves_as_html_from_the_platforms_sender(api: Api, post: FakeTransport) -> None:
    order(api, epost(**LOEPENDE))
    let_leave()
    (parcel,) = post.sent
    assert parcel.address == "kari@example.no"
    assert parcel.content.content_type == "text/html"
    assert parcel.content.sender == "noreply@altinn.no"
    assert (parcel.content.subject, parcel.content.body) == (
        "Ny oppgave",
        "<p>Du har fått en oppgave</p>",
    )


def test_a_refusal_for_good_is_feilet_with_its_reason_for_staff(
    api: Api, post: FakeTransport
) -> None:
    post.answer = lambda _parcel: Permanent(Reason.INVALID_ADDRESS, "Invalid RCV")
    id, (varsel,) = order(api, sms())

    let_leave()

    assert shown(api, id) == ["FEILET"]
    reason = "invalid_address: the address was refused as malformed"
    assert row(varsel).aarsak == reason
    assert events(id) == [("EksterntVarselFeilet", {"eksterntVarselId": varsel, "aarsak": reason})]


def test_a_passing_failure_leaves_it_ny_until_it_is_accepted(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    post.answer = lambda _parcel: Transient("503")
    id, _ = order(api, sms())
    let_leave()
    assert shown(api, id) == ["NY"]
    assert events(id) == []

    post.answer = FakeTransport().answer
    moment.passes(minutes=1)
    let_leave()
    assert shown(api, id) == ["SENDT"]


def test_sendt_stays_when_the_operator_reports_a_failure_which_staff_still_see(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    post.reports = True
    id, (varsel,) = order(api, sms())
    let_leave()
    message = Message.objects.get(owner_id=varsel)
    report = Report(
        provider="fake",
        reference=f"ref-{message.id}",
        outcome=State.FAILED,
        reason=Reason.REJECTED,
        raw="REJECTD",
    )
    receipts.receive([report], now=moment())

    assert shown(api, id) == ["SENDT"]
    assert [type for type, _ in events(id)] == ["EksterntVarselVellykket"]
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.FAILED, Reason.REJECTED)


def reachable() -> None:
    organization(emails=["a@demo.example", "b@demo.example"])


def test_one_accepted_of_several_contact_points_is_enough(api: Api, post: FakeTransport) -> None:
    reachable()
    accepts = FakeTransport().answer
    post.answer = lambda parcel: (
        Permanent(Reason.BOUNCED) if parcel.address.startswith("a@") else accepts(parcel)
    )
    id, (varsel,) = order(api, altinntjeneste(**LOEPENDE))
    let_leave()
    let_leave()
    assert len(post.sent) == 2
    assert shown(api, id) == ["SENDT"]
    assert events(id) == [("EksterntVarselVellykket", {"eksterntVarselId": varsel})]


def test_it_is_feilet_when_the_last_of_several_has_failed(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    reachable()
    post.answer = lambda parcel: (
        Permanent(Reason.BOUNCED) if parcel.address.startswith("a@") else Transient("later")
    )
    id, _ = order(api, altinntjeneste(**LOEPENDE))
    let_leave()
    let_leave()
    assert shown(api, id) == ["NY"]

    post.answer = lambda _parcel: Permanent(Reason.SPAM)
    moment.passes(minutes=1)
    let_leave()
    assert shown(api, id) == ["FEILET"]
    assert [type for type, _ in events(id)] == ["EksterntVarselFeilet"]


def test_the_text_for_an_altinn_service_is_plain_and_its_title_ends_in_one_full_stop(
    api: Api, post: FakeTransport
) -> None:
    reachable()
    order(api, altinntjeneste(tittel="Ny oppgave.. .", innhold="1 < 2", **LOEPENDE))
    let_leave()
    let_leave()
    content = post.sent[0].content
    assert (content.subject, content.body) == ("Ny oppgave. ", "1 < 2")
    assert content.content_type == "text/plain"


def test_by_sms_the_title_stands_before_the_text(api: Api, post: FakeTransport) -> None:
    organization(mobiles=["+4740000001", "+4740000002"])
    order(api, altinntjeneste(**LOEPENDE))
    let_leave()
    let_leave()
    assert sorted(one.address for one in post.sent) == ["+4740000001", "+4740000002"]
    assert post.sent[0].content.body == "Ny oppgave. Du har fått en oppgave"


def test_without_any_contact_point_it_is_feilet(api: Api, post: FakeTransport) -> None:
    organization()
    id, _ = order(api, altinntjeneste(**LOEPENDE))
    let_leave()
    assert shown(api, id) == ["FEILET"]
    assert post.sent == []


@pytest.mark.parametrize("erase", ["hardDeleteNotifikasjon", "softDeleteNotifikasjon"])
def test_what_was_ordered_leaves_after_a_deletion(
    api: Api, post: FakeTransport, erase: str
) -> None:
    id, (varsel,) = order(api, sms())
    api.done(erase, id=id)
    let_leave()
    assert [one.content.body for one in post.sent] == ["Du har fått en oppgave"]
    if erase == "softDeleteNotifikasjon":
        assert shown(api, id) == ["SENDT"]
        assert len(events(id)) == 1
    else:
        assert not EksterntVarsel.objects.filter(pk=varsel).exists()
        assert events(id) == []
        assert list(Content.objects.values_list("body", flat=True)) == [""]
        assert list(Message.objects.values_list("address", flat=True)) == [""]


def test_a_failed_message_of_a_deleted_item_goes_without_an_event(
    api: Api, post: FakeTransport
) -> None:
    post.answer = lambda _parcel: Permanent(Reason.BOUNCED)
    id, _ = order(api, sms(), epost(**LOEPENDE))
    api.done("hardDeleteNotifikasjon", id=id)
    let_leave()
    assert EksterntVarsel.objects.count() == 0
    assert events(id) == []


def outcome(varsel: str, state: State, *, was: State = State.CLAIMED) -> Outcome:
    reason = Reason.BOUNCED.value if state is State.FAILED else ""
    final = state not in {State.QUEUED, State.SENT}
    return Outcome(
        "cases", UUID(varsel), uuid7(), Channel.SMS.value, was.value, state.value, reason, final, 1
    )


def test_a_batch_of_any_size_takes_as_many_statements(api: Api, moment: Moment) -> None:
    def statements(varsler: list[str]) -> int:
        with transaction.atomic(), CaptureQueriesContext(connection) as captured:
            on_outcomes([outcome(varsel, State.SENT) for varsel in varsler], moment())
        return len(captured)

    _, one = order(api, sms())
    _, many = order(api, *[sms() for _ in range(40)], ekstern_id="ekstern-2")
    assert statements(one) == statements(many) <= 3
    assert set(EksterntVarsel.objects.values_list("status", flat=True)) == {"SENDT"}


def test_put_offs_and_strangers_change_nothing(api: Api, moment: Moment) -> None:
    id, (varsel,) = order(api, sms())
    on_outcomes([outcome(varsel, State.QUEUED)], moment())
    on_outcomes([outcome(str(uuid7()), State.SENT)], moment())
    assert shown(api, id) == ["NY"]
    assert events(id) == []


@pytest.mark.parametrize("first", [State.SENT, State.FAILED, State.CANCELLED])
@pytest.mark.parametrize("then", [State.SENT, State.FAILED, State.CANCELLED])
def test_a_final_status_never_changes(api: Api, moment: Moment, first: State, then: State) -> None:
    id, (varsel,) = order(api, sms())
    on_outcomes([outcome(varsel, first)], moment())
    status = shown(api, id)
    told = events(id)
    on_outcomes([outcome(varsel, then)], moment())
    assert shown(api, id) == status
    assert events(id) == told
    assert len(told) == 1


def test_a_cancellation_is_told(api: Api, moment: Moment) -> None:
    id, (varsel,) = order(api, sms())
    on_outcomes([outcome(varsel, State.CANCELLED, was=State.QUEUED)], moment())
    assert shown(api, id) == ["KANSELLERT"]
    assert events(id) == [("EksterntVarselKansellert", {"eksterntVarselId": varsel})]
