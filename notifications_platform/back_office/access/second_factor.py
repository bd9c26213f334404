"""The second factor of the staff: codes of an authenticator app (TOTP), and recovery codes.

Everything about it stands in two rows of a person, which each check locks: so a code counts
once, whatever happens at the same time, and wrong ones are counted without the cache too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from cryptography.fernet import InvalidToken
from django.contrib.auth.models import User
from django.db import transaction

from notifications_platform.audit import trail
from notifications_platform.back_office import sessions

KIND = "staff"
# Wrong codes in a row before the first wait; each further one doubles it.
MOST_WRONG = 5
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=15), timedelta(days=1)


class Given(StrEnum):
    """What a person proved to have it by."""

    CODE = "code"
    RECOVERY_CODE = "recovery_code"
    SET_UP = "set_up"


@dataclass(frozen=True, slots=True)
class State:
    """What a person's own page shows of it. Times are the system's, UTC."""

    since: datetime
    last_used_at: datetime | None
    recovery_codes_left: int


class TooManyWrongCodes(Exception):
    """No code is looked at before this moment, not even a right one."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


def has(user: User) -> bool:
    return bool(_rows(user).filter(type=Authenticator.Type.TOTP).exists())


def state(user: User) -> State | None:
    """None for who has none."""
    rows = {row.type: row for row in _rows(user)}
    totp, recovery = (rows.get(type_) for type_ in _TYPES)
    if totp is None:
        return None
    left = RecoveryCodes(recovery).get_unused_codes() if recovery and _reads(recovery) else []
    return State(totp.created_at, totp.last_used_at, len(left))


@transaction.atomic
def check(user: User, code: str, *, now: datetime, real: datetime) -> Given | None:
    """What kind of code this is; None for a wrong one or one that was used. Wrong ones and used
    recovery codes stand in the trail. Raises TooManyWrongCodes.
    """
    rows = {row.type: row for row in _rows(user).select_for_update().order_by("pk")}
    totp, recovery = (rows.get(type_) for type_ in _TYPES)
    if totp is None:
        return None
    if (until := _open_from(totp.data)) and until > real:
        raise TooManyWrongCodes(until)
    given = _given(totp, recovery, code)
    if given is None:
        wrong = totp.data.get("wrong", {}).get("count", 0) + 1
        totp.data["wrong"] = {"count": wrong, "last": real.timestamp()}
        _note("staff.code_refused", user, by=trail.By.system("login"), now=now)
    else:
        totp.data.pop("wrong", None)
        totp.last_used_at = real
    totp.save(update_fields=["data", "last_used_at"])
    if given is Given.RECOVERY_CODE:
        _note("staff.recovery_code_used", user, by=_self(user), now=now)
    return given


@transaction.atomic
def set_up(
    user: User, secret: str, code: str, *, replace: bool, now: datetime
) -> Sequence[str] | None:
    """The recovery codes of a second factor made of `secret`, or None if the code is not its.
    Whoever has one already keeps it unless it is to be replaced.
    """
    User.objects.select_for_update().get(pk=user.pk)
    counter = _counter(secret, code)
    if counter is None or (has(user) and not replace):
        return None
    replaced, _ = _rows(user).delete()
    totp = TOTP.activate(user, secret).instance
    totp.data["counter"] = counter
    totp.save(update_fields=["data"])
    verb = "replaced" if replaced else "set_up"
    _note(f"staff.second_factor_{verb}", user, by=_self(user), now=now)
    return list(RecoveryCodes.activate(user).generate_codes())


@transaction.atomic
def new_recovery_codes(user: User, *, now: datetime) -> Sequence[str]:
    """Codes that take the place of all earlier ones; none for who has no second factor."""
    User.objects.select_for_update().get(pk=user.pk)
    if not has(user):
        return []
    _rows(user).filter(type=Authenticator.Type.RECOVERY_CODES).delete()
    _note("staff.recovery_codes_made", user, by=_self(user), now=now)
    return list(RecoveryCodes.activate(user).generate_codes())


@transaction.atomic
def reset(user: User, *, by: trail.By, reason: str, now: datetime) -> bool:
    """Take it away, with all sessions of the person; whether there was one."""
    User.objects.select_for_update().get(pk=user.pk)
    taken, _ = _rows(user).delete()
    sessions.end_all([user])
    if taken:
        _note("staff.second_factor_reset", user, by=by, now=now, reason=reason)
    return bool(taken)


_TYPES = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)


def _rows(user: User) -> Any:
    return Authenticator.objects.filter(user=user, type__in=_TYPES)


def _given(totp: Any, recovery: Any, code: str) -> Given | None:
    if _reads(totp):
        counter = _counter(decrypt(totp.data["secret"]), code)
        # A code, and every older one, is good for one login.
        if counter is not None and counter > totp.data.get("counter", 0):
            totp.data["counter"] = counter
            return Given.CODE
    if recovery and _reads(recovery) and RecoveryCodes(recovery).validate_code(code):
        return Given.RECOVERY_CODE
    return None


def _counter(secret: str, code: str) -> int | None:
    """Which half minute this is the code of, now or one earlier or later."""
    for counter in yield_hotp_counters_from_time():
        expected = format_hotp_value(hotp_value(secret, counter))
        if compare_user_code(actual=code, expected=expected):
            return int(counter)
    return None


def _reads(row: Any) -> bool:
    """Whether its secret was encrypted under the SECRET_KEY there is."""
    try:
        decrypt(row.data.get("secret") or row.data["seed"])
    except InvalidToken:
        return False
    return True


def _open_from(kept: dict[str, Any]) -> datetime | None:
    wrong = kept.get("wrong")
    if not wrong or wrong["count"] < MOST_WRONG:
        return None
    doublings: int = min(wrong["count"] - MOST_WRONG, 10)
    wait = min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)
    last: float = wrong["last"]
    return datetime.fromtimestamp(last, UTC) + wait


def _self(user: User) -> trail.By:
    return trail.By.staff(user.get_username())


def _note(action: str, user: User, *, by: trail.By, now: datetime, reason: str = "") -> None:
    trail.record(action, KIND, [user.pk], by=by, now=now, reason=reason)
