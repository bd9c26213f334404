"""What an SMTP server's replies mean for one message (delivery contract 3).

- MAIL: 4xx, this message later; 5xx, the content's sender is refused for good, but where the
  sender is EMAIL_RETURN_PATH, no message could leave: the channel pauses.
- RCPT: 4xx, this message later; 5xx, bounced, whatever the server finds wrong with it.
- DATA, and the end of the data: 4xx, this message later; 5xx, the content is refused.

421 anywhere pauses the channel, as do 5xx replies by which the server refuses us rather than
a message; a command that it does not know or expect means that we are out of step with it.
"""

import re
from typing import NamedTuple

from notifications_platform.delivery.channels.base import (
    Permanent,
    ProviderUnavailable,
    Sent,
    Transient,
    Verdict,
)
from notifications_platform.delivery.states import Reason

CLOSING = 421
GO_AHEAD = 354
# Host takes no mail, authentication wanted or failed, transaction refused outright.
_REFUSES_US = {521, 530, 534, 535, 538, 554}
_OUT_OF_STEP = {500, 502, 503}
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_LONGEST = 200


class Reply(NamedTuple):
    """A server's reply; `raw` are its words, line by line."""

    code: int
    raw: bytes

    @property
    def text(self) -> str:
        return " ".join(self.raw.decode("utf-8", "replace").split())


class OutOfStep(Exception):
    """The reply makes no sense where it came: the connection is of no more use."""


def verdict_on_sender(reply: Reply, address: str, *, ours: bool) -> Verdict | None:
    """None: go on. `ours`: the envelope sender is the platform's own, not the content's.
    Raises ProviderUnavailable, OutOfStep.
    """
    if reply.code // 100 == 5 and (ours or reply.code in _REFUSES_US):
        _judge_step(reply)
        raise ProviderUnavailable(told(reply, address))
    return _verdict(reply, address, Reason.CONTENT_REFUSED)


def verdict_on_receiver(reply: Reply, address: str) -> Verdict | None:
    """None: go on. Raises ProviderUnavailable, OutOfStep."""
    return _verdict(reply, address, Reason.BOUNCED)


def verdict_on_data(reply: Reply, address: str) -> Verdict | None:
    """None: the server waits for the content. Raises ProviderUnavailable, OutOfStep."""
    if reply.code == GO_AHEAD:
        return None
    return _verdict(reply, address, Reason.CONTENT_REFUSED) or _out_of_step()


def verdict_on_content(reply: Reply, address: str) -> Verdict:
    """After the end of the data. Raises ProviderUnavailable, OutOfStep."""
    refused = _verdict(reply, address, Reason.CONTENT_REFUSED)
    return refused or Sent(answer=told(reply, address))


def heed_closing(reply: Reply) -> None:
    """Raises ProviderUnavailable where the server says that it closes."""
    if reply.code == CLOSING:
        raise ProviderUnavailable(f"{reply.code} {reply.text}"[:_LONGEST])


def told(reply: Reply, address: str) -> str:
    """The reply in at most 200 characters, without the receiver's address."""
    text = f"{reply.code} {reply.text}".strip()
    local = address.rpartition("@")[0]
    if "@" in text or local.lower() in text.lower():
        text = _ADDRESS.sub("…", text)
        text = re.sub(rf"(?<!\w){re.escape(local)}(?!\w)", "…", text, flags=re.IGNORECASE)
    return text[:_LONGEST]


def _verdict(reply: Reply, address: str, reason: Reason) -> Verdict | None:
    if reply.code // 100 == 2:
        return None
    _judge_step(reply)
    match reply.code // 100:
        case 4:
            return Transient(told(reply, address))
        case 5:
            return Permanent(reason, told(reply, address))
    return _out_of_step()


def _judge_step(reply: Reply) -> None:
    heed_closing(reply)
    if reply.code in _OUT_OF_STEP:
        raise OutOfStep


def _out_of_step() -> Verdict:
    raise OutOfStep
