"""External messages on their way into the outbox (cases contract 10)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from cases.models import EksterntVarsel
from cases.states import Kanal, Sendevindu
from cases.varsler import queueing
from notifications_platform.core.windows import Window
from notifications_platform.delivery.models import Content, Message
from tests.cases.lifecycle.living import NOON, oslo

pytestmark = pytest.mark.django_db(transaction=True)

FRIDAY_EVENING = oslo("2031-03-07T20:00")
MONDAY = "2031-03-10"


def sms(**changes: object) -> EksterntVarsel:
    fields = {"kanal": Kanal.SMS, "adresse": "+4799887766", "tekst": "Hei", "produsent": "tiltak"}
    return EksterntVarsel(**{"sendevindu": Sendevindu.LOEPENDE, **fields, **changes})


def epost(**changes: object) -> EksterntVarsel:
    mail = {"kanal": Kanal.EPOST, "adresse": "kari@example.no", "tittel": "Ny"}
    return sms(**{**mail, **changes})


def queue(*varsler: EksterntVarsel, now: datetime = NOON) -> list[Message]:
    with transaction.atomic():
        queueing.queue(varsler, now=now)
    return list(Message.objects.order_by("id"))


@pytest.mark.parametrize(
    ("sendevindu", "opening"),
    [
        (Sendevindu.LOEPENDE, FRIDAY_EVENING),
        (Sendevindu.NKS_AAPNINGSTID, oslo(f"{MONDAY}T08:30")),
        (Sendevindu.DAGTID_IKKE_SOENDAG, oslo("2031-03-08T09:00")),
    ],
)
def test_a_message_waits_for_the_opening_minute(sendevindu: Sendevindu, opening: datetime) -> None:
    for message in queue(
        sms(sendevindu=sendevindu), epost(sendevindu=sendevindu), now=FRIDAY_EVENING
    ):
        assert message.not_before == opening
        assert message.expires_at is None


def test_sms_keep_to_the_platforms_hours_besides(settings: Settings) -> None:
    settings.CASES_SMS_HOURS = Window.hours("9-17")
    nks = Sendevindu.NKS_AAPNINGSTID
    varsler = [sms(sendevindu=nks), epost(sendevindu=nks), sms(), epost()]
    just_after = timedelta(microseconds=1)
    assert [message.not_before for message in queue(*varsler, now=FRIDAY_EVENING)] == [
        oslo(f"{MONDAY}T09:00") + just_after,
        oslo(f"{MONDAY}T08:30"),
        oslo("2031-03-08T09:00") + just_after,
        FRIDAY_EVENING,
    ]
    windows = Content.objects.order_by("id").values_list("window", flat=True)
    assert list(windows) == ["mon-fri 9-14:30", "mon-fri 08:30-14:30", "9-17", ""]


@pytest.mark.parametrize("past", [True, False])
def test_a_time_of_its_own_is_kept_or_now_if_past(past: bool) -> None:
    at = NOON + timedelta(days=-1 if past else 1)
    (message,) = queue(sms(sendevindu="", tidspunkt=at))
    assert message.not_before == max(at, NOON)


def test_it_is_tried_for_a_day_and_three_times_at_least() -> None:
    queue(sms())
    content = Content.objects.get()
    assert content.retry_after == [60, 5 * 60, 15 * 60, 60 * 60]
    assert content.retry_last_repeats
    assert (content.retry_for, content.least_attempts) == (24 * 3600, 3)


def test_any_number_of_messages_takes_as_many_statements() -> None:
    def statements(count: int) -> int:
        with transaction.atomic(), CaptureQueriesContext(connection) as captured:
            queueing.queue([sms() for _ in range(count)], now=datetime(2031, 3, 4, tzinfo=UTC))
        return len(captured)

    statements(1)
    assert statements(1) == statements(50) <= 5
    assert Message.objects.count() == 52
