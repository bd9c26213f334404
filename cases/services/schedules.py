"""When an item is to be erased, as its producer asks (cases contract 11)."""

from datetime import datetime

from cases.durations import later
from cases.errors import Problem, UgyldigInput
from cases.inputs import FutureTemporal, HardDeleteUpdate
from cases.states import NyTidStrategi


def scheduled(
    given: FutureTemporal | None, *, base: datetime, path: str = "hardDelete"
) -> datetime | None:
    """The instant meant; `om` is counted in UTC from `base`.

    Raises UgyldigInput for a time beyond the calendar, naming the input at `path`.
    """
    if given is None:
        return None
    if given.den is not None or given.om is None:
        return given.den
    try:
        return later(base, given.om)
    except OverflowError:
        detail = "The duration leads beyond the year 9999. Give a shorter one."
        raise UgyldigInput([Problem(f"{path}.om", "OUT_OF_RANGE", detail)]) from None


def rescheduled(
    present: datetime | None, given: HardDeleteUpdate | None, *, base: datetime
) -> datetime | None:
    """What an update makes of the schedule that the item has. Raises UgyldigInput."""
    if given is None:
        return present
    new = scheduled(given.ny_tid, base=base, path="hardDelete.nyTid")
    if present is None or new is None or given.strategi == NyTidStrategi.OVERSKRIV:
        return new
    return max(present, new)
