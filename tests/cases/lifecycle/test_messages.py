"""Messages of items: ordered, replaced, cancelled, sent (cases contract 9.2, 10)."""

from collections.abc import Sequence
from typing import Any

import pytest

from cases.models import EksterntVarsel
from notifications_platform.back_office.roles import Role
from notifications_platform.delivery import correcting
from notifications_platform.delivery.channels.base import Parcel, Permanent, Sent, Verdict
from notifications_platform.delivery.models import Content, Message
from notifications_platform.delivery.states import Reason, State
from notifications_platform.registers.models import Organization
from tests.cases.lifecycle.living import (
    NOON,
    TICK,
    Moment,
    events,
    fired,
    let_leave,
    open_reminders,
    oslo,
    row,
    statuses,
    sweep,
)
from tests.cases.producing import (
    ORG,
    Answer,
    Api,
    altinntjeneste,
    beskjed,
    epost,
    kalenderavtale,
    paaminnelse,
    sms,
)
from tests.staff import browser, url
from tests.transports import FakeTransport

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sak_id")]

WAITS = {"tidspunkt": "2031-03-20T12:00:00"}
AT_ONCE = {"sendevindu": "LOEPENDE"}


def avtale(api: Api, *varsler: Answer, **more: Any) -> Answer:
    given = {"startTidspunkt": "2031-03-31T09:00:00", "eksterneVarsler": list(varsler), **more}
    return api.done("nyKalenderavtale", **kalenderavtale(**given))


def update(api: Api, id: str, *varsler: Answer, **more: Any) -> None:
    api.done("oppdaterKalenderavtale", id=id, eksterneVarsler=list(varsler), **more)


def read_back(api: Api, id: str) -> list[str]:
    return [varsel["status"] for varsel in api.item(id)["eksterneVarsler"]]


def sent(post: FakeTransport) -> list[tuple[str, str]]:
    return sorted((parcel.address, parcel.content.body) for parcel in post.sent)


def test_sms_and_email_leave_with_their_own_words_once(
    api: Api, post: FakeTransport, settings: Any
) -> None:
    mail = epost(sendetidspunkt=AT_ONCE, epostTittel="Tittel æøå", epostHtmlBody="<b>Hei</b>")
    made = api.done("nyBeskjed", nyBeskjed=beskjed(eksterneVarsler=[sms(), mail]))
    assert read_back(api, made["id"]) == ["NY", "NY"]

    let_leave()
    let_leave()

    assert sent(post) == [
        ("+4799887766", "Du har fått en oppgave"),
        ("kari@example.no", "<b>Hei</b>"),
    ]
    email = next(one.content for one in post.sent if "@" in one.address)
    assert (email.subject, email.content_type) == ("Tittel æøå", "text/html")
    assert {one.content.sender for one in post.sent} == {settings.EMAIL_FROM, settings.SMS_SENDER}
    assert read_back(api, made["id"]) == ["SENDT", "SENDT"]
    assert [varsel["id"] for varsel in made["eksterneVarsler"]] == [
        varsel["id"] for varsel in api.item(made["id"])["eksterneVarsler"]
    ]


def test_a_refusal_for_good_is_read_back_as_failed(api: Api, post: FakeTransport) -> None:
    def answer(parcel: Parcel) -> Verdict:
        return Permanent(Reason.INVALID_ADDRESS, "no") if "@" in parcel.address else Sent()

    post.answer = answer
    mail = epost(sendetidspunkt=AT_ONCE)
    id = api.done("nyBeskjed", nyBeskjed=beskjed(eksterneVarsler=[mail, sms()]))["id"]
    let_leave()
    assert read_back(api, id) == ["FEILET", "SENDT"]
    assert sorted(events(id)[1:]) == ["EksterntVarselFeilet", "EksterntVarselVellykket"]
    assert EksterntVarsel.objects.get(status="FEILET").aarsak


WINDOWS = {
    "LOEPENDE": ("2031-03-09T03:00", "2031-03-09T03:00"),
    "NKS_AAPNINGSTID": ("2031-03-07T14:31", "2031-03-10T08:30"),
    "DAGTID_IKKE_SOENDAG": ("2031-03-08T16:01", "2031-03-10T09:00"),
}


@pytest.mark.parametrize("window", WINDOWS)
def test_a_message_leaves_with_the_first_minute_of_its_window(
    api: Api, moment: Moment, post: FakeTransport, window: str
) -> None:
    ordered, leaves = map(oslo, WINDOWS[window])
    moment.at = ordered
    given = sms(sendetidspunkt={"sendevindu": window})
    api.done("nyBeskjed", nyBeskjed=beskjed(eksterneVarsler=[given]))
    if leaves > ordered:
        let_leave()
        moment.at = leaves - TICK
        let_leave()
        assert not post.sent
    moment.at = leaves
    let_leave()
    assert len(post.sent) == 1


def test_a_time_of_its_own_is_local_and_a_past_one_means_now(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    past = sms(sendetidspunkt={"tidspunkt": "2001-01-01T00:00"}, smsTekst="past")
    later = sms(sendetidspunkt=WAITS, smsTekst="later")
    api.done("nyBeskjed", nyBeskjed=beskjed(eksterneVarsler=[past, later]))
    let_leave()
    assert [text for _, text in sent(post)] == ["past"]
    moment.oslo("2031-03-20T12:00")
    let_leave()
    assert [text for _, text in sent(post)] == ["later", "past"]


# ---------------------------------------------------------------- Altinn services


def reach(*emails: str, mobiles: Sequence[str] = ()) -> None:
    Organization.objects.create(
        organization_number=ORG,
        name="Demo",
        email_addresses=list(emails),
        mobile_numbers=list(mobiles),
    )


def test_an_altinn_service_message_reaches_every_email_address_and_is_one_to_the_producer(
    api: Api, post: FakeTransport
) -> None:
    reach("a@demo.example", "b@demo.example", mobiles=["+4740000001"])
    given = altinntjeneste(sendetidspunkt=AT_ONCE, tittel="Hei. ", innhold="Les dette")
    id = api.done("nyBeskjed", nyBeskjed=beskjed(eksterneVarsler=[given]))["id"]
    let_leave()
    assert sent(post) == [("a@demo.example", "Les dette"), ("b@demo.example", "Les dette")]
    assert {parcel.content.subject for parcel in post.sent} == {"Hei. "}
    assert read_back(api, id) == ["SENDT"]
    assert events(id).count("EksterntVarselVellykket") == 1


def test_without_email_it_goes_by_sms_and_without_anyone_it_fails(
    api: Api, post: FakeTransport
) -> None:
    reach(mobiles=["+4740000001"])
    given = altinntjeneste(sendetidspunkt=AT_ONCE, tittel="Hei", innhold="Les dette")
    mine = beskjed(eksterneVarsler=[given])
    other = beskjed(eksterneVarsler=[given], metadata={"eksternId": "2", "virksomhetsnummer": "1"})
    ids = [api.done("nyBeskjed", nyBeskjed=one)["id"] for one in (mine, other)]
    let_leave()
    assert sent(post) == [("+4740000001", "Hei. Les dette")]
    assert [read_back(api, id) for id in ids] == [["SENDT"], ["FEILET"]]
    assert [events(id)[1:] for id in ids] == [["EksterntVarselVellykket"], ["EksterntVarselFeilet"]]


@pytest.mark.parametrize("deletion", ["softDeleteNotifikasjon", "hardDeleteNotifikasjon"])
@pytest.mark.parametrize("reminder", [True, False])
def test_an_ordered_altinn_service_message_survives_deletion(
    api: Api, moment: Moment, post: FakeTransport, deletion: str, reminder: bool
) -> None:
    reach("a@demo.example")
    given: Answer
    if reminder:
        one = paaminnelse(sms_text=None, konkret="2031-03-10T18:00:00")
        own = altinntjeneste(sendevindu="NKS_AAPNINGSTID")["altinntjeneste"]
        del own["sendetidspunkt"]
        given = {"paaminnelse": one | {"eksterneVarsler": [{"altinntjeneste": own}]}}
    else:
        given = {"eksterneVarsler": [altinntjeneste(sendetidspunkt=WAITS)]}
    made = avtale(api, **given)
    moment.oslo("2031-03-10T18:00")
    let_leave()
    assert not post.sent

    api.done(deletion, id=made["id"])
    moment.oslo("2031-03-20T12:00")
    let_leave()

    assert len(post.sent) == 1
    assert EksterntVarsel.objects.exists() == (deletion == "softDeleteNotifikasjon")


# ---------------------------------------------------------------- kalenderavtaler


def test_cancelling_an_appointment_cancels_what_waits_and_its_reminder(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    reach("a@demo.example")
    reminder = paaminnelse(konkret="2031-03-25T12:00:00")
    made = avtale(
        api,
        sms(),
        sms(sendetidspunkt=WAITS),
        altinntjeneste(sendetidspunkt=WAITS),
        paaminnelse=reminder,
    )
    let_leave()
    update(api, made["id"], nyTilstand="AVLYST")

    assert read_back(api, made["id"]) == ["SENDT", "KANSELLERT", "KANSELLERT"]
    assert not open_reminders(made["id"])
    moment.oslo("2031-03-30T12:00")
    let_leave()
    assert len(post.sent) == 1
    happened = events(made["id"])
    assert happened.count("KalenderavtaleOppdatert") == 1
    # Two of the appointment, one of its reminder.
    assert happened.count("EksterntVarselKansellert") == 3


def test_what_staff_sent_to_a_better_number_is_called_off_with_the_appointment(
    api: Api, post: FakeTransport
) -> None:
    made = avtale(api, sms(smsTekst="failed"), sms(smsTekst="bounced later"))
    post.answer = lambda parcel: (
        Sent("ref") if "later" in parcel.content.body else Permanent(Reason.SUPPRESSED, "barred")
    )
    let_leave()
    Message.objects.filter(state=State.SENT).update(
        state=State.FAILED, reason=Reason.REJECTED, final_at=NOON
    )
    operator = browser(Role.OPERATOR)
    copies = {"action": "resend", "reason": "The number works again."}
    failed = Message.objects.filter(state=State.FAILED)
    chosen = {"_selected_action": [str(one.pk) for one in failed]}
    operator.post(url(Message), copies | chosen)
    assert Message.objects.filter(state=State.QUEUED).count() == 2

    update(api, made["id"], nyTilstand="AVLYST")

    assert read_back(api, made["id"]) == ["FEILET", "SENDT"]
    states = Message.objects.filter(owner_kind="back_office").values_list("state", flat=True)
    assert list(states) == ["cancelled"] * 2
    operator.post(url(Message), copies | chosen)
    assert Message.objects.count() == 4


def test_what_staff_sent_to_a_better_number_outlives_its_item_and_is_erased_then(
    api: Api, post: FakeTransport
) -> None:
    made = avtale(api, sms(smsTekst="Kom"))
    post.answer = lambda _parcel: Permanent(Reason.SUPPRESSED, "barred")
    let_leave()
    post.answer = FakeTransport().answer
    failed = Message.objects.get()
    correcting.correct_and_resend(
        failed.pk, "+4740000009", in_register=False, user="olga", reason="She rang.", now=NOON
    )

    api.done("hardDeleteNotifikasjon", id=made["id"])
    let_leave()

    assert post.sent[-1].address == "+4740000009"
    assert set(Message.objects.values_list("address", "erasure")) == {("", "done")}
    assert set(Content.objects.values_list("body", flat=True)) == {""}


def test_a_cancellation_notice_goes_out_and_a_repeat_does_not_cancel_it(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    made = avtale(api, sms(sendetidspunkt=WAITS, smsTekst="Kom"))
    notice = sms(sendetidspunkt=WAITS, smsTekst="Avlyst")
    update(api, made["id"], notice, nyTilstand="AVLYST")
    update(api, made["id"], nyTilstand="AVLYST")
    assert read_back(api, made["id"]) == ["KANSELLERT", "NY"]
    assert events(made["id"]).count("KalenderavtaleOppdatert") == 1

    moment.oslo("2031-03-20T12:00")
    let_leave()
    assert [text for _, text in sent(post)] == ["Avlyst"]


def test_messages_of_an_update_replace_those_that_wait_but_not_the_reminder(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    made = avtale(
        api,
        sms(smsTekst="first"),
        sms(sendetidspunkt=WAITS, smsTekst="old"),
        paaminnelse=paaminnelse(konkret="2031-03-25T12:00:00"),
    )
    let_leave()
    update(api, made["id"], sms(sendetidspunkt=WAITS, smsTekst="new"))
    assert read_back(api, made["id"]) == ["SENDT", "KANSELLERT", "NY"]
    moment.oslo("2031-03-25T12:00")
    let_leave()
    assert [text for _, text in sent(post)] == ["Husk oppgaven", "first", "new"]


def test_an_update_without_messages_leaves_those_that_wait(api: Api) -> None:
    made = avtale(api, sms(sendetidspunkt=WAITS))
    update(api, made["id"], nyTekst="Nytt sted", nyTilstand="ARBEIDSGIVER_HAR_GODTATT")
    assert read_back(api, made["id"]) == ["NY"]


def test_a_reminder_given_with_the_cancellation_is_ignored_even_a_bad_one(
    api: Api, moment: Moment
) -> None:
    made = avtale(api)
    bad = paaminnelse(foerFrist="P1D")
    update(api, made["id"], nyTilstand="AVLYST", paaminnelse=bad)
    assert not open_reminders(made["id"])
    assert row(made["id"]).tilstand == "AVLYST"


def test_leaving_avlyst_revives_nothing_and_takes_a_reminder_again(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    first = paaminnelse(konkret="2031-03-25T12:00:00")
    made = avtale(api, sms(sendetidspunkt=WAITS), paaminnelse=first)
    update(api, made["id"], nyTilstand="AVLYST")
    update(api, made["id"], nyTilstand="VENTER_SVAR_FRA_ARBEIDSGIVER")
    moment.oslo("2031-03-25T12:00")
    let_leave()
    assert (post.sent, fired(made["id"])) == ([], 0)

    update(api, made["id"], paaminnelse=paaminnelse(foerStartTidspunkt="P1D"))
    moment.oslo("2031-03-30T09:00")
    sweep()
    assert fired(made["id"]) == 1


def test_every_state_may_follow_every_other(api: Api) -> None:
    id = avtale(api)["id"]
    states = [
        "VENTER_SVAR_FRA_ARBEIDSGIVER",
        "ARBEIDSGIVER_VIL_AVLYSE",
        "ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED",
        "ARBEIDSGIVER_HAR_GODTATT",
        "AVLYST",
    ]
    for one in states:
        for other in states:
            update(api, id, nyTilstand=one)
            update(api, id, nyTilstand=other)
            assert api.item(id)["kalenderavtale"]["tilstand"] == other


def test_a_reminder_of_an_update_replaces_the_open_one(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    first = paaminnelse(sms_text="old", konkret="2031-03-25T12:00:00")
    made = avtale(api, paaminnelse=first)
    update(api, made["id"], paaminnelse=paaminnelse(sms_text="new", foerStartTidspunkt="P1D"))
    moment.oslo("2031-03-30T09:00")
    let_leave()
    assert [text for _, text in sent(post)] == ["new"]
    (old,) = made["paaminnelse"]["eksterneVarsler"]
    assert statuses([old["id"]]) == ["KANSELLERT"]


def test_a_used_key_orders_and_cancels_nothing(api: Api) -> None:
    made = avtale(api, sms(sendetidspunkt=WAITS))
    update(api, made["id"], sms(sendetidspunkt=WAITS), idempotencyKey="k")
    before = read_back(api, made["id"]), events(made["id"])
    update(api, made["id"], sms(sendetidspunkt=WAITS), idempotencyKey="k")
    update(api, made["id"], idempotencyKey="k", nyTilstand="AVLYST", nyTekst="Annet")
    assert (read_back(api, made["id"]), events(made["id"])) == before
    assert row(made["id"]).tekst == "Dialogmøte"
