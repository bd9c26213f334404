"""The session engine of the back office.

A session ends `STAFF_SESSION_HOURS` after its login, or `STAFF_IDLE_MINUTES` after the last
request, whichever is sooner; its row says when, so every read enforces it. All times are the
system's: the sandbox clock moves no session. Nobody else has sessions: the APIs take tokens.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from notifications_platform.back_office.session_models import StaffSession
from notifications_platform.core import clock

BROWSER = "browser"
# Activity is written down at most so often, and sooner where idleness is short.
_FRESH = timedelta(minutes=1)


class SessionStore(db.SessionStore):
    """As Django's of the database, with an owner, two limits, and digests for keys."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._began: datetime | None = None
        self._seen: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[StaffSession]:
        return StaffSession

    @property
    def row_key(self) -> str:
        """By what this session's row is known."""
        return _digest(self.session_key or "")

    def _get_session_from_db(self) -> StaffSession | None:
        try:
            row = StaffSession.objects.get(pk=self.row_key, expire_date__gt=clock.real())
        except StaffSession.DoesNotExist:
            self._session_key = None
            return None
        self._began, self._seen = row.began_at, row.seen_at
        return row

    def exists(self, session_key: str) -> bool:
        return StaffSession.objects.filter(pk=_digest(session_key)).exists()

    def create(self) -> None:
        """Of a session that is somebody's already, only the key is new."""
        if not (self._began and SESSION_KEY in self):
            self._began = clock.real()
        super().create()

    def create_model_instance(self, data: dict[str, Any]) -> StaffSession:
        self._seen = clock.real()
        self._began = self._began or self._seen
        return StaffSession(
            session_key=_digest(self._own_key()),
            session_data=self.encode(data),
            expire_date=_end(self._began, self._seen),
            user_id=data.get(SESSION_KEY),
            began_at=self._began,
            seen_at=self._seen,
            browser=data.get(BROWSER, ""),
        )

    def _own_key(self) -> str:
        key: str = self._get_or_create_session_key()  # type: ignore[attr-defined]
        return key

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            StaffSession.objects.filter(pk=_digest(key)).delete()

    def get_expiry_age(self, **_of_another: Any) -> int:
        """Of the cookie, in seconds: idleness shortens the row's life only."""
        began = self._began or clock.real()
        return max(0, int((began + _longest() - clock.real()).total_seconds()))

    def keep_alive(self, real: datetime) -> None:
        """Somebody used it just now."""
        if self._began and self._seen and real - self._seen >= min(_FRESH, _idle() / 10):
            self._seen = real
            row = StaffSession.objects.filter(pk=self.row_key)
            row.update(seen_at=real, expire_date=_end(self._began, real))


def own_key(session: SessionBase) -> str:
    """The key of this session's row; empty where the session is of another engine."""
    return session.row_key if isinstance(session, SessionStore) else ""


def live(user: User, *, real: datetime) -> QuerySet[StaffSession]:
    """Sessions in which this person is logged in now, newest first."""
    return StaffSession.objects.filter(user=user, expire_date__gt=real).order_by("-began_at")


def end_all(users: Sequence[User], *, but: str = "") -> int:
    """End the sessions of these, except the one with this row key; how many there were."""
    ended, _ = StaffSession.objects.filter(user__in=users).exclude(pk=but).delete()
    return ended


def make_room(user: User, *, real: datetime) -> None:
    """End the oldest sessions of a person who has too many, and clear away what has expired.
    The caller holds the person's row.
    """
    StaffSession.objects.filter(expire_date__lte=real).delete()
    surplus = live(user, real=real).values_list("pk", flat=True)[settings.STAFF_SESSIONS :]
    StaffSession.objects.filter(pk__in=list(surplus)).delete()


def _end(began: datetime, seen: datetime) -> datetime:
    return min(began + _longest(), seen + _idle())


def _idle() -> timedelta:
    return timedelta(minutes=settings.STAFF_IDLE_MINUTES)


def _longest() -> timedelta:
    return timedelta(hours=settings.STAFF_SESSION_HOURS)


def _digest(key: str) -> str:
    return salted_hmac("back_office.sessions", key).hexdigest()
