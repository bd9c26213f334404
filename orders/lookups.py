"""The look-up at placing: its result is shown, the order is not changed (contract 4.5, 7.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from notifications_platform.registers.lookup import RegisterUnavailable
from orders import recipients as reach
from orders.new_orders import NewOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientLookup:
    """What the registers said at placing about recipients without a direct address.

    `reaches_some`: whether one of them at least would be sent to as things stand. Unlike the
    lists it heeds the order's `ignore_reservation`.
    """

    status: str
    is_reserved: Sequence[str]
    missing_contact: Sequence[str]
    reaches_some: bool


def look_up(orders: Sequence[NewOrder], *, now: datetime) -> list[RecipientLookup | None]:
    """One result per order, None where nobody had to be looked up; official addresses only.

    Asks each register for all orders together, and maybe over the network: no transaction may
    be open. Raises RegisterUnavailable.
    """
    asked = [_asked(order) for order in orders]
    known = reach.look_up((one for some in asked for one in some), now=now)
    return [
        _result(order, recipients, known) if recipients else None
        for order, recipients in zip(orders, asked, strict=True)
    ]


def look_up_each(
    orders: Sequence[NewOrder], *, now: datetime
) -> list[RecipientLookup | RegisterUnavailable | None]:
    """Likewise, but a register that does not answer is the result of those orders that need it,
    and hurts no others.
    """
    asked = [_asked(order) for order in orders]
    everyone = [one for some in asked for one in some]
    down: dict[bool, RegisterUnavailable] = {}
    known = reach.Known()
    for persons in (True, False):
        try:
            answer = reach.look_up((one for one in everyone if _is_person(one) is persons), now=now)
        except RegisterUnavailable as error:
            down[persons] = error
        else:
            known = reach.Known(
                {**known.persons, **answer.persons},
                {**known.organizations, **answer.organizations},
            )
    return [
        _unanswered(recipients, down) or (_result(order, recipients, known) if recipients else None)
        for order, recipients in zip(orders, asked, strict=True)
    ]


def _unanswered(
    recipients: Sequence[reach.Recipient], down: dict[bool, RegisterUnavailable]
) -> RegisterUnavailable | None:
    return next((down[_is_person(one)] for one in recipients if _is_person(one) in down), None)


def _is_person(recipient: reach.Recipient) -> bool:
    return bool(recipient.get("nationalIdentityNumber"))


def _asked(order: NewOrder) -> list[reach.Recipient]:
    """Those without an address that the channel can use, but with a number to look for."""
    needing = reach.needing_lookup(order.recipients, order.channel)
    return [one for one in needing if _number(one)]


def _number(recipient: reach.Recipient) -> str:
    return recipient.get("nationalIdentityNumber") or recipient.get("organizationNumber", "")


def _result(
    order: NewOrder, asked: Sequence[reach.Recipient], known: reach.Known
) -> RecipientLookup:
    reserved: dict[str, None] = {}
    missing: dict[str, None] = {}
    everyone: set[str] = set()
    reaches_some = False
    for recipient in asked:
        number = _number(recipient)
        everyone.add(number)
        identified = known.of(recipient)
        reachable = identified.has_address_for(order.channel)
        if identified.reserved:
            reserved[number] = None
        elif not reachable:
            missing[number] = None
        may_be_told = order.ignore_reservation or not identified.reserved
        reaches_some = reaches_some or (reachable and may_be_told)
    unreachable = len(reserved) + len(missing)
    some = "PartialSuccess" if unreachable else "Success"
    return RecipientLookup(
        status="Failed" if unreachable == len(everyone) else some,
        is_reserved=list(reserved),
        missing_contact=list(missing),
        reaches_some=reaches_some,
    )
