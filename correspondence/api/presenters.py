"""Letters as the answers show them (correspondence contract 4.4, 6.2, 6.3). What has no value is
null; keys are exactly those of the contract.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from correspondence.attachments import AttachmentView
from correspondence.file_names import file_type
from correspondence.identifiers import as_answered
from correspondence.initialize import Answer, Initialized, Notified
from correspondence.models import LetterAttachment, LetterNotification, StatusEntry
from correspondence.reading import Seen, SeenInDetail
from correspondence.states import AttachmentStatus, CorrespondenceStatus, NotificationChannel
from orders.following import NotificationSeen, OrderSeen

_NO_ORDER = UUID(int=0)


def initialized(answer: Answer) -> dict[str, Any]:
    return {
        "correspondences": [_initialized(one) for one in answer.correspondences],
        "attachmentIds": list(answer.attachment_ids),
    }


def _initialized(one: Initialized) -> dict[str, Any]:
    return {
        "correspondenceId": one.correspondence_id,
        "status": one.status.name,
        "recipient": as_answered(one.recipient),
        "notifications": [_notified(each) for each in one.notifications],
    }


def _notified(one: Notified) -> dict[str, Any]:
    return {
        "orderId": one.order_id or _NO_ORDER,
        "isReminder": one.is_reminder,
        "status": one.status.value,
    }


# ---------------------------------------------------------------- reading
def overview(seen: Seen) -> dict[str, Any]:
    one, letter = seen.one, seen.one.letter
    return {
        "correspondenceId": one.id,
        "resourceId": one.resource_id,
        "sender": one.sender,
        "sendersReference": letter.senders_reference,
        "messageSender": letter.message_sender,
        "recipient": one.recipient,
        "content": _content(seen),
        "requestedPublishTime": one.requested_publish_time,
        "dueDateTime": letter.due_date_time,
        "externalReferences": letter.external_references,
        "propertyList": letter.property_list,
        "replyOptions": letter.reply_options,
        "notification": None,
        "ignoreReservation": letter.ignore_reservation,
        "isConfirmationNeeded": letter.is_confirmation_needed,
        "isConfidential": letter.is_confidential,
        "allowForwarding": letter.allow_forwarding,
        "created": one.created_at,
        "published": one.published,
        "read": one.read,
        "status": CorrespondenceStatus(one.status).name,
        "statusText": one.status_text,
        "statusChanged": one.status_changed,
        "notifications": [
            {"notificationOrderId": each.order_id or _NO_ORDER, "isReminder": each.is_reminder}
            for each in seen.notifications
        ],
        "altinn2CorrespondenceId": None,
    }


def _content(seen: Seen) -> dict[str, Any]:
    return {
        "language": seen.one.letter.language,
        "messageTitle": seen.texts.title,
        "messageSummary": seen.texts.summary,
        "messageBody": seen.texts.body,
        "attachments": [_attachment(use) for use in seen.attachments],
    }


def _attachment(use: LetterAttachment) -> dict[str, Any]:
    one = use.attachment
    return {
        "id": one.id,
        "fileName": one.file_name,
        "displayName": one.display_name,
        "isEncrypted": one.is_encrypted,
        "checksum": one.checksum,
        "sendersReference": one.senders_reference,
        "expirationInDays": one.expiration_in_days,
        "expirationTime": use.expiration_time,
        "dataLocationType": "AltinnCorrespondenceAttachment",
        "created": one.created_at,
        "status": AttachmentStatus(one.status).name,
        "statusText": one.status_text,
        "statusChanged": one.status_changed,
        "dataType": data_type(one.file_name),
    }


def data_type(file_name: str) -> str | None:
    known = file_type(file_name)
    return known.data_type if known else None


def details(detail: SeenInDetail) -> dict[str, Any]:
    # Whom else the sender has told is not the recipient's to know.
    is_sender = detail.seen.standing.as_sender
    notifications = [
        _order(order, is_reminder=each.is_reminder, with_addresses=is_sender or not each.is_custom)
        if (order := detail.orders.get(each.order_id or _NO_ORDER))
        else _no_order(detail.seen, each)
        for each in detail.seen.notifications
    ]
    return overview(detail.seen) | {
        "notifications": notifications,
        "statusHistory": history(detail.history),
        "systemLabel": "Default",
    }


def history(entries: Iterable[StatusEntry]) -> list[dict[str, Any]]:
    return [
        {
            "status": CorrespondenceStatus(entry.status).name,
            "statusText": entry.text,
            "statusChanged": entry.at,
        }
        for entry in entries
    ]


# ---------------------------------------------------------------- attachments
def attachment(seen: AttachmentView) -> dict[str, Any]:
    one = seen.attachment
    return {
        "attachmentId": one.id,
        "resourceId": one.resource_id,
        "sender": one.sender,
        "fileName": one.file_name,
        "displayName": one.display_name,
        "isEncrypted": one.is_encrypted,
        "checksum": one.checksum,
        "sendersReference": one.senders_reference,
        "expirationInDays": one.expiration_in_days,
        "status": AttachmentStatus(one.status).name,
        "statusText": one.status_text,
        "statusChanged": one.status_changed,
        "correspondenceIds": list(seen.correspondence_ids),
        "dataType": seen.data_type,
    }


def attachment_details(seen: AttachmentView) -> dict[str, Any]:
    return attachment(seen) | {
        "statusHistory": [
            {
                "status": AttachmentStatus(entry.status).name,
                "statusText": entry.text,
                "statusChanged": entry.at,
            }
            for entry in seen.history
        ]
    }


# ---------------------------------------------------------------- notifications (8.6)
def _no_order(seen: Seen, each: LetterNotification) -> dict[str, Any]:
    """Asked for, and it could not be made."""
    letter = seen.one.letter
    asked = (letter.notification or {}).get("reminder" if each.is_reminder else "main", {})
    return {
        "id": _NO_ORDER,
        "sendersReference": f"corr-{letter.senders_reference}",
        "creator": letter.service_owner,
        "created": seen.one.created_at,
        "isReminder": each.is_reminder,
        "notificationChannel": NotificationChannel(asked["channel"]).name if asked else None,
        "ignoreReservation": letter.ignore_reservation,
        "resourceId": seen.one.resource_id,
        "processingStatus": {
            "status": "Failed",
            "description": "No order could be made.",
            "lastUpdate": seen.one.created_at,
        },
        "notificationStatusDetails": None,
    }


def _order(order: OrderSeen, *, is_reminder: bool, with_addresses: bool) -> dict[str, Any]:
    return {
        "id": order.id,
        "sendersReference": order.senders_reference,
        "creator": order.creator,
        "created": order.created,
        "isReminder": is_reminder,
        "notificationChannel": order.channel,
        "ignoreReservation": order.ignore_reservation,
        "resourceId": order.resource_id,
        "processingStatus": {
            "status": order.status,
            "description": order.description,
            "lastUpdate": order.status_changed,
        },
        "notificationStatusDetails": _sent(order.notifications, with_addresses=with_addresses)
        if order.notifications
        else None,
    }


def _sent(notifications: Iterable[NotificationSeen], *, with_addresses: bool) -> dict[str, Any]:
    """Newest of each channel, and all."""
    by_channel: dict[str, list[dict[str, Any]]] = {"email": [], "sms": []}
    for each in notifications:
        by_channel[each.channel].append(_notification(each, with_addresses=with_addresses))
    emails, smses = by_channel["email"], by_channel["sms"]
    return {
        "email": emails[-1] if emails else None,
        "sms": smses[-1] if smses else None,
        "emails": emails,
        "smses": smses,
    }


def _notification(each: NotificationSeen, *, with_addresses: bool) -> dict[str, Any]:
    """`with_addresses`: also whom it went to, where that is somebody else than the reader."""
    address = (with_addresses and each.address) or None
    return {
        "id": each.id,
        "succeeded": each.succeeded,
        "recipient": {
            "emailAddress": address if each.channel == "email" else None,
            "mobileNumber": address if each.channel == "sms" else None,
            "organizationNumber": (with_addresses and each.organization_number) or None,
            "nationalIdentityNumber": (with_addresses and each.national_identity_number) or None,
            "isReserved": each.is_reserved,
        },
        "sendStatus": {
            "status": each.status,
            "description": each.description,
            "lastUpdate": each.status_changed,
        },
    }
