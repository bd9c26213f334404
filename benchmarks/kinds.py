"""Mail and SMS: how an order of each looks, and where its messages arrive."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.platform import Platform
from benchmarks.sinks import Sink

BODY = "Hei! Du har fått et nytt brev i innboksen. Logg inn for å lese det. " * 3
RECIPIENTS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`path` and `texts` of its orders, the `member` that holds an address, its `sink`."""

    name: str
    path: str
    texts: Mapping[str, str]
    member: str
    address: Callable[[int], str]
    sink: Callable[[Platform], Sink]

    def addresses(self, orders: int) -> list[str]:
        return [self.address(number) for number in range(orders * RECIPIENTS)]

    def orders(self, count: int) -> list[Mapping[str, Any]]:
        """So many orders of 2,000 recipients."""
        addresses = self.addresses(count)
        return [
            self._order(addresses[start : start + RECIPIENTS])
            for start in range(0, len(addresses), RECIPIENTS)
        ]

    def _order(self, addresses: Sequence[str]) -> Mapping[str, Any]:
        return {**self.texts, "recipients": [{self.member: address} for address in addresses]}


MAIL = Kind(
    name="e-mail",
    path="/email",
    texts={"subject": "Nytt brev", "body": BODY},
    member="emailAddress",
    address=lambda number: f"receiver{number}@bench.example",
    sink=lambda platform: platform.sinks.mail,
)
SMS = Kind(
    name="SMS",
    path="/sms",
    texts={"body": BODY},
    member="mobileNumber",
    address=lambda number: f"+47{40_000_000 + number}",
    sink=lambda platform: platform.sinks.sms,
)
