"""What the engine knows of one client, for its page in the register: whether staff have stopped it,
and what its messages have come to in the past day.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications_platform.back_office import clients
from notifications_platform.back_office.clients import Known
from notifications_platform.back_office.periods import Period
from notifications_platform.back_office.sections import Line
from notifications_platform.delivery import throughput
from notifications_platform.delivery.explain import Tone, oslo, told
from notifications_platform.delivery.models import Stop
from notifications_platform.delivery.states import Reason, State

_REASONS = 3


def read(client: str, now: datetime) -> Known:
    """Two statements; sums, never messages."""
    return Known(lines=[*_stop(client), *_came_to(client, now)])


def _stop(client: str) -> Iterator[Line]:
    for stop in Stop.objects.filter(client=client, lifted_at__isnull=True):
        text = _("All its messages have been stopped by {user} since {at}: {reason}")
        yield Line(
            text=text.format(user=stop.by, at=oslo(stop.since), reason=stop.because),
            tone=Tone.BAD,
            step=_("Lift the stop of the client to let them go."),
        )


def _came_to(client: str, now: datetime) -> Iterator[Line]:
    came = throughput.read(Period.DAY, frozenset({client}), now=now)
    failed: Counter[str] = Counter()
    taken = 0
    for one in came:
        failed[one.reason] += one.number if one.state == State.FAILED else 0
        taken += one.number if one.state == State.SENT else 0
    if number := failed.total():
        text = ngettext(
            "{number} of its messages failed in the past day.",
            "{number} of its messages failed in the past day.",
            number,
        ).format(number=number)
        yield Line(text=told(text, *_reasons(failed)), tone=Tone.BAD)
    text = ngettext(
        "Providers took {number} message of it in the past day.",
        "Providers took {number} messages of it in the past day.",
        taken,
    )
    yield Line(text=text.format(number=taken), tone=Tone.GOOD if taken else Tone.NOTE)


def _reasons(failed: Counter[str]) -> Iterator[str]:
    """What happened most."""
    for reason, number in failed.most_common(_REASONS):
        if number and reason:
            why = _(str(Reason(reason).label))
            yield _("{number}: {reason}.").format(number=number, reason=why)


clients.register("delivery", read, permission="delivery.view_message")
