"""The front page: a few signs of how the platform is doing, brought by those who know."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from notifications_platform.core import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """`tone` is good, waiting, bad or note; `link` a page that tells more."""

    label: str
    value: str
    note: str = ""
    tone: str = "note"
    link: str = ""
    permission: str = ""


Reader = Callable[[datetime, datetime], Iterable[Sign]]
_readers: list[Reader] = []


def show(read: Reader) -> None:
    """Let `read(now, real)` put signs on the front page. Called by admin modules at start."""
    if read not in _readers:
        _readers.append(read)


def signs(request: HttpRequest) -> list[Sign]:
    """What this member of the staff may see, in the order of registration."""
    now, real = clock.now(), clock.real()
    return [
        sign
        for read in _readers
        for sign in read(now, real)
        if not sign.permission or request.user.has_perm(sign.permission)
    ]


def context(request: HttpRequest, context: dict[str, object]) -> dict[str, object]:
    """The theme's callback for the front page."""
    return {**context, "signs": signs(request)}
