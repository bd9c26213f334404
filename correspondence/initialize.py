"""Initialize: one letter for up to 500 recipients, each with a correspondence and notification
orders of its own, in one transaction (correspondence contract 4, 8.3; seed).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from django.db import IntegrityError, transaction

from correspondence import attachments, events, lifetimes, notifications, placing
from correspondence.callers import ORGANIZATION_URN, Party
from correspondence.errors import BusinessError
from correspondence.events import Happened
from correspondence.inputs import NewLetter
from correspondence.models import (
    Attachment,
    Correspondence,
    IdempotencyKey,
    Letter,
    LetterAttachment,
    LetterNotification,
    StatusEntry,
)
from correspondence.notifications import About, Planned
from correspondence.placing import Lookups, Placed
from correspondence.preparing import Prepared, Recipient, key_used
from correspondence.states import (
    AttachmentStatus,
    CorrespondenceStatus,
    NotificationResult,
)
from correspondence.texts import RECIPIENT_NAME, with_name
from notifications_platform.audit import trail
from notifications_platform.audit.models import Entry
from notifications_platform.core.inserting import fresh, insert_together
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.http import correlation

_S = CorrespondenceStatus
# Of own texts in one statement.
_MOST_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """`order_id` None where making the order failed."""

    order_id: UUID | None
    is_reminder: bool
    status: NotificationResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialized:
    correspondence_id: UUID
    status: CorrespondenceStatus
    recipient: str
    notifications: Sequence[Notified]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    correspondences: Sequence[Initialized]
    attachment_ids: Sequence[UUID]


def initialize(
    prepared: Prepared, attachments: Sequence[Attachment], *, caller: Party, now: datetime
) -> Answer:
    """Store what has been checked by `preparing.prepare`. `attachments` are the new ones of this
    request, not stored yet, their bytes in storage.

    Raises BusinessError 1034 where another call has used the key meanwhile.
    """
    draft = _Draft(prepared, attachments, caller, now)
    planned = list(draft.planned())
    looked_up = placing.look_up(planned, now=now)
    try:
        with transaction.atomic():
            notified = draft.store(planned, looked_up)
    except IntegrityError:
        raise _key_used(prepared.new, caller) from None
    return draft.answer(notified)


def _key_used(new: NewLetter, caller: Party) -> Exception:
    key = new.idempotent_key
    used = IdempotencyKey.objects.filter(pk=key).first() if key else None
    if used is None:
        raise RuntimeError("A unique key was broken that is not the idempotency key.")
    return key_used(used, caller)


class _Draft:
    """The rows of one call."""

    def __init__(
        self,
        prepared: Prepared,
        attachments: Sequence[Attachment],
        caller: Party,
        now: datetime,
    ) -> None:
        self.prepared, self.new, self.now = prepared, prepared.new, now
        self.caller = caller
        self.attachments = attachments
        self.publish_time = max(now, self.new.requested_publish_time or now)
        self.sender = ORGANIZATION_URN + prepared.owner.organization_number
        self.letter = self._letter()
        self.correspondences = [
            self._correspondence(position, recipient)
            for position, recipient in enumerate(prepared.recipients)
        ]

    def _letter(self) -> Letter:
        new = self.new
        return Letter(
            resource_id=self.prepared.resource.resource_id,
            service_owner=self.prepared.owner.org,
            sender=self.sender,
            senders_reference=new.senders_reference,
            message_sender=new.message_sender,
            language=new.content.language,
            title=new.content.title,
            summary=new.content.summary,
            body=new.content.body,
            requested_publish_time=new.requested_publish_time,
            due_date_time=new.due_date_time,
            allow_system_delete_after=new.allow_system_delete_after,
            external_references=[
                {"referenceValue": one.value, "referenceType": one.type.name}
                for one in new.external_references
            ],
            property_list=dict(new.property_list),
            reply_options=[
                {"linkURL": one.link_url, "linkText": one.link_text} for one in new.reply_options
            ],
            notification=asdict(new.notification) if new.notification else None,
            ignore_reservation=new.ignore_reservation,
            is_confirmation_needed=new.is_confirmation_needed,
            is_confidential=new.is_confidential,
            allow_forwarding=new.allow_forwarding,
            client=self.caller.client_name,
            correlation_id=correlation.current(),
            created_at=self.now,
        )

    def _correspondence(self, position: int, recipient: Recipient) -> Correspondence:
        reserved = recipient.reserved and not self.new.ignore_reservation
        first = _S.Reserved if reserved else self._first_status()
        return fresh(
            Correspondence,
            letter_id=self.letter.id,
            position=position,
            resource_id=self.letter.resource_id,
            sender=self.sender,
            recipient=recipient.urn,
            recipient_name=recipient.name,
            status=first.value,
            status_text=first.name,
            status_changed=self.now,
            ever=first.bit | (0 if reserved else _S.Initialized.bit),
            requested_publish_time=self.publish_time,
            created_at=self.now,
            publish_at=None if first is not _S.ReadyForPublish else self.publish_time,
            due_at=None if reserved else self.new.due_date_time,
            own_title=self._own(self.new.content.title, recipient.name),
        )

    def _first_status(self) -> CorrespondenceStatus:
        outstanding = any(one.status != AttachmentStatus.Published for one in self.attachments)
        return _S.Initialized if outstanding else _S.ReadyForPublish

    def _own(self, text: str, name: str) -> str | None:
        return with_name(text, name) if RECIPIENT_NAME in text else None

    # ------------------------------------------------------------ notifications
    def planned(self) -> Iterator[Planned]:
        asked, wording = self.new.notification, self.prepared.wording
        if asked is None or wording is None:
            return
        for one in self.correspondences:
            if one.status != _S.Reserved:
                yield from notifications.plan(asked, wording, self._about(one))

    def _about(self, one: Correspondence) -> About:
        return About(
            correspondence_id=one.id,
            recipient=one.recipient,
            recipient_name=one.recipient_name,
            title=one.own_title or self.letter.title,
            resource_id=self.letter.resource_id,
            senders_reference=self.letter.senders_reference,
            creator=self.prepared.owner.org,
            ignore_reservation=self.new.ignore_reservation,
            publish_time=self.publish_time,
        )

    # ------------------------------------------------------------ storing
    def store(
        self, planned: Sequence[Planned], looked_up: Lookups
    ) -> Mapping[UUID, Sequence[Notified]]:
        """In the caller's transaction, with a bounded number of statements."""
        if self.new.idempotent_key:
            self._use_key(self.new.idempotent_key)
        self._store_letter()
        published = self._store_attachments()
        placed = placing.place(planned, looked_up, now=self.now)
        notified = self._notified(placed)
        insert_together([*self._notifications(placed), *self._trail()])
        events.store([*published, *self._happened(notified)], now=self.now)
        if any(one.publish_at and one.publish_at <= self.now for one in self.correspondences):
            wake_on_commit("correspondence.publish")
        return notified

    def _store_letter(self) -> None:
        """With a statement more for every so many characters of texts that are their own. These
        are held no longer than they are needed.
        """
        content = self.new.content
        longest = max((one.recipient_name for one in self.correspondences), key=len)
        own = [self._own(text, longest) or "" for text in (content.summary, content.body)]
        size = max(1, _MOST_CHARACTERS // max(1, sum(map(len, own))))
        for at in range(0, len(self.correspondences), size):
            some = self.correspondences[at : at + size]
            for one in some:
                one.own_summary = self._own(content.summary, one.recipient_name)
                one.own_body = self._own(content.body, one.recipient_name)
            letter = [] if at else [self.letter]
            insert_together([*letter, *some, *self._history(some)])
            for one in some:
                one.own_summary = one.own_body = None

    def _trail(self) -> list[Entry]:
        return trail.entries(
            "correspondence.initialize",
            "correspondence",
            [one.id for one in self.correspondences],
            by=trail.By.client(self.caller.client_name),
            now=self.now,
        )

    def _use_key(self, key: UUID) -> None:
        IdempotencyKey.objects.create(
            key=key,
            correspondence_id=self.correspondences[0].id,
            sender=self.caller.urn,
            created_at=self.now,
        )

    def _history(self, some: Sequence[Correspondence]) -> Iterator[StatusEntry]:
        for one in some:
            for status in (_S.Initialized, _S.ReadyForPublish, _S.Reserved):
                if one.has_been(status):
                    yield fresh(
                        StatusEntry,
                        correspondence_id=one.id,
                        status=status.value,
                        text=status.name,
                        at=self.now,
                    )

    def _store_attachments(self) -> list[Happened]:
        everything = [*self.attachments, *self.prepared.existing]
        # An existing one may be purged or expire at this moment: it must not while we use it.
        locked = Attachment.objects.select_for_update(no_key=True).filter(
            pk__in=[one.id for one in self.prepared.existing], status=AttachmentStatus.Published
        )
        if len(locked.order_by("id").values_list("pk")) < len(self.prepared.existing):
            raise BusinessError(1018, "An existing attachment is no longer published.")
        published = attachments.insert(self.attachments, now=self.now)
        LetterAttachment.objects.bulk_create(
            LetterAttachment(
                letter=self.letter,
                attachment=one,
                position=position,
                expiration_time=self._expiry(one),
            )
            for position, one in enumerate(everything)
        )
        lifetimes.extend([one.id for one in everything], publish_time=self.publish_time)
        return published

    def _expiry(self, one: Attachment) -> datetime | None:
        if one.expiration_in_days is None:
            return None
        return self.publish_time + timedelta(days=one.expiration_in_days)

    def _notified(self, placed: Sequence[Placed]) -> Mapping[UUID, list[Notified]]:
        notified: dict[UUID, list[Notified]] = {one.id: [] for one in self.correspondences}
        for one in placed:
            notified[one.planned.correspondence_id].append(
                Notified(
                    order_id=one.order_id, is_reminder=one.planned.is_reminder, status=one.result
                )
            )
        return notified

    def _notifications(self, placed: Sequence[Placed]) -> Iterator[LetterNotification]:
        positions: dict[UUID, Iterator[int]] = defaultdict(count)
        for one in placed:
            yield fresh(
                LetterNotification,
                correspondence_id=one.planned.correspondence_id,
                position=next(positions[one.planned.correspondence_id]),
                order_id=one.order_id,
                is_reminder=one.planned.is_reminder,
                result=one.result,
                is_custom=one.planned.is_custom,
            )

    def _happened(self, notified: Mapping[UUID, Sequence[Notified]]) -> Iterator[Happened]:
        for one in self.correspondences:
            reserved = one.status == _S.Reserved
            name = "correspondencereceiverreserved" if reserved else "correspondenceinitialized"
            yield self._event(name, "correspondence", one.id)
            for notification in notified[one.id]:
                if notification.order_id:
                    yield self._event("notificationcreated", "notification", notification.order_id)
                else:
                    failed = "correspondencenotificationcreationfailed"
                    yield self._event(failed, "correspondence", one.id)

    def _event(self, type: str, about: str, instance: UUID) -> Happened:
        return Happened(
            type=type,
            about=about,
            instance=instance,
            resource_id=self.letter.resource_id,
            subject=self.sender,
            service_owner=self.letter.service_owner,
        )

    def answer(self, notified: Mapping[UUID, Sequence[Notified]]) -> Answer:
        everything = [*self.attachments, *self.prepared.existing]
        return Answer(
            correspondences=[
                Initialized(
                    correspondence_id=one.id,
                    status=_S(one.status),
                    recipient=one.recipient,
                    notifications=notified[one.id],
                )
                for one in self.correspondences
            ],
            attachment_ids=[one.id for one in everything],
        )
