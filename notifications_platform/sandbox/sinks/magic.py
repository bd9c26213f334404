"""Addresses and numbers with which a client rehearses failures (runtime contract 6).

The tables are what docs/sandbox.md and the outbox page show. Everyone else is delivered to.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class MailBehaviour:
    """`at_recipient` and `at_content` are SMTP answers; `pause` comes before the last answer."""

    story: str
    at_recipient: str = ""
    at_content: str = ""
    once: bool = False
    hangs_up: bool = False
    drops: bool = False
    bounces: bool = False
    pause: timedelta = timedelta(0)


# Keyed by the local part up to a "+", so that refuse+anything@example.com works too.
MAIL: Mapping[str, MailBehaviour] = {
    "refuse": MailBehaviour(story="no such mailbox", at_recipient="550 5.1.1 No such mailbox here"),
    "malformed": MailBehaviour(
        story="the address is malformed", at_recipient="553 5.1.3 Mailbox name not allowed"
    ),
    "full": MailBehaviour(
        story="the mailbox is full, always", at_recipient="452 4.2.2 Mailbox full"
    ),
    "content": MailBehaviour(
        story="the content is refused", at_content="554 5.7.1 Content refused by policy"
    ),
    "spam": MailBehaviour(story="taken for spam", at_content="550 5.7.1 Message looks like spam"),
    "greylist": MailBehaviour(
        story="put off once, then accepted",
        at_recipient="451 4.7.1 Greylisted, come back later",
        once=True,
    ),
    "busy": MailBehaviour(
        story="the server closes the connection: the whole channel pauses",
        at_recipient="421 4.3.2 Too busy, closing connection",
        hangs_up=True,
    ),
    "slow": MailBehaviour(story="accepted after 3 seconds", pause=timedelta(seconds=3)),
    "stall": MailBehaviour(
        story="no answer for 2 minutes, longer than any sender waits", pause=timedelta(minutes=2)
    ),
    "drop": MailBehaviour(story="the connection breaks after the content", drops=True),
    "bounce": MailBehaviour(
        story="accepted; a bounce follows to the envelope sender", bounces=True
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A delivery report and how long after the message it is made."""

    state: str
    after: timedelta = timedelta(seconds=0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsBehaviour:
    """What befalls one message, or by `breaks_call` the whole call it came in."""

    story: str
    refused: str = ""
    reports: tuple[Report, ...] = ()
    answers_after: timedelta = timedelta(0)
    breaks_call: str = ""


def _reported(state: str) -> SmsBehaviour:
    return SmsBehaviour(story=f"accepted, then reported {state}", reports=(Report(state=state),))


_DELIVERED = Report(state="DELIVRD")
ORDINARY = SmsBehaviour(story="delivered", reports=(_DELIVERED,))

# Keyed by the receiver as the gateway gets it; all are valid Norwegian mobile numbers.
SMS: Mapping[str, SmsBehaviour] = {
    "4740000901": SmsBehaviour(story="refused as invalid", refused="Invalid RCV: not a subscriber"),
    "4740000902": SmsBehaviour(story="refused for another reason", refused="Internal error"),
    "4740000903": SmsBehaviour(story="the whole call answers HTTP 500", breaks_call="500"),
    "4740000904": SmsBehaviour(story="the whole call answers LOGON FAIL", breaks_call="logon"),
    "4740000905": SmsBehaviour(
        story="the connection breaks, nothing was taken", breaks_call="drop"
    ),
    "4740000906": SmsBehaviour(story="no answer for 2 minutes", breaks_call="stall"),
    "4740000910": _reported("DELIVRD"),
    "4740000911": _reported("EXPIRED"),
    "4740000912": _reported("DELETED"),
    "4740000913": _reported("UNDELIV"),
    "4740000914": _reported("UNKNOWN"),
    "4740000915": _reported("REJECTD"),
    "4740000916": _reported("FAILED"),
    "4740000917": _reported("NULL"),
    "4740000918": _reported("BARRED"),
    "4740000920": SmsBehaviour(story="accepted, never reported"),
    "4740000921": SmsBehaviour(
        story="delivered, reported after 15 seconds",
        reports=(Report(state="DELIVRD", after=timedelta(seconds=15)),),
    ),
    "4740000922": SmsBehaviour(
        story="delivered, reported twice",
        reports=(_DELIVERED, Report(state="DELIVRD", after=timedelta(seconds=1))),
    ),
    "4740000923": SmsBehaviour(
        story="reported DELIVRD, then UNDELIV",
        reports=(_DELIVERED, Report(state="UNDELIV", after=timedelta(seconds=2))),
    ),
    "4740000924": SmsBehaviour(
        story="delivered and reported before the call is answered",
        reports=(Report(state="DELIVRD", after=timedelta(0)),),
        answers_after=timedelta(seconds=1.5),
    ),
}

_LOCAL_PART = re.compile(r'"?([^+@"]*)')


def of_address(address: str) -> MailBehaviour | None:
    """How the mail sink treats this recipient; None: like a good one."""
    found = _LOCAL_PART.match(address)
    return MAIL.get(found[1].lower()) if found else None


def of_number(receiver: str) -> SmsBehaviour:
    """How the SMS sink treats this receiver, digits with country code."""
    return SMS.get(receiver, ORDINARY)
