"""What the back office's pages of saker, notifikasjoner and eksterne varsler have in common."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from cases.circumstances import Circumstances
from cases.models import EksterntVarsel, Hendelse, NotifikasjonMottaker, SakMottaker
from notifications_platform.back_office.looking import masked
from notifications_platform.back_office.sections import Line, Section, link_to, page_of
from notifications_platform.delivery.explain import Sentence
from notifications_platform.delivery.models import Message

MOST_SHOWN = 100


def lines(sentences: Sequence[Sentence]) -> list[Line]:
    return [Line(text=sentence.text, tone=sentence.tone) for sentence in sentences]


def capped_note(number: int, of_what: str = "") -> str:
    return f"The newest {MOST_SHOWN}{of_what} are shown." if number >= MOST_SHOWN else ""


def recipients(
    mottakere: "QuerySet[SakMottaker] | QuerySet[NotifikasjonMottaker]", *, mask: bool
) -> Section:
    """`mask`: enough of the national identity numbers to recognise them, not to learn them."""
    shown = masked if mask else str
    return Section(
        title="Recipients",
        note="Access is computed whenever somebody reads.",
        headers=("Kind", "Organisation", "Service", "Resource", "Nearest leader", "Employee"),
        rows=[
            (
                one.type,
                one.virksomhetsnummer,
                service(one.service_code, one.service_edition),
                one.ressurs_id,
                shown(one.naermeste_leder_fnr),
                shown(one.ansatt_fnr),
            )
            for one in mottakere.order_by("posisjon")[:MOST_SHOWN]
        ],
    )


def service(code: str, edition: str) -> str:
    return f"{code}:{edition}" if code or edition else ""


def external_messages(
    varsler: Sequence[EksterntVarsel], around: Circumstances, *, title: str = "External messages"
) -> Section:
    return Section(
        title=title,
        note=capped_note(len(varsler)),
        headers=("Eksternt varsel", "By", "To", "Ordered", "Status", "Messages", "Why"),
        rows=[
            (
                link_to("eksternt_varsel", varsel.id),
                f"{varsel.kanal}, of a reminder" if varsel.paaminnelse_id else varsel.kanal,
                receiver(varsel, around.messages[varsel.id]),
                varsel.created_at,
                varsel.status,
                message_links(around.messages[varsel.id]),
                told(around.explain(varsel)),
            )
            for varsel in varsler[:MOST_SHOWN]
        ],
    )


def receiver(varsel: EksterntVarsel, messages: Sequence[Message]) -> str:
    """Masked; the outbox has the addresses as soon as the message is there."""
    addresses = [message.address for message in messages] or [varsel.adresse]
    named = ", ".join(masked(address) for address in addresses if address)
    return named or service(varsel.service_code, varsel.service_edition)


def message_links(messages: Sequence[Message]) -> str | SafeString:
    """By what they are: nobody reads ids in a table."""
    named = ((page_of("message", one.id), f"{one.channel}, {one.state}") for one in messages)
    return format_html_join(" ", '<a href="{}">{}</a>', named)


def told(sentences: Sequence[Sentence]) -> str:
    return " ".join(sentence.text for sentence in sentences)


def events(ids: Collection[UUID], *, of: UUID) -> Section:
    """The newest of these items; the whole list is that of the item `of`."""
    hendelser = Hendelse.objects.filter(aggregate_id__in=ids).order_by("-id")[:MOST_SHOWN]
    rows = [
        (
            hendelse.tidspunkt,
            link_to("hendelse", hendelse.id),
            hendelse.type,
            hendelse.kilde_app_navn,
            hendelse.correlation_id,
        )
        for hendelse in hendelser.defer("payload")
    ]
    return Section(
        title="Events",
        note=capped_note(len(rows)),
        link=f"{reverse('admin:cases_hendelse_changelist')}?aggregate_id={of}",
        link_label="All events of this item",
        headers=("At", "Event", "Type", "By app", "Correlation id"),
        rows=rows,
    )
