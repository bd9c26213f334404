"""From the members of a request to the value that services take."""

from collections.abc import Mapping, Sequence
from typing import Any

from correspondence.identifiers import stored_resource
from correspondence.inputs import (
    ExternalReference,
    NewAttachment,
    NewContent,
    NewLetter,
    ReplyOption,
)
from correspondence.requests.collecting import collect
from correspondence.requests.notifications import new_notification
from correspondence.requests.shapes import AttachmentShape, InitializeShape

_INITIALIZE, _ATTACHMENT = InitializeShape(), AttachmentShape()
_LANGUAGE = "nb"


def read_letter(body: Any) -> NewLetter:
    """`body`: what a JSON body says, or `forms.as_body` of a form. Raises ShapeError."""
    request = collect(_INITIALIZE, body)
    letter: Mapping[str, Any] = request["correspondence"]
    asked = letter.get("notification")
    return NewLetter(
        resource_id=stored_resource(letter["resourceId"]),
        senders_reference=letter["sendersReference"],
        content=_content(letter["content"]),
        recipients=request["recipients"],
        message_sender=_unless_blank(letter.get("messageSender", "")),
        requested_publish_time=letter.get("requestedPublishTime"),
        due_date_time=letter.get("dueDateTime"),
        allow_system_delete_after=letter.get("allowSystemDeleteAfter"),
        external_references=[
            ExternalReference(value=one["referenceValue"], type=one["referenceType"])
            for one in letter.get("externalReferences", ())
        ],
        property_list=letter.get("propertyList", {}),
        reply_options=[
            ReplyOption(link_url=one.get("linkURL", ""), link_text=one.get("linkText"))
            for one in letter.get("replyOptions", ())
        ],
        notification=new_notification(asked) if asked is not None else None,
        ignore_reservation=letter.get("ignoreReservation"),
        is_confirmation_needed=letter.get("isConfirmationNeeded", False),
        is_confidential=letter.get("isConfidential", False),
        allow_forwarding=letter.get("allowForwarding", False),
        existing_attachments=request.get("existingAttachments", ()),
        idempotent_key=request.get("idempotentKey"),
    )


def read_attachment(body: Any) -> NewAttachment:
    """Of POST /attachment. Raises ShapeError."""
    return _attachment(collect(_ATTACHMENT, body))


def _content(content: Mapping[str, Any]) -> NewContent:
    return NewContent(
        language=_unless_blank(content.get("language", "")).lower() or _LANGUAGE,
        title=content.get("messageTitle", ""),
        body=content.get("messageBody", ""),
        summary=content.get("messageSummary", ""),
        attachments=_attachments(content.get("attachments", ())),
    )


def _attachments(given: Sequence[Mapping[str, Any]]) -> list[NewAttachment]:
    return [_attachment(one) for one in given]


def _attachment(given: Mapping[str, Any]) -> NewAttachment:
    return NewAttachment(
        file_name=given.get("fileName", ""),
        senders_reference=given["sendersReference"],
        display_name=given.get("displayName"),
        is_encrypted=given.get("isEncrypted", False),
        checksum=given.get("checksum", ""),
        expiration_in_days=given.get("expirationInDays"),
        resource_id=stored_resource(given.get("resourceId", "")),
    )


def _unless_blank(text: str) -> str:
    return text if text.strip() else ""
