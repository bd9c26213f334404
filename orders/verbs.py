"""What staff may do to orders: see back_office.verbs."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from notifications_platform.back_office.verbs import Doing, Look, Verb, one_by_one
from orders import services
from orders.models import Order
from orders.states import OrderStatus


def _cancel(order: Order, doing: Doing) -> None:
    services.cancel_by_staff(order.id, user=doing.user, reason=doing.reason, now=doing.now)


def _release(order: Order, doing: Doing) -> None:
    services.release_by_staff(order.id, user=doing.user, reason=doing.reason, now=doing.now)


def _recipients(orders: Sequence[Order], _look: Look) -> str:
    number = sum(order.recipient_count for order in orders)
    return ngettext(
        "Nothing is sent to {number} recipient.", "Nothing is sent to {number} recipients.", number
    ).format(number=number)


def _status(order: Order) -> str:
    return str(order.status)


VERBS = (
    Verb(
        name="cancel",
        label=gettext_lazy("Cancel order"),
        done=lambda number: ngettext(
            "{number} order cancelled.", "{number} orders cancelled.", number
        ).format(number=number),
        icon="cancel",
        warning=gettext_lazy(
            "Nothing of it will be sent. An order can be cancelled until five minutes before its "
            "send time, and not brought back."
        ),
        act=_cancel,
        foresee=one_by_one(
            state=_status,
            becomes=str(OrderStatus.CANCELLED),
            refusal=lambda order, look: services.refusal_to_staff(order, now=look.now),
        ),
        along=_recipients,
    ),
    Verb(
        name="release",
        label=gettext_lazy("Process at once"),
        done=lambda number: ngettext(
            "{number} order released.", "{number} orders released.", number
        ).format(number=number),
        icon="fast_forward",
        warning=gettext_lazy(
            "What was put off, because a register or its send condition gave no answer, is tried "
            "now. No order leaves before its send time, nor while it is on hold."
        ),
        act=_release,
        foresee=one_by_one(
            state=_status,
            becomes=lambda _order: _("processed at once"),
            refusal=lambda order, look: services.refusal_to_release(order, now=look.now),
        ),
    ),
)
