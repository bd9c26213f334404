"""What every page says on top while staff keep something from being sent.

Asked anew for each page, by one statement over rows that are few: whoever stops or resumes
something sees it on the next page, whichever process makes it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest

from notifications_platform.back_office.owned import Clients, clients_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """`text` says what has been stopped, by whom, when and why. `act` leads those who have
    `permission` to where it is undone, `see` all others to where it is shown.
    """

    text: str
    act: str
    act_label: str
    permission: str
    see: str = ""
    see_label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A banner as somebody in particular sees it."""

    text: str
    link: str
    link_label: str


Reader = Callable[[Clients], Iterable[Banner]]
_readers: list[Reader] = []


def show(read: Reader) -> None:
    """Let `read(clients)` put banners on every page; `clients` are those whose rows the reader
    may see. Called by admin modules at start.
    """
    if read not in _readers:
        _readers.append(read)


def banners(request: HttpRequest) -> list[Shown]:
    """None for whoever is not on the staff: the login page tells strangers nothing."""
    user = request.user
    if not (user.is_active and user.is_staff):
        return []
    clients = clients_of(user)
    return [
        Shown(
            text=banner.text,
            link=banner.act if may_act else banner.see,
            link_label=banner.act_label if may_act else banner.see_label,
        )
        for read in _readers
        for banner in read(clients)
        for may_act in [user.has_perm(banner.permission)]
    ]
