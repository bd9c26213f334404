"""Statuses of letters and attachments, and the words around them (correspondence contract 5.4,
7, 8). Numbers are wire numbers.
"""

from enum import IntEnum, StrEnum
from typing import TypeVar

from notifications_platform.core.states import StateMachine

SYSTEM = "correspondence"
# How the outbox calls the owner of a webhook: not a letter, one of its events.
EVENT_OWNER = "correspondence_event"


class CorrespondenceStatus(IntEnum):
    Initialized = 0
    ReadyForPublish = 1
    Published = 2
    Fetched = 3
    Read = 4
    Replied = 5
    Confirmed = 6
    PurgedByRecipient = 7
    PurgedByAltinn = 8
    Archived = 9
    Reserved = 10
    Failed = 11
    AttachmentsDownloaded = 12
    Forwarded = 13

    @property
    def bit(self) -> int:
        """Its place in the set of all that a letter has ever been."""
        return 1 << self.value


_S = CorrespondenceStatus
PURGED = frozenset({_S.PurgedByRecipient, _S.PurgedByAltinn})
# In these a recipient sees the letter.
AVAILABLE = frozenset(
    {
        _S.Published,
        _S.Fetched,
        _S.Read,
        _S.Replied,
        _S.Confirmed,
        _S.Archived,
        _S.AttachmentsDownloaded,
        _S.Forwarded,
    }
)
# Before publication, and where there never will be one: the sender may still purge.
UNPUBLISHED = frozenset({_S.Initialized, _S.ReadyForPublish, _S.Failed, _S.Reserved})


def current(ever: int) -> CorrespondenceStatus:
    """Of all that a letter has ever been (a set of bits): a purge if there is one, else the
    highest, Fetched not counted (contract 7.1).
    """
    been = [status for status in _S if ever & status.bit]
    for status in been:
        if status in PURGED:
            return status
    return max((status for status in been if status is not _S.Fetched), default=_S.Fetched)


class AttachmentStatus(IntEnum):
    Initialized = 0
    UploadProcessing = 1
    Published = 2
    Purged = 3
    Failed = 4
    Expired = 5


_READ_ON = {_S.Replied, _S.Confirmed, _S.Archived, _S.AttachmentsDownloaded, _S.Forwarded}
# What may follow as the current status. Fetched is in the history only, and changes nothing.
CORRESPONDENCE: StateMachine[CorrespondenceStatus] = StateMachine(
    {
        _S.Initialized: {_S.ReadyForPublish, _S.Reserved, _S.Failed, _S.PurgedByAltinn},
        _S.ReadyForPublish: {_S.Published, _S.Failed, _S.PurgedByAltinn},
        _S.Published: {_S.Fetched, _S.Read, *_READ_ON, *PURGED},
        _S.Fetched: {_S.Read, *_READ_ON, *PURGED},
        _S.Read: {*_READ_ON, *PURGED},
        _S.Replied: {*_READ_ON, *PURGED},
        _S.Confirmed: {*_READ_ON, *PURGED},
        _S.Archived: {*_READ_ON, *PURGED},
        _S.AttachmentsDownloaded: {*_READ_ON, *PURGED},
        _S.Forwarded: {*_READ_ON, *PURGED},
        _S.Failed: {_S.PurgedByAltinn},
        _S.Reserved: {_S.PurgedByAltinn},
        _S.PurgedByRecipient: set(),
        _S.PurgedByAltinn: set(),
    }
)


_A = AttachmentStatus
ATTACHMENT: StateMachine[AttachmentStatus] = StateMachine(
    {
        _A.Initialized: {_A.UploadProcessing, _A.Purged},
        _A.UploadProcessing: {_A.Published, _A.Failed},
        _A.Published: {_A.Purged, _A.Expired},
        _A.Failed: {_A.Purged},
        _A.Expired: set(),
        _A.Purged: set(),
    }
)


class NotificationResult(StrEnum):
    """What became of an order, as the answer to initialize says it (seed)."""

    Success = "Success"
    MissingContact = "MissingContact"
    Failure = "Failure"


class NotificationTemplate(IntEnum):
    CustomMessage = 0
    GenericAltinnMessage = 1


class NotificationChannel(IntEnum):
    Email = 0
    Sms = 1
    EmailPreferred = 2
    SmsPreferred = 3
    EmailAndSms = 4


class EmailContentType(IntEnum):
    Plain = 0
    Html = 1


class ReferenceType(IntEnum):
    Generic = 0
    AltinnAppInstance = 1
    AltinnBrokerFileTransfer = 2
    DialogportenDialogId = 3
    DialogportenProcessId = 4
    DialogportenTransmissionId = 5
    DialogportenTransmissionType = 6


class TransmissionType(IntEnum):
    Information = 1
    Acceptance = 2
    Rejection = 3
    Request = 4
    Alert = 5
    Decision = 6
    Submission = 7
    Correction = 8


class Role(IntEnum):
    Recipient = 0
    Sender = 1
    RecipientAndSender = 2


E_ = TypeVar("E_", bound=IntEnum)


def named(kind: type[E_], given: object) -> E_ | None:
    """The member by name in any case, or by number; None if there is none such."""
    if isinstance(given, bool):
        return None
    if isinstance(given, int):
        return next((one for one in kind if one.value == given), None)
    if isinstance(given, str):
        if given.isascii() and given.isdecimal():
            return next((one for one in kind if str(one.value) == given), None)
        return next((one for one in kind if one.name.lower() == given.lower()), None)
    return None
