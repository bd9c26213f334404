"""Days and moments as staff read them: in Oslo, as their language writes them."""

from datetime import UTC, date, datetime

from django.utils import translation

from notifications_platform.back_office import dates

LATE = datetime(2031, 6, 30, 23, 59, 58, tzinfo=UTC)


def test_a_moment_is_written_as_each_reader_s_language_does() -> None:
    # Twice, since what was written once is kept.
    for _ in range(2):
        with translation.override("nb"):
            assert dates.to_the_second(LATE) == "01.07.2031 01:59:58"
            assert dates.day(date(2031, 6, 30)) == "30.06.2031"
        with translation.override("en"):
            assert dates.to_the_minute(LATE) == "2031-07-01 01:59"
            assert dates.day(LATE) == "2031-07-01"
