"""Sending on the front page: queues, throughput, failures, providers, and who waits longest."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from notifications_platform.back_office import ahead, dates
from notifications_platform.back_office.ahead import MOST_COUNTED, Coming, Kind, of_times
from notifications_platform.back_office.charts import Strip, Strips
from notifications_platform.back_office.home import Cell, Panel, Part, Shown, Sign, Viewing, waited
from notifications_platform.delivery import standing, throughput
from notifications_platform.delivery.models import ChannelSwitch, Message, Provider, Stop
from notifications_platform.delivery.signs import condition_of, condition_shown
from notifications_platform.delivery.standing import Place, Standing
from notifications_platform.delivery.states import Channel, State
from notifications_platform.delivery.throughput import Came
from notifications_platform.delivery.words import channel_name, reason_name, state_name

MOST_CLIENTS = 10
# In line for longer than this is no mere moment's rush.
_LATE_SECONDS = 300
_TONES = {
    State.SENT.value: "good",
    State.DELIVERED.value: "good",
    State.FAILED.value: "bad",
    State.CANCELLED.value: "waiting",
}


class _Lines(NamedTuple):
    """Who waits, and who may not go: channels and clients that staff have stopped."""

    standing: list[Standing]
    stopped: list[str]
    stopped_clients: list[str]


# --- queues, and who waits longest --------------------------------------------------------
def _look_at_lines(_viewing: Viewing) -> _Lines:
    switches = ChannelSwitch.objects.filter(stopped=True)
    stops = Stop.objects.filter(lifted_at__isnull=True)
    return _Lines(
        standing=standing.look(),
        stopped=list(switches.values_list("channel", flat=True)),
        stopped_clients=list(stops.values_list("client", flat=True)[: standing.DEEPEST]),
    )


def _tell_lines(lines: _Lines, viewing: Viewing) -> Iterator[Shown]:
    """Whoever is bound to clients sees how many of theirs are among the next in each line."""
    own = viewing.clients
    seen = [one for one in lines.standing if own is None or one.client in own]
    by_channel: dict[str, list[Standing]] = defaultdict(list)
    for one in seen:
        by_channel[one.channel].append(one)
    for channel in Channel.values:
        yield _queue_sign(channel, by_channel[channel], channel in lines.stopped, viewing)
    yield Panel(
        title=_("Queues"),
        headers=[
            _("Channel"),
            _("In line"),
            _("Oldest is due for"),
            _("In hand"),
            _("Waits for later"),
            _("Next of these"),
            _("Set aside"),
            _("Switch"),
        ],
        rows=[
            _queue_row(channel, by_channel[channel], channel in lines.stopped, viewing)
            for channel in Channel.values
        ],
        note=ngettext(
            "Counted along each line to at most {most} message.",
            "Counted along each line to at most {most} messages.",
            standing.DEEPEST,
        ).format(most=standing.DEEPEST),
    )
    yield _slowest(seen, lines.stopped_clients, viewing)


def _queue_sign(
    channel: str, waiting: Sequence[Standing], is_stopped: bool, viewing: Viewing
) -> Sign:
    number = standing.number(waiting, Place.IN_LINE)
    since = _oldest(waiting, viewing.now)
    seconds = (viewing.now - since).total_seconds() if since else 0
    if is_stopped:
        note, tone = _("stopped by staff"), "bad"
    elif since:
        note = _("the oldest is due for {length}").format(length=waited(seconds))
        tone = "bad" if seconds > _LATE_SECONDS else "waiting"
    else:
        note, tone = _("nothing waits for a worker"), "good"
    return Sign(
        label=_("{channel} in line").format(channel=channel_name(channel)),
        value=standing.counted(number),
        note=note,
        tone=tone,
        link=_messages(channel=channel, state=State.QUEUED.value),
    )


def _queue_row(
    channel: str, waiting: Sequence[Standing], is_stopped: bool, viewing: Viewing
) -> list[Cell]:
    since = _oldest(waiting, viewing.now)
    later = [one for one in waiting if one.place is Place.LATER]
    soonest = min((one.since for one in later if one.since > viewing.now), default=None)
    return [
        Cell(text=channel_name(channel), link=_messages(channel=channel, state=State.QUEUED.value)),
        Cell(text=standing.counted(standing.number(waiting, Place.IN_LINE))),
        Cell(text=waited((viewing.now - since).total_seconds()) if since else "-"),
        Cell(text=standing.counted(standing.number(waiting, Place.CLAIMED))),
        Cell(text=standing.counted(standing.number(later, Place.LATER))),
        Cell(text=_moment(soonest)),
        Cell(text=standing.counted(standing.number(waiting, Place.SET_ASIDE))),
        _switch(channel, is_stopped, viewing),
    ]


def _switch(channel: str, is_stopped: bool, viewing: Viewing) -> Cell:
    tone = "bad" if is_stopped else "good"
    if viewing.clients is not None or not viewing.may("delivery.operate_channelswitch"):
        return Cell(text=_("stopped") if is_stopped else _("sends"), tone=tone)
    name = channel_name(channel)
    text = _("Stopped: resume {channel}") if is_stopped else _("Sends: stop {channel}")
    verb = "resume" if is_stopped else "stop"
    page = reverse(f"admin:delivery_channelswitch_{verb}", args=[channel])
    return Cell(text=text.format(channel=name), link=page, tone=tone)


def _slowest(seen: Iterable[Standing], stopped: Sequence[str], viewing: Viewing) -> Panel:
    """By the heads of the lines: there stands the oldest due message of each client that waits."""
    due = [one for one in seen if _is_due(one, viewing.now)]
    due.sort(key=lambda one: one.since)
    return Panel(
        title=_("Who waits longest"),
        headers=[_("Client"), _("Channel"), _("Due for"), _("In line"), _("Switch")],
        rows=[
            [
                Cell(text=one.client, link=_messages(client=one.client, state=State.QUEUED.value)),
                Cell(text=channel_name(one.channel)),
                Cell(text=waited((viewing.now - one.since).total_seconds())),
                Cell(text=standing.counted(one.number)),
                _stop_of(one.client, one.client in stopped, viewing),
            ]
            for one in due[:MOST_CLIENTS]
        ],
        empty=_("Nobody waits."),
    )


def _stop_of(client: str, is_stopped: bool, viewing: Viewing) -> Cell:
    tone = "bad" if is_stopped else "good"
    if not viewing.may("delivery.operate_stop"):
        return Cell(text=_("stopped") if is_stopped else _("sends"), tone=tone)
    if is_stopped:
        page = reverse("admin:delivery_stop_changelist")
        text = _("Stopped: see the stop of {client}").format(client=client)
        return Cell(text=text, link=page, tone=tone)
    page = f"{reverse('admin:delivery_stop_add')}?{urlencode({'client': client})}"
    return Cell(text=_("Sends: stop {client}").format(client=client), link=page, tone=tone)


def _oldest(waiting: Iterable[Standing], now: datetime) -> datetime | None:
    return min((one.since for one in waiting if _is_due(one, now)), default=None)


def _is_due(one: Standing, now: datetime) -> bool:
    return one.place is Place.IN_LINE and one.since <= now


# --- what came of messages, over time -----------------------------------------------------
def _look_at_throughput(viewing: Viewing) -> list[Came]:
    return throughput.read(viewing.period, viewing.clients, now=viewing.now)


def _tell_throughput(came: list[Came], viewing: Viewing) -> Iterator[Strips]:
    period, starts = viewing.period, viewing.period.starts(viewing.now)
    # In UTC: of the hour that comes twice, Python takes one time of Oslo for no moment at all.
    places = {start.astimezone(UTC): place for place, start in enumerate(starts)}

    states: dict[tuple[str, str], list[int]] = {
        (channel, state): [0] * len(starts) for channel in Channel.values for state in _TONES
    }
    reasons: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(starts))
    for one in came:
        # What is of a moment after the figures were asked for stands in the next ones.
        place = places.get(one.start.astimezone(UTC))
        if place is not None:
            states[one.channel, one.state][place] += one.number
            if one.state == State.FAILED:
                reasons[one.channel, one.reason][place] += one.number
    steps = [period.told(start) for start in starts]
    yield Strips(
        title=_("Throughput"),
        about=_("Messages that were"),
        unit=period.unit,
        steps=steps,
        rows=[
            Strip(
                name=_("{channel}: {state}").format(
                    channel=channel_name(channel), state=state_name(state)
                ),
                tone=_TONES[state],
                counts=counts,
                link=_messages(channel=channel, state=state),
            )
            for (channel, state), counts in states.items()
            if any(counts)
        ],
        note=_(
            "Each message counts once for every state that it reaches. Each row has a scale of "
            "its own."
        ),
        empty=_("Nothing was sent in this period, and nothing failed."),
    )
    yield Strips(
        title=_("Failures by reason"),
        about=_("Reason"),
        unit=period.unit,
        steps=steps,
        rows=[
            Strip(
                name=_("{reason} ({channel})").format(
                    reason=reason_name(reason), channel=channel_name(channel)
                ),
                tone="bad",
                counts=counts,
                link=_messages(channel=channel, state=State.FAILED.value, reason=reason),
            )
            for (channel, reason), counts in sorted(reasons.items(), key=lambda row: -sum(row[1]))
        ],
        empty=_("Nothing failed in this period."),
    )


# --- providers ----------------------------------------------------------------------------
def _look_at_providers(_viewing: Viewing) -> list[Provider]:
    return list(Provider.objects.order_by("channel", "name"))


def _tell_providers(providers: list[Provider], viewing: Viewing) -> Iterator[Panel]:
    yield Panel(
        title=_("Providers"),
        headers=[
            _("Provider"),
            _("Channel"),
            _("Condition"),
            _("Failures in a row"),
            _("Last answer of a failure"),
        ],
        rows=[_provider_row(provider, viewing.real) for provider in providers],
        empty=_("No provider has been used yet."),
    )


def _provider_row(provider: Provider, real: datetime) -> list[Cell]:
    condition = condition_of(provider, real)
    text, tone = condition_shown(condition)
    if condition == "switched off":
        text = _("switched off by {user} since {at}: {reason}").format(
            user=provider.switched_off_by,
            at=_moment(provider.switched_off_since),
            reason=provider.switched_off_because,
        )
    elif condition == "paused":
        text = _("left alone until {at}").format(at=_moment(provider.paused_until, seconds=True))
    return [
        Cell(
            text=provider.name, link=reverse("admin:delivery_provider_change", args=[provider.pk])
        ),
        Cell(text=channel_name(provider.channel)),
        Cell(text=text, tone=tone),
        Cell(text=str(provider.failures)),
        Cell(text=provider.last_answer or "-"),
    ]


def _moment(moment: datetime | None, *, seconds: bool = False) -> str:
    """Oslo time: the pages' own."""
    if moment is None:
        return "-"
    return dates.to_the_second(moment) if seconds else dates.to_the_minute(moment)


def _messages(**narrowed: str) -> str:
    return f"{reverse('admin:delivery_message_changelist')}?{urlencode(narrowed)}"


def _later(now: datetime) -> Coming:
    """By message_waiting, along each channel."""
    waiting = Message.objects.filter(
        state=State.QUEUED, fair_at__isnull=True, not_before__gt=now
    ).order_by("not_before")
    each = [
        waiting.filter(channel=channel).values_list("not_before", flat=True)[:MOST_COUNTED]
        for channel in Channel.values
    ]
    return of_times(sorted(each[0].union(*each[1:], all=True))[:MOST_COUNTED], now)


ahead.show(
    "delivery.later",
    Kind(
        label=gettext_lazy("Messages that wait for their hours or next attempt"),
        read=_later,
        page="admin:delivery_message_changelist",
        query=f"?state={State.QUEUED}",
        permission="delivery.view_message",
    ),
)
PARTS = (
    Part(
        name="delivery.lines",
        look=_look_at_lines,
        tell=_tell_lines,
        permission="delivery.view_message",
        narrowed=True,
    ),
    Part(
        name="delivery.throughput",
        look=_look_at_throughput,
        tell=_tell_throughput,
        permission="delivery.view_message",
        by_period=True,
        by_clients=True,
    ),
    Part(
        name="delivery.providers",
        look=_look_at_providers,
        tell=_tell_providers,
        permission="delivery.view_provider",
    ),
)
