"""The story of one order, from whom it was placed by to the end of its messages; and what an order
adds to the stories of its messages, and of the letter it was placed for.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F, Func, JSONField, Value
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from notifications_platform.audit.models import Entry
from notifications_platform.back_office.looking import VIEW
from notifications_platform.back_office.sections import Line, page_of
from notifications_platform.back_office.timeline import Moment, Timeline, timeline
from notifications_platform.delivery.explain import Tone, oslo, told
from notifications_platform.delivery.message_page import headlines
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel, Reason
from orders import origins
from orders.models import Order
from orders.recipients import Recipient, is_direct
from orders.states import OWNER, NotificationChannel, OrderStatus, OrderType

MOST_SHOWN = 100
# Of a larger order it is not looked up again how each recipient was given.
_MOST_RECIPIENTS = 1000
_OF_NUMBER = "$[*] ? (@.nationalIdentityNumber == $number || @.organizationNumber == $number)"
_HEAVY = ("recipients", "email_template", "sms_template")
_PLACED = {
    OrderType.NOTIFICATION: gettext_lazy("The order was placed"),
    OrderType.REMINDER: gettext_lazy("The order of the reminder was placed"),
    OrderType.INSTANT: gettext_lazy("The order was placed, to leave at once"),
    OrderType.COMPOSED: gettext_lazy("The composed order was placed"),
}
_CHANNELS = {
    NotificationChannel.EMAIL: gettext_lazy("It asks for e-mail."),
    NotificationChannel.SMS: gettext_lazy("It asks for SMS."),
    NotificationChannel.EMAIL_PREFERRED: gettext_lazy("It prefers e-mail to SMS."),
    NotificationChannel.SMS_PREFERRED: gettext_lazy("It prefers SMS to e-mail."),
    NotificationChannel.EMAIL_AND_SMS: gettext_lazy("It asks for e-mail and SMS."),
}
_FALLBACKS = {
    (NotificationChannel.EMAIL_PREFERRED, Channel.SMS): gettext_lazy(
        "E-mail is preferred, but no e-mail address was on file there: therefore SMS."
    ),
    (NotificationChannel.SMS_PREFERRED, Channel.EMAIL): gettext_lazy(
        "SMS is preferred, but no mobile number was on file there: therefore e-mail."
    ),
}
_FOUND_NOTHING: Mapping[str, Promise] = {
    Reason.RESERVED: gettext_lazy("It says that the person is reserved."),
    Reason.NOT_IDENTIFIED: gettext_lazy("It knows no address for this channel."),
}
_NAMES = {Channel.EMAIL: gettext_lazy("E-mail: {said}"), Channel.SMS: gettext_lazy("SMS: {said}")}


def story(order: Order, *, recipients: Sequence[Recipient], now: datetime) -> Timeline:
    """`recipients`: the first of them, as placed."""
    entries = _entries(order)
    return timeline(
        _("What happened"),
        [
            *origins.of(order.placed_by, order.id, order.condition_subject),
            _placed(order, who=_actor(entries, "orders.place") or order.creator),
            *_processed(order, recipients),
            *_stopped(order, entries),
            *_to_come(order, now),
        ],
    )


def before(message: Message) -> Iterator[Moment]:
    """What led to a message of an order; for its own story."""
    order = Order.objects.filter(pk=message.owner_id).defer(*_HEAVY).first()
    if order is None:
        return
    yield from origins.of(order.placed_by, order.id, order.condition_subject)
    yield _placed(order, who=order.creator, link=page_of("order", order.id))
    if not message.erasure:
        yield from _addressed(order, message)


def of_orders(
    order_ids: Collection[UUID], *, now: datetime, real: datetime
) -> dict[UUID, list[Moment]]:
    """Each message of these orders as one moment, the newest MOST_SHOWN of all; for the story of
    what they were placed for. About ten statements, however many.
    """
    messages = Message.objects.filter(owner_id__in=order_ids, owner_kind=OWNER).order_by("-id")
    shown = list(messages[:MOST_SHOWN]) if order_ids else []
    said = headlines(shown, now=now, real=real) if shown else {}
    found: dict[UUID, list[Moment]] = defaultdict(list)
    for message in reversed(shown):
        found[message.owner_id].append(message_moment(message, said[message.id]))
    return found


def message_moment(message: Message, said: Line) -> Moment:
    return Moment(
        at=message.state_at,
        what=str(_NAMES[Channel(message.channel)]).format(said=said.text),
        tone=said.tone,
        link=page_of("message", message.id),
        detail=said.step,
    )


# --- placing ------------------------------------------------------------------------------


def _placed(order: Order, *, who: str, link: str = "") -> Moment:
    later = order.requested_send_time > order.created_at
    send_time = _("It was to be sent at {at}.").format(at=oslo(order.requested_send_time))
    by_system = _("By {system}, a system of this platform, for {creator}.").format(
        system=order.placed_by, creator=order.creator
    )
    number = ngettext(
        "It has {number} recipient.", "It has {number} recipients.", order.recipient_count
    )
    return Moment(
        at=order.created_at,
        what=_PLACED[OrderType(order.type)],
        who=who,
        link=link,
        detail=told(
            by_system if order.placed_by else _("Through the API of orders."),
            _CHANNELS[order.notification_channel],
            number.format(number=order.recipient_count),
            later and send_time,
        ),
    )


def _entries(order: Order) -> list[Entry]:
    about = Entry.objects.filter(subject_kind="order", subject_id=str(order.id))
    return list(about.exclude(action=VIEW).order_by("id")[:MOST_SHOWN])


def _actor(entries: Sequence[Entry], action: str) -> str:
    return next((entry.actor for entry in entries if entry.action == action), "")


# --- processing ---------------------------------------------------------------------------


def _processed(order: Order, recipients: Sequence[Recipient]) -> Iterator[Moment]:
    first = Message.objects.filter(owner_id=order.id, owner_kind=OWNER).order_by("id").first()
    if first is None:
        return
    yield Moment(
        at=first.created_at,
        what=_("Its messages were made: {email} by e-mail, {sms} by SMS").format(
            email=order.email_generated, sms=order.sms_generated
        ),
        detail=told(_asked_first(order), _looked_up(order, recipients)),
    )
    if order.status == OrderStatus.COMPLETED:
        succeeded = order.email_succeeded + order.sms_succeeded
        yield Moment(
            at=order.status_changed_at,
            what=_("All its messages are at their end"),
            tone=Tone.GOOD if succeeded == _made(order) else Tone.BAD,
            detail=_("{out} of {made} went out.").format(out=succeeded, made=_made(order)),
        )


def _asked_first(order: Order) -> str:
    if order.condition_endpoint:
        return _("Its send condition was asked, and did not say no.")
    if order.placed_by and order.condition_subject:
        return _("The system that placed it was asked, and still wanted it sent.")
    return ""


def _looked_up(order: Order, recipients: Sequence[Recipient]) -> str:
    """Of a large order not all recipients are at hand."""
    if len(recipients) < order.recipient_count:
        return ""
    channel = order.notification_channel
    looked_up = sum(not is_direct(recipient, channel) for recipient in recipients)
    if not looked_up:
        return _("All addresses were given with the order.")
    return ngettext(
        "{number} recipient was looked up in the registers.",
        "{number} recipients were looked up in the registers.",
        looked_up,
    ).format(number=looked_up)


def _made(order: Order) -> int:
    return order.email_generated + order.sms_generated


# --- what stopped it ----------------------------------------------------------------------


def _stopped(order: Order, entries: Sequence[Entry]) -> Iterator[Moment]:
    """By a condition, its client, staff, or the system that placed it."""
    if order.status == OrderStatus.SEND_CONDITION_NOT_MET:
        yield Moment(
            at=order.status_changed_at,
            what=_("Its send condition said no: nothing is sent"),
            tone=Tone.BAD,
        )
    for entry in entries:
        if entry.action != "orders.place":
            tone, words = _ACTS.get(entry.action, (Tone.NOTE, entry.action))
            yield Moment(at=entry.at, what=words, who=entry.actor, tone=tone, detail=entry.reason)


_ACTS: Mapping[str, tuple[Tone, Promise]] = {
    "orders.cancel": (Tone.BAD, gettext_lazy("It was cancelled")),
    "orders.withdraw": (
        Tone.BAD,
        gettext_lazy("It was withdrawn: what is not sent yet, never is"),
    ),
    "orders.release": (Tone.NOTE, gettext_lazy("It was to be processed at once")),
}


# --- what is to come ----------------------------------------------------------------------


def _to_come(order: Order, now: datetime) -> Iterator[Moment]:
    if order.status not in {OrderStatus.REGISTERED, OrderStatus.PROCESSING} or order.lease_until:
        return
    due = order.due_at
    if due is None:
        what = _("It goes out when the system that placed it releases it")
        yield Moment(at=None, what=what, tone=Tone.WAITING, planned=True)
    elif due > now:
        again = order.tries or due > order.requested_send_time
        what = _("It is tried again") if again else _("Its messages are made and leave")
        yield Moment(at=due, what=what, tone=Tone.WAITING, planned=True)


# --- why this channel and this address ----------------------------------------------------


def _addressed(order: Order, message: Message) -> Iterator[Moment]:
    """Said only where it is certain."""
    kind, _colon, number = message.recipient.partition(":")
    if not number:
        yield Moment(at=message.created_at, what=_("The address was given with the order"))
        return
    given = _as_given(order, number)
    direct = {is_direct(recipient, order.notification_channel) for recipient in given}
    if direct == {True}:
        yield Moment(at=message.created_at, what=_("The address was given with the order"))
    elif direct == {False}:
        yield _found(order, message, kind)


def _as_given(order: Order, number: str) -> Sequence[Recipient]:
    """The recipients of the order that have this number."""
    if order.recipient_count > _MOST_RECIPIENTS:
        return ()
    given: Sequence[Recipient] = (
        Order.objects.filter(pk=order.pk)
        .annotate(
            given=Func(
                F("recipients"),
                Value({"number": number}, JSONField()),
                function="jsonb_path_query_array",
                arg_joiner=f", '{_OF_NUMBER}', ",
                output_field=JSONField(),
            )
        )
        .values_list("given", flat=True)
        .get()
    )
    return given


def _found(order: Order, message: Message, kind: str) -> Moment:
    register = (
        _("The recipient was looked up in the register of persons")
        if kind == "person"
        else _("The recipient was looked up in the register of organisations")
    )
    fallback = _FALLBACKS.get((order.notification_channel, Channel(message.channel)))
    why = _FOUND_NOTHING.get(message.reason, fallback)
    return Moment(at=message.created_at, what=register, detail=told(why))
