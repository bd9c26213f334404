"""What staff keep from being sent, as every page of the back office says it."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications_platform.back_office.banners import Banner
from notifications_platform.back_office.owned import Clients
from notifications_platform.delivery.explain import oslo
from notifications_platform.delivery.words import channel_name

# Of so many stopped clients each is named; a list has the others.
MOST_CLIENTS = 5
_MOST_READ = 1000


class _Stopped(NamedTuple):
    kind: str
    key: str
    name: str
    by: str
    because: str
    since: datetime | None


def read(clients: Clients) -> Iterator[Banner]:
    """Channels, providers, then clients; of the latter only `clients`, where they are given."""
    stopped = list(_stopped(clients))
    of_clients = [one for one in stopped if one.kind == "client"]
    yield from (_banner(one, clients) for one in stopped if one.kind != "client")
    yield from (_banner(one, clients) for one in of_clients[:MOST_CLIENTS])
    if (more := len(of_clients) - MOST_CLIENTS) > 0:
        yield _more(more)


def _stopped(clients: Clients) -> Iterator[_Stopped]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT 'channel' AS kind, channel AS key, channel AS name, stopped_by,
                   stopped_because, stopped_since
            FROM delivery_channelswitch WHERE stopped
            UNION ALL
            SELECT 'provider', id::text, name, switched_off_by, switched_off_because,
                   switched_off_since
            FROM delivery_provider WHERE switched_off
            UNION ALL (
                SELECT 'client', id::text, client, "by", because, since FROM delivery_stop
                WHERE lifted_at IS NULL
                  AND (%(clients)s::text[] IS NULL OR client = ANY(%(clients)s))
                ORDER BY since DESC LIMIT %(most)s)
            """,
            {"clients": None if clients is None else sorted(clients), "most": _MOST_READ},
        )
        yield from map(_Stopped._make, cursor.fetchall())


def _banner(one: _Stopped, clients: Clients) -> Banner:
    match one.kind:
        case "channel":
            text = _("The channel “{name}” has been stopped by {user} since {at}: {reason}")
            page, verb, label = "channelswitch", "resume", _("Resume the channel")
        case "provider":
            text = _("The provider {name} has been switched off by {user} since {at}: {reason}")
            page, verb, label = "provider", "switch-on", _("Switch it on")
        case _:
            text = _("The client {name} has been stopped by {user} since {at}: {reason}")
            page, verb, label = "stop", "lift", _("Lift the stop")
    # Channels and providers are everybody's: whoever sees some clients only has no page of them.
    is_shut = clients is not None and one.kind != "client"
    pages = f"admin:delivery_{page}"
    return Banner(
        text=text.format(
            name=channel_name(one.name) if one.kind == "channel" else one.name,
            user=one.by,
            at=oslo(one.since) if one.since else _("an unknown time"),
            reason=one.because,
        ),
        act="" if is_shut else reverse(f"{pages}_{verb}", args=[one.key]),
        act_label=label,
        permission=f"delivery.operate_{page}",
        see="" if is_shut else reverse(f"{pages}_change", args=[one.key]),
        see_label=_("More about it"),
    )


def _more(number: int) -> Banner:
    page = reverse("admin:delivery_stop_changelist")
    text = ngettext(
        "{number} more client has been stopped.", "{number} more clients have been stopped.", number
    )
    return Banner(
        text=text.format(number=number),
        act=page,
        act_label=_("All stopped clients"),
        permission="delivery.view_stop",
    )
