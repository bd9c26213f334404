"""What the back office's pages of saker, notifikasjoner and eksterne varsler have in common."""

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.circumstances import Circumstances
from cases.models import EksterntVarsel, Hendelse, NotifikasjonMottaker, SakMottaker
from cases.states import EksterntVarselStatus
from notifications_platform.back_office.looking import masked
from notifications_platform.back_office.sections import Section, link_to
from notifications_platform.back_office.timeline import Headline, headline
from notifications_platform.delivery.explain import Sentence, Tone
from notifications_platform.delivery.explain import told as one_after_the_other
from notifications_platform.delivery.message_page import lines
from notifications_platform.delivery.models import Message

MOST_SHOWN = 100
_FIRST = {Tone.BAD: 0, Tone.WAITING: 1}


def answer(title: str, sentences: Sequence[Sentence]) -> Headline:
    """What went wrong goes first, then what comes soonest by itself, then what holds."""
    return headline(title, lines(sorted(sentences, key=_place)))


def _place(sentence: Sentence) -> tuple[int, float]:
    until = sentence.until.timestamp() if sentence.until else 0.0
    return _FIRST.get(sentence.tone, 2), until if sentence.tone == Tone.WAITING else 0.0


def failures(varsler: Collection[EksterntVarsel], its: Circumstances) -> Iterator[Sentence]:
    """What failed, in one sentence, and why the newest of it did."""
    failed = [one for one in varsler if one.status == EksterntVarselStatus.FEILET]
    if not failed:
        return
    newest = max(failed, key=lambda one: one.status_at)
    why = its.explain(newest)
    text = ngettext(
        "{number} external message failed, by {channel}.",
        "{number} external messages failed, the newest by {channel}.",
        len(failed),
    ).format(number=len(failed), channel=newest.kanal)
    step = next((one.step for one in why if one.step), "")
    told_why = one_after_the_other(text, told(why))
    yield Sentence(code="varsler_failed", tone=Tone.BAD, text=told_why, step=step)


def capped_note(number: int, most: int = 0) -> str:
    """Where as many are shown as may be: `most`, or what pages show at most."""
    most = most or MOST_SHOWN
    return _("The newest {number} are shown.").format(number=most) if number >= most else ""


def recipients(
    mottakere: "QuerySet[SakMottaker] | QuerySet[NotifikasjonMottaker]", *, mask: bool
) -> Section:
    """`mask`: enough of the national identity numbers to recognise them, not to learn them."""
    shown = masked if mask else str
    return Section(
        title=_("Recipients"),
        note=_("Access is computed whenever somebody reads."),
        headers=(
            _("Kind"),
            _("Organisation"),
            _("Service"),
            _("Resource"),
            _("Nearest leader"),
            _("Employee"),
        ),
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


def receiver(varsel: EksterntVarsel, messages: Sequence[Message]) -> str:
    """Masked; the outbox has the addresses as soon as the message is there."""
    addresses = [message.address for message in messages] or [varsel.adresse]
    named = ", ".join(masked(address) for address in addresses if address)
    return named or service(varsel.service_code, varsel.service_edition)


def told(sentences: Sequence[Sentence]) -> str:
    return one_after_the_other(*(sentence.text for sentence in sentences))


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
        title=_("Events"),
        note=capped_note(len(rows)),
        link=f"{reverse('admin:cases_hendelse_changelist')}?aggregate_id={of}",
        link_label=_("All events of this item"),
        headers=(_("At"), _("Event"), _("Type"), _("By app"), _("Correlation id")),
        rows=rows,
    )
