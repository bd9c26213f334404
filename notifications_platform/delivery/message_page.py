"""What the back office's page of one message shows below its fields."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from notifications_platform.back_office.sections import Line, Section, history, link_to
from notifications_platform.back_office.timeline import headline
from notifications_platform.delivery import message_story
from notifications_platform.delivery.channels.placeholders import cut
from notifications_platform.delivery.circumstances import explain_all
from notifications_platform.delivery.explain import Sentence
from notifications_platform.delivery.models import Content, Message, Receipt
from notifications_platform.delivery.resending import OWNER
from notifications_platform.delivery.states import Channel, Erasure, State

MOST_SHOWN = 100


def findings(message: Message, *, now: datetime, real: datetime) -> list[Section]:
    """Did it arrive, and if not, why; everything else that holds; and its story."""
    sentences = explain_all([message], now=now, real=real)[message.id]
    arrived = message.state in {State.SENT, State.DELIVERED}
    title = _("Did it arrive?") if arrived else _("Why was this not sent?")
    return [headline(title, lines(sentences)), message_story.story(message, now=now)]


def sections(message: Message, *, with_payload: bool, with_raw_reports: bool) -> list[Section]:
    """The text as this receiver gets it, raw reports, copies, history. What is sent to a program
    is a payload.
    """
    return [
        *(
            _content(message)
            if with_payload or message.channel != Channel.WEBHOOK
            else [withheld()]
        ),
        *(_reports(message) if with_raw_reports else ()),
        *_copies(message),
        history("message", message.id),
    ]


def withheld() -> Section:
    return Section(title=_("Text"), note=_("Operators see what is sent to a program."))


def lines(sentences: Sequence[Sentence]) -> list[Line]:
    return [Line(text=one.text, tone=one.tone, step=one.step) for one in sentences]


def headlines(messages: Collection[Message], *, now: datetime, real: datetime) -> dict[UUID, Line]:
    """Of each in one sentence: did it arrive, and if not, why? Six statements, however many."""
    explained = explain_all(messages, now=now, real=real)
    return {id: lines(sentences)[0] for id, sentences in explained.items()}


def text_of(content: Content, values: Mapping[str, str]) -> list[Section]:
    """Subject and body with a message's own words filled in; HTML is shown as its source."""
    names = content.placeholders
    head = [_("From: {sender}").format(sender=content.sender)]
    if content.subject:
        subject = cut(content.subject, names).fill(values)
        head.append(_("Subject: {subject}").format(subject=subject))
    head.append(_("Type: {type}").format(type=content.content_type))
    text = "\n".join([*head, "", cut(content.body, names).fill(values)])
    return [Section(title=_("Text"), text=text)]


def _content(message: Message) -> list[Section]:
    content = Content.objects.filter(pk=message.content_id).first()
    if content is None or message.erasure == Erasure.DONE:
        return [Section(title=_("Text"), note=_("The text has been erased."))]
    return text_of(content, message.values or {})


def _reports(message: Message) -> Iterator[Section]:
    receipts = Receipt.objects.filter(message_id=message.id).order_by("id")[:MOST_SHOWN]
    if rows := [(receipt.received_at, receipt.provider, receipt.raw) for receipt in receipts]:
        yield Section(
            title=_("Provider's reports, as they came in"),
            headers=(_("Received"), _("Provider"), _("As it came in")),
            rows=rows,
        )


def _copies(message: Message) -> Iterator[Section]:
    copies = Message.objects.filter(owner_id=message.id, owner_kind=OWNER).order_by("id")
    if rows := [
        (link_to("message", copy.id), copy.created_at, copy.state, copy.reason)
        for copy in copies[:MOST_SHOWN]
    ]:
        yield Section(
            title=_("Sent again by staff"),
            headers=(_("Message"), _("At"), _("State"), _("Reason")),
            rows=rows,
        )
