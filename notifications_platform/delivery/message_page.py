"""What the back office's page of one message shows below its fields."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from notifications_platform.back_office.sections import Line, Section, history, link_to
from notifications_platform.delivery.channels.placeholders import cut
from notifications_platform.delivery.circumstances import explain_all
from notifications_platform.delivery.explain import Sentence
from notifications_platform.delivery.models import Attempt, Content, Message, Receipt
from notifications_platform.delivery.resending import OWNER
from notifications_platform.delivery.states import Channel, State

MOST_SHOWN = 100
WITHHELD = Section(title="Text", note="Operators see what is sent to a program.")


def why(message: Message, *, now: datetime, real: datetime) -> Section:
    """Where the message stands, and what keeps it there."""
    sentences = explain_all([message], now=now, real=real)[message.id]
    sent = message.state in {State.SENT, State.DELIVERED}
    title = "Where does it stand?" if sent else "Why was this not sent?"
    return Section(title=title, lines=lines(sentences))


def sections(message: Message, *, with_payload: bool, with_raw_reports: bool) -> list[Section]:
    """The text as this receiver gets it, attempts, reports, copies, history. What is sent to a
    program is a payload.
    """
    return [
        *(_content(message) if with_payload or message.channel != Channel.WEBHOOK else [WITHHELD]),
        _attempts(message),
        _reports(message, with_raw=with_raw_reports),
        *_copies(message),
        history("message", message.id),
    ]


def lines(sentences: Sequence[Sentence]) -> list[Line]:
    return [Line(text=one.text, tone=one.tone, step=one.step) for one in sentences]


def headlines(messages: Collection[Message], *, now: datetime, real: datetime) -> dict[UUID, Line]:
    """Of each in one sentence: did it arrive, and if not, why? Six statements, however many."""
    explained = explain_all(messages, now=now, real=real)
    return {id: lines(sentences)[0] for id, sentences in explained.items()}


def text_of(content: Content, values: Mapping[str, str]) -> list[Section]:
    """Subject and body with a message's own words filled in; HTML is shown as its source."""
    names = content.placeholders
    subject = [f"Subject: {cut(content.subject, names).fill(values)}"] if content.subject else []
    head = [f"From: {content.sender}", *subject, f"Type: {content.content_type}"]
    text = "\n".join([*head, "", cut(content.body, names).fill(values)])
    return [Section(title="Text", text=text)]


def _content(message: Message) -> list[Section]:
    content = Content.objects.filter(pk=message.content_id).first()
    if content is None:
        return [Section(title="Text", note="The text has been erased.")]
    return text_of(content, message.values or {})


def _attempts(message: Message) -> Section:
    attempts = Attempt.objects.filter(message_id=message.id).order_by("-number")
    return Section(
        title="Attempts",
        note="“unknown” stays where a worker died between the call and writing it down.",
        headers=("No.", "At", "Result", "Provider", "Answer", "Took", "Worker"),
        rows=[
            (
                attempt.number,
                attempt.at,
                attempt.result,
                attempt.provider,
                attempt.answer,
                f"{attempt.duration_ms} ms" if attempt.duration_ms is not None else "",
                attempt.worker,
            )
            for attempt in attempts[:MOST_SHOWN]
        ],
    )


def _reports(message: Message, *, with_raw: bool) -> Section:
    receipts = Receipt.objects.filter(message_id=message.id).order_by("id")[:MOST_SHOWN]
    raw_header = ("As it came in",) if with_raw else ()
    return Section(
        title="Provider's reports",
        note="" if with_raw else "Operators also see them as they came in.",
        headers=("Received", "Provider", "Says", "Reason", "Changed the message", *raw_header),
        rows=[(*_report(receipt), *([receipt.raw] if with_raw else [])) for receipt in receipts],
    )


def _report(receipt: Receipt) -> tuple[object, ...]:
    changed = "yes" if receipt.changed_message else "no"
    return receipt.received_at, receipt.provider, receipt.state, receipt.reason, changed


def _copies(message: Message) -> Iterator[Section]:
    copies = Message.objects.filter(owner_id=message.id, owner_kind=OWNER).order_by("id")
    if rows := [
        (link_to("message", copy.id), copy.created_at, copy.state, copy.reason)
        for copy in copies[:MOST_SHOWN]
    ]:
        yield Section(
            title="Sent again by staff", headers=("Message", "At", "State", "Reason"), rows=rows
        )
