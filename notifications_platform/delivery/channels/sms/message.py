"""One SMS in the gateway's terms: who gets it, from whom, in which alphabet, for how long."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from django.conf import settings

from notifications_platform.delivery.channels.base import Content, Parcel
from notifications_platform.delivery.channels.placeholders import Cut, cut
from notifications_platform.delivery.channels.sms.gsm7 import Measured, measure

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMBER_PUNCTUATION = re.compile(r"[\s().\-/]")
_RECEIVER = re.compile(r"[1-9][0-9]{4,14}")
_LONG_NUMBER = re.compile(r"\+?\d{5,}")
_OTHER_LETTERS = str.maketrans({"ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "ß": "ss"})
_MINUTE = timedelta(minutes=1)


class InvalidReceiver(ValueError):
    """Not a telephone number."""


@dataclass(frozen=True, slots=True)
class Message:
    text: str
    ucs2: bool
    receiver: str
    sender: str
    minutes: int | None

    def elements(self) -> Iterator[tuple[str, str]]:
        """Children of MSG after its ID, in the order of the gateway's examples."""
        yield "TEXT", self.text.encode("utf-16-be").hex().upper() if self.ucs2 else self.text
        yield "RCV", self.receiver
        if self.sender:
            yield "SND", self.sender
        if self.ucs2:
            yield "OP", "9"
        if self.minutes is not None:
            yield "TTL", str(self.minutes)
        yield "RCPREQ", "Y"


def compose(parcel: Parcel) -> Message:
    """Raises InvalidReceiver."""
    common = _common(parcel.content)
    measured = common.whole or _measured(common.text.fill(parcel.values))
    return Message(
        text=measured.text,
        ucs2=measured.ucs2,
        receiver=receiver(parcel.address),
        sender=common.sender or sender(settings.SMS_SENDER),
        minutes=minutes(parcel.expires_in),
    )


@dataclass(frozen=True, slots=True)
class _Common:
    """Of a content what its messages share: `whole` where nothing in it differs. A sender that
    has nothing that a phone can show is empty.
    """

    text: Cut
    whole: Measured | None
    sender: str


@lru_cache(maxsize=64)
def _common(content: Content) -> _Common:
    text = cut(content.body, content.placeholders)
    whole = None if text.names else _measured(text.fill({}))
    return _Common(text, whole, sender(content.sender))


def _measured(text: str) -> Measured:
    return measure(_NOT_IN_XML.sub("", text).replace("\r\n", "\n").replace("\r", "\n"))


def receiver(address: str) -> str:
    """Digits with country code, neither `+` nor `00`. Raises InvalidReceiver."""
    number = _NUMBER_PUNCTUATION.sub("", address).removeprefix("+").removeprefix("00")
    if not _RECEIVER.fullmatch(number):
        raise InvalidReceiver
    return number


def sender(name: str) -> str:
    """What is left of `name` in the gateway's terms: up to 15 digits, or up to 11 letters and
    digits; empty where nothing is.
    """
    number = _NUMBER_PUNCTUATION.sub("", name).removeprefix("+").removeprefix("00")
    if number.isascii() and number.isdecimal():
        return number[:15]
    plain = unicodedata.normalize("NFKD", name.translate(_OTHER_LETTERS))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())[:11]


def minutes(expires_in: timedelta | None) -> int | None:
    """Validity in whole minutes, at least one; None where there is no expiry."""
    return None if expires_in is None else max(1, expires_in // _MINUTE)


def without_numbers(text: str) -> str:
    """A provider's words without the telephone numbers it may quote."""
    return _LONG_NUMBER.sub("…", " ".join(text.split()))[:200]
