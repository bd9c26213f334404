"""The tables of `correspondence`, by what they hold."""

from correspondence.models.attachments import (
    Attachment,
    AttachmentStatusEntry,
    LetterAttachment,
)
from correspondence.models.correspondences import (
    Correspondence,
    IdempotencyKey,
    Letter,
    LetterNotification,
    StatusEntry,
)
from correspondence.models.events import Event

__all__ = [
    "Attachment",
    "AttachmentStatusEntry",
    "Correspondence",
    "Event",
    "IdempotencyKey",
    "Letter",
    "LetterAttachment",
    "LetterNotification",
    "StatusEntry",
]
