"""What staff may do to messages, providers and stops: see back_office.verbs."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from notifications_platform.back_office import dates
from notifications_platform.back_office.looking import masked
from notifications_platform.back_office.owned import is_bound
from notifications_platform.back_office.verbs import (
    Doing,
    Foresee,
    Look,
    Prospect,
    ReasonForm,
    Verb,
    one_by_one,
)
from notifications_platform.delivery import (
    correcting,
    previews,
    releasing,
    resending,
    stopping,
    switching,
)
from notifications_platform.delivery.models import Message, Provider, Stop
from notifications_platform.delivery.states import Channel, State


# --- messages -----------------------------------------------------------------------------
def _resend(message: Message, doing: Doing) -> None:
    resending.resend(message.id, user=doing.user, reason=doing.reason, now=doing.now)


def _copies(messages: Sequence[Message], _look: Look) -> Sequence[Prospect]:
    """The first one stays as it is; what is new is a copy."""
    refusals = resending.obstacles(messages)
    then = _("{state}; a copy is {copy}").format(state=State.FAILED, copy=State.QUEUED)
    return [Prospect(now=_standing(one), then=then, refusal=refusals[one.id]) for one in messages]


def _standing(message: Message) -> str:
    return f"{message.state} ({message.reason})" if message.reason else message.state


def _release(message: Message, doing: Doing) -> None:
    releasing.release(message.id, user=doing.user, reason=doing.reason, now=doing.now)


def _moments(messages: Sequence[Message], look: Look) -> Sequence[Prospect]:
    moments = releasing.earliest(messages, now=look.now)
    return [_earlier(one, moments[one.id], look) for one in messages]


def _earlier(message: Message, moment: Any, look: Look) -> Prospect:
    planned = _("next attempt at {time}")
    now = message.state
    if message.state == State.QUEUED and message.not_before > look.now:
        now = planned.format(time=dates.to_the_minute(message.not_before))
    if isinstance(moment, releasing.NothingToRelease):
        return Prospect(now=now, refusal=moment)
    then = (
        _("tried at once")
        if moment <= look.now
        else planned.format(time=dates.to_the_minute(moment))
    )
    return Prospect(now=now, then=then)


class CorrectionForm(ReasonForm):
    """The better address of one message's receiver. Whether the register is corrected, too, is
    for those to say who edit it.
    """

    address = forms.CharField(max_length=1000, strip=True)
    in_register = forms.BooleanField(
        label=gettext_lazy("Also correct it in the register"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=gettext_lazy(
            "Everybody who looks this receiver up from now on gets the new address."
        ),
    )
    field_order = ("address", "in_register", "reason")

    def __init__(
        self,
        given: Any = None,
        *,
        user: User | AnonymousUser,
        rows: Sequence[Message],
    ) -> None:
        super().__init__(given, user=user, rows=rows)
        self.message = rows[0]
        is_sms = self.message.channel == Channel.SMS
        address = self.fields["address"]
        address.label = _("New mobile number") if is_sms else _("New e-mail address")
        address.help_text = _("With its country, as +4790000000.") if is_sms else ""
        kind = "tel" if is_sms else "email"
        address.widget = UnfoldAdminTextInputWidget(
            attrs={"inputmode": kind, "autocomplete": "off", "spellcheck": "false"}
        )
        if not self._may_correct_register():
            del self.fields["in_register"]

    def clean_address(self) -> str:
        usable = correcting.usable(self.message.channel, self.cleaned_data["address"])
        if not usable:
            if self.message.channel == Channel.SMS:
                raise forms.ValidationError(
                    _("A valid number with its country is needed, such as +47 and eight digits.")
                )
            raise forms.ValidationError(_("This is no valid e-mail address."))
        if usable.casefold() == self.message.address.casefold():
            raise forms.ValidationError(
                _("It failed at this address: send it again, or write another one.")
            )
        return usable

    def _may_correct_register(self) -> bool:
        subject = correcting.subject_of(self.message)
        if subject is None or is_bound(self.user):
            return False
        may = self.user.has_perm(f"registers.change_{subject.kind}")
        return may and correcting.stands_in_register(self.message)


def correcting_label(channel: str) -> str:
    if channel == Channel.SMS:
        return _("Correct the number and send")
    return _("Correct the address and send")


def _correct(message: Message, doing: Doing) -> None:
    correcting.correct_and_resend(
        message.id,
        doing.given["address"],
        in_register=bool(doing.given.get("in_register")),
        user=doing.user,
        reason=doing.reason,
        now=doing.now,
    )


def _corrections(messages: Sequence[Message], look: Look) -> Sequence[Prospect]:
    refusals = resending.obstacles_to_correcting(messages)
    new = masked(look.given["address"]) if "address" in look.given else _("the new address")
    then = _("a copy goes to {address}").format(address=new)
    return [Prospect(now=_where(one), then=then, refusal=refusals[one.id]) for one in messages]


def _where(message: Message) -> str:
    address = masked(message.address) or _("no address")
    return f"{_standing(message)}, {address}"


def _in_register(_messages: Sequence[Message], look: Look) -> str:
    if not look.given.get("in_register"):
        return ""
    return _("The register is corrected as well, from the old address to the new one.")


MESSAGE_VERBS = (
    Verb(
        name="resend",
        label=gettext_lazy("Send again"),
        done=lambda number: ngettext(
            "{number} message sent again.", "{number} messages sent again.", number
        ).format(number=number),
        icon="forward_to_inbox",
        warning=gettext_lazy(
            "A new message with the same text goes to the same address. The first one, and the "
            "counts of its order, stay as they are."
        ),
        act=_resend,
        foresee=_copies,
    ),
    Verb(
        name="correct",
        label=gettext_lazy("Correct the address and send"),
        label_of=lambda message: correcting_label(message.channel),
        done=lambda number: ngettext(
            "{number} message sent to its new address.",
            "{number} messages sent to their new address.",
            number,
        ).format(number=number),
        icon="edit_location_alt",
        warning=gettext_lazy(
            "A new message with the same text goes to the address that you write. The first one, "
            "and the counts of its order, stay as they are. No address is kept in the trail."
        ),
        act=_correct,
        foresee=_corrections,
        along=_in_register,
        form=CorrectionForm,
        in_list=False,
    ),
    Verb(
        name="release",
        label=gettext_lazy("Try at once"),
        done=lambda number: ngettext(
            "{number} message released.", "{number} messages released.", number
        ).format(number=number),
        icon="fast_forward",
        warning=gettext_lazy(
            "What waits for its next attempt is tried now, or as soon as its hours begin. Nothing "
            "leaves before the time at which it is to be sent."
        ),
        act=_release,
        foresee=_moments,
    ),
)


# --- providers ----------------------------------------------------------------------------
def _switch_off(provider: Provider, doing: Doing) -> None:
    switching.switch_off(provider.name, because=doing.reason, user=doing.user, now=doing.now)


def _switch_on(provider: Provider, doing: Doing) -> None:
    switching.switch_on(provider.name, because=doing.reason, user=doing.user, now=doing.now)


def _end_pause(provider: Provider, doing: Doing) -> None:
    switching.end_pause(
        provider.name, because=doing.reason, user=doing.user, now=doing.now, real=doing.real
    )


def _switching(*, off: bool) -> Foresee:
    def foresee(providers: Sequence[Provider], look: Look) -> Sequence[Prospect]:
        return [
            Prospect(
                now=_in_use(one, look),
                then=_("switched off") if off else _("in use"),
                refusal=switching.refusal_to_switch(one, off=off),
            )
            for one in providers
        ]

    return foresee


def _unpausing(providers: Sequence[Provider], look: Look) -> Sequence[Prospect]:
    return [
        Prospect(
            now=_in_use(one, look),
            then=_("in use"),
            refusal=switching.refusal_to_end_pause(one, real=look.real),
        )
        for one in providers
    ]


def _in_use(provider: Provider, look: Look) -> str:
    if provider.switched_off:
        return _("switched off")
    if switching.refusal_to_end_pause(provider, real=look.real) is None:
        return _("paused")
    return _("in use")


PROVIDER_VERBS = (
    Verb(
        name="switch-off",
        label=gettext_lazy("Switch off"),
        done=lambda number: ngettext(
            "{number} provider switched off.", "{number} providers switched off.", number
        ).format(number=number),
        icon="power_settings_new",
        warning=gettext_lazy(
            "Nothing more goes through this provider until it is switched on. Messages wait, or "
            "take another provider of the channel."
        ),
        act=_switch_off,
        foresee=_switching(off=True),
    ),
    Verb(
        name="switch-on",
        label=gettext_lazy("Switch on"),
        done=lambda number: ngettext(
            "{number} provider switched on.", "{number} providers switched on.", number
        ).format(number=number),
        icon="power",
        warning=gettext_lazy("What waits starts to leave at once."),
        act=_switch_on,
        foresee=_switching(off=False),
    ),
    Verb(
        name="end-pause",
        label=gettext_lazy("End its pause"),
        done=lambda number: ngettext(
            "{number} provider released from its pause.",
            "{number} providers released from their pause.",
            number,
        ).format(number=number),
        icon="play_circle",
        warning=gettext_lazy("It is tried at once, with a few messages first."),
        act=_end_pause,
        foresee=_unpausing,
    ),
)


# --- stops --------------------------------------------------------------------------------
def _lift(stop: Stop, doing: Doing) -> None:
    stopping.lift(stop.client, because=doing.reason, user=doing.user, now=doing.now)


STOP_VERBS = (
    Verb(
        name="lift",
        label=gettext_lazy("Lift"),
        done=lambda number: ngettext(
            "{number} stop lifted.", "{number} stops lifted.", number
        ).format(number=number),
        icon="lock_open",
        warning=gettext_lazy("The client's messages leave again, those that have waited too."),
        act=_lift,
        foresee=one_by_one(
            state=lambda stop: _("being lifted") if stop.lifted_at else _("stopped"),
            becomes=lambda _stop: _("being lifted"),
            refusal=lambda stop, _look: stopping.refusal_to_lift(stop),
        ),
        along=lambda stops, _look: previews.of_clients({stop.client for stop in stops}),
    ),
)
