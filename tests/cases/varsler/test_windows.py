"""When messages of cases may leave (cases contract 10)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from cases.checks import check_sms_hours
from cases.states import Kanal, Sendevindu
from cases.varsler.windows import first_allowed, window
from notifications_platform.core.windows import OSLO, Window

NKS, DAGTID, LOEPENDE = (
    Sendevindu.NKS_AAPNINGSTID,
    Sendevindu.DAGTID_IKKE_SOENDAG,
    Sendevindu.LOEPENDE,
)
FRIDAY, SATURDAY, MONDAY = (date(2027, 1, day) for day in (15, 16, 18))


def oslo(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute, second), OSLO)


instants = st.integers(0, 5 * 366 * 86_400).map(
    lambda seconds: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@pytest.mark.parametrize(
    ("sendevindu", "at", "first"),
    [
        (LOEPENDE, oslo(SATURDAY, 3), oslo(SATURDAY, 3)),
        (NKS, oslo(FRIDAY, 8, 29, 59), oslo(FRIDAY, 8, 30)),
        (NKS, oslo(FRIDAY, 14, 30, 59), oslo(FRIDAY, 14, 30, 59)),
        (NKS, oslo(FRIDAY, 14, 31), oslo(MONDAY, 8, 30)),
        (DAGTID, oslo(FRIDAY, 16, 1), oslo(SATURDAY, 9)),
        (DAGTID, oslo(SATURDAY, 16, 0, 59), oslo(SATURDAY, 16, 0, 59)),
        (DAGTID, oslo(SATURDAY, 16, 1), oslo(MONDAY, 9)),
    ],
)
@pytest.mark.parametrize("kanal", Kanal)
def test_the_first_allowed_moment_is_now_or_the_next_opening_minute(
    sendevindu: Sendevindu, kanal: Kanal, at: datetime, first: datetime
) -> None:
    assert first_allowed(sendevindu, kanal, at) == first


@given(at=instants, sendevindu=st.sampled_from(Sendevindu))
def test_sms_leave_when_their_window_and_the_platforms_hours_are_open(
    at: datetime, sendevindu: Sendevindu
) -> None:
    own, hours = window(sendevindu, by_sms=False), Window.hours("10-12")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.CASES_SMS_HOURS", hours)
        sms, email = (first_allowed(sendevindu, kanal, at) for kanal in (Kanal.SMS, Kanal.EPOST))
        both = window(sendevindu, by_sms=True)
    assert sms >= email >= at
    assert hours.is_open(sms)
    assert both is not None
    assert both.is_open(sms)
    assert own is None or (own.is_open(sms) and own.is_open(email))
    assert sms == at or not both.is_open(sms - timedelta(microseconds=1))


def test_a_message_with_a_time_of_its_own_knows_the_hours_for_sms_only(settings: Settings) -> None:
    settings.CASES_SMS_HOURS = Window.hours("9-17")
    assert window("", by_sms=True) == Window.hours("9-17")
    assert window("", by_sms=False) is None


def test_unset_hours_bind_nothing(settings: Settings) -> None:
    settings.CASES_SMS_HOURS = None
    assert window(LOEPENDE, by_sms=True) is None
    assert window(NKS, by_sms=True) == window(NKS, by_sms=False)
    assert check_sms_hours() == []


def test_hours_that_leave_a_window_nothing_are_refused_at_start(settings: Settings) -> None:
    settings.CASES_SMS_HOURS = Window.hours("15-20")
    (refused,) = check_sms_hours()
    assert refused.msg == (
        "CASES_SMS_HOURS leaves no time for SMS with NKS_AAPNINGSTID: "
        "mon-fri 08:30-14:30 and 15-20 are never open at the same time."
    )
    settings.CASES_SMS_HOURS = Window.hours("9-17")
    assert check_sms_hours() == []
