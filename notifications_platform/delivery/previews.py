"""How many messages it is about, before staff stop or resume something."""

from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications_platform.delivery import standing
from notifications_platform.delivery.standing import Place, Standing


def on_channels(channels: Sequence[str]) -> str:
    """What waits there; what is in a worker's hands leaves whatever happens."""
    found = standing.look(channels)
    due = standing.number(found, Place.IN_LINE)
    return ngettext(
        "{due} message waits in line, and {later} for later.",
        "{due} messages wait in line, and {later} for later.",
        due,
    ).format(due=standing.counted(due), later=_later(found))


def of_clients(clients: Collection[str]) -> str:
    """What waits of theirs. Where the lines are long, it is counted among the next of each."""
    everybody = standing.look()
    found = [one for one in everybody if one.client in clients]
    due = standing.number(found, Place.IN_LINE, Place.SET_ASIDE)
    told = ngettext(
        "{due} message of {clients} waits in line, and {later} for later.",
        "{due} messages of {clients} wait in line, and {later} for later.",
        due,
    ).format(due=standing.counted(due), clients=", ".join(sorted(clients)), later=_later(found))
    if standing.is_cut_short(everybody):
        more = _("There may be more: only the next {most} of each line were counted.")
        told = f"{told} {more.format(most=standing.DEEPEST)}"
    return told


def _later(found: Collection[Standing]) -> str:
    return standing.counted(standing.number(found, Place.LATER))
