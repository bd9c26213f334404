"""Who may call as a service owner. Asked on each request, so what was found is kept in this
process for a few seconds; who is not found is asked for again each time.
"""

from threading import Lock
from time import monotonic

from notifications_platform.registers import models
from notifications_platform.registers.lookup import ServiceOwner

_KEPT_SECONDS = 5.0
_MOST_KEPT = 1000
_kept: dict[tuple[str, str], tuple[float, ServiceOwner]] = {}
_lock = Lock()


def by_organization_number(number: str) -> ServiceOwner | None:
    """The service owner with this organisation number, None when there is none."""
    return _find("organization_number", number)


def by_org(short_name: str) -> ServiceOwner | None:
    """The service owner with exactly this short name, None when there is none."""
    return _find("org", short_name)


def forget() -> None:
    """Ask the database again at the next call in this process."""
    with _lock:
        _kept.clear()


def _find(field: str, value: str) -> ServiceOwner | None:
    # PostgreSQL refuses NUL even in a question.
    if not value or "\x00" in value:
        return None
    known = _kept.get((field, value))
    if known and monotonic() < known[0]:
        return known[1]
    row = models.ServiceOwner.objects.filter(**{field: value}).first()
    if row is None:
        with _lock:
            _kept.pop((field, value), None)
        return None
    owner = _as_value(row)
    with _lock:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[field, value] = (monotonic() + _KEPT_SECONDS, owner)
    return owner


def _as_value(row: models.ServiceOwner) -> ServiceOwner:
    return ServiceOwner(
        org=row.org,
        organization_number=row.organization_number,
        name=row.name,
        events_url=row.events_url,
        events_secret=row.events_secret,
        use_stale_contact_information=row.use_stale_contact_information,
    )
