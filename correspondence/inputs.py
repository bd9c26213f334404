"""What a sender asks for, read and checked for shape: one frozen value per request object.

Names are the contract's in Python's spelling; instants are aware datetimes in UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from correspondence.states import (
    EmailContentType,
    NotificationChannel,
    NotificationTemplate,
    ReferenceType,
)

# Characters of a letter's texts and links.
LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_BODY, LONGEST_LINK = 255, 255, 30_000, 255
LONGEST_LINK_TEXT = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttachment:
    """`expiration_in_days` None: never. `checksum` empty: none given."""

    file_name: str
    senders_reference: str
    display_name: str | None = None
    is_encrypted: bool = False
    checksum: str = ""
    expiration_in_days: int | None = None
    resource_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomRecipient:
    """Of the four, those that were given; exactly one in a sound request."""

    email_address: str = ""
    mobile_number: str = ""
    organization_number: str = ""
    national_identity_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationTexts:
    """What a main or a reminder notification says, as given; keywords are still in it."""

    channel: NotificationChannel
    email_subject: str = ""
    email_body: str = ""
    sms_body: str = ""
    email_content_type: EmailContentType = EmailContentType.Plain


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotification:
    """`template` is the number as given: one that does not exist is a business error."""

    template: NotificationTemplate | int
    main: NotificationTexts
    reminder: NotificationTexts
    send_reminder: bool = False
    custom_recipients: Sequence[CustomRecipient] = ()
    override_registered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalReference:
    value: str
    type: ReferenceType


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyOption:
    link_url: str
    link_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContent:
    """`language` as given, lower case, `nb` where none was."""

    language: str
    title: str
    body: str
    summary: str = ""
    attachments: Sequence[NewAttachment] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLetter:
    """One initialize request. `recipients` are in the stored form, as listed, doubles included."""

    resource_id: str
    senders_reference: str
    content: NewContent
    recipients: Sequence[str]
    message_sender: str = ""
    requested_publish_time: datetime | None = None
    due_date_time: datetime | None = None
    allow_system_delete_after: datetime | None = None
    external_references: Sequence[ExternalReference] = ()
    property_list: Mapping[str, str] = field(default_factory=dict)
    reply_options: Sequence[ReplyOption] = ()
    notification: NewNotification | None = None
    ignore_reservation: bool | None = None
    is_confirmation_needed: bool = False
    is_confidential: bool = False
    allow_forwarding: bool = False
    existing_attachments: Sequence[UUID] = ()
    idempotent_key: UUID | None = None
