"""The switch of each channel, for staff: one row a channel, stopped and resumed by verbs. What
the front page and every page say of sending is handed in here.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from notifications_platform.back_office import banners, home
from notifications_platform.back_office.base import (
    NOT_FOR_BOUND_STAFF,
    ReadOnlyAdmin,
    TransitionActions,
    display,
)
from notifications_platform.back_office.verbs import Doing, Look, Verb, one_by_one
from notifications_platform.core.errors import DomainError
from notifications_platform.delivery import (
    board,
    client_finder,  # noqa: F401 - registers itself
    notices,
    previews,
    signs,
    switching,
    tally_admin,  # noqa: F401 - registers itself
)
from notifications_platform.delivery.models import ChannelSwitch
from notifications_platform.delivery.states import Channel

for part in board.PARTS:
    home.bring(part)
home.show(signs.read)
banners.show(notices.read)


def _stop(row: ChannelSwitch, doing: Doing) -> None:
    switching.stop_channel(row.channel, because=doing.reason, user=doing.user, now=doing.now)


def _resume(row: ChannelSwitch, doing: Doing) -> None:
    switching.resume_channel(row.channel, because=doing.reason, user=doing.user, now=doing.now)


def _refusal_to_stop(row: ChannelSwitch, _look: Look) -> DomainError | None:
    return switching.refusal_to_switch_channel(row, stop=True)


def _refusal_to_resume(row: ChannelSwitch, _look: Look) -> DomainError | None:
    return switching.refusal_to_switch_channel(row, stop=False)


def _state(row: ChannelSwitch) -> str:
    return _("stopped") if row.stopped else _("sends")


def _stopped(number: int) -> str:
    return ngettext(
        "{number} channel has been stopped.", "{number} channels have been stopped.", number
    ).format(number=number)


def _resumed(number: int) -> str:
    return ngettext(
        "{number} channel sends again.", "{number} channels send again.", number
    ).format(number=number)


def _waiting(rows: Sequence[ChannelSwitch], _look: Look) -> str:
    return previews.on_channels([row.channel for row in rows])


@admin.register(ChannelSwitch)
class ChannelSwitchAdmin(TransitionActions, ReadOnlyAdmin):
    kinds = ("channel",)
    client_path = NOT_FOR_BOUND_STAFF
    menu_group = "Sending"
    menu_title = gettext_lazy("Channels")
    menu_icon = "toggle_on"
    ordering = ("channel",)
    list_display = ("name", "condition", "stopped_by", "stopped_because", "stopped_since")
    fields = list_display
    readonly_fields = fields
    verbs = (
        Verb(
            name="stop",
            label=gettext_lazy("Stop the channel"),
            done=_stopped,
            icon="front_hand",
            warning=gettext_lazy(
                "Nothing more leaves on this channel until somebody resumes it; what a worker has "
                "in hand still does. Messages keep their places in line and nothing is lost, but "
                "each still expires when its own time is over. Other channels go on."
            ),
            act=_stop,
            foresee=one_by_one(
                state=_state, becomes=lambda _row: _("stopped"), refusal=_refusal_to_stop
            ),
            along=_waiting,
        ),
        Verb(
            name="resume",
            label=gettext_lazy("Resume the channel"),
            done=_resumed,
            icon="play_arrow",
            warning=gettext_lazy("What waits starts to leave at once, in its order."),
            act=_resume,
            foresee=one_by_one(
                state=_state, becomes=lambda _row: _("sends"), refusal=_refusal_to_resume
            ),
            along=_waiting,
        ),
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        switching.introduce_channels()
        return super().changelist_view(request, extra_context)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> ChannelSwitch | None:
        """One that nobody has stopped yet may have no row."""
        row = super().get_object(request, object_id, from_field)
        if row is None and object_id in Channel.values and not self.is_shut_to(request):
            row = ChannelSwitch(channel=object_id)
        return row

    @display(description=gettext_lazy("channel"))
    def name(self, row: ChannelSwitch) -> str:
        return str(row)

    @display(description=gettext_lazy("condition"), label={"sends": "success", "stopped": "danger"})
    def condition(self, row: ChannelSwitch) -> tuple[str, str]:
        return ("stopped" if row.stopped else "sends", _state(row))
