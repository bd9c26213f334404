"""What the back office's page of one eksternt varsel shows: why it did not leave, its story from
the order to the provider's answers, and what it says as long as the outbox has not taken it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from cases import circumstances, story
from cases.circumstances import Circumstances
from cases.models import EksterntVarsel
from cases.page_parts import MOST_SHOWN, answer, capped_note
from cases.states import EksterntVarselStatus, Kanal
from notifications_platform.back_office.looking import masked
from notifications_platform.back_office.sections import Section, link_to, page_of
from notifications_platform.back_office.timeline import Moment, timeline
from notifications_platform.delivery.models import Message


def around(varsel: EksterntVarsel, *, now: datetime, real: datetime) -> Circumstances:
    return circumstances.of_varsel(varsel, now=now, real=real)


def findings(varsel: EksterntVarsel, its: Circumstances) -> list[Section]:
    sent = varsel.status == EksterntVarselStatus.SENDT
    title = _("Where does it stand?") if sent else _("Why was this not sent?")
    return [answer(title, its.explain(varsel)), timeline(_("Timeline"), _moments(varsel, its))]


def sections(varsel: EksterntVarsel, its: Circumstances) -> Iterator[Section]:
    if varsel.tekst or varsel.tittel:
        subject = _("Subject: {subject}").format(subject=varsel.tittel) if varsel.tittel else ""
        text = "\n\n".join(filter(None, (subject, varsel.tekst)))
        yield Section(title=_("Text"), text=text)
    yield _messages(varsel, its)


def _moments(varsel: EksterntVarsel, its: Circumstances) -> Iterator[Moment]:
    yield from _before(varsel)
    yield story.of_varsel(varsel, its)


def _before(varsel: EksterntVarsel) -> Iterator[Moment]:
    """Until the outbox had it."""
    if item := varsel.notifikasjon:
        yield replace(story.made(item), link=page_of("notifikasjon", item.id))
    yield story.ordered(varsel)
    reminder = varsel.paaminnelse
    if reminder and reminder.fired_at:
        yield Moment(at=reminder.fired_at, what=_("Its reminder fired"), who=_("the platform"))
    if varsel.queued_at:
        yield _put_out(varsel, varsel.queued_at)


def _put_out(varsel: EksterntVarsel, at: datetime) -> Moment:
    """Only messages of Altinn services are looked up: the others come with their address."""
    if varsel.kanal != Kanal.ALTINNTJENESTE:
        what = _("Put into the outbox")
        detail = _("To the address that its producer gave.")
    else:
        what = _("The organisation's contact points were looked up")
        detail = _(
            "Every e-mail address found gets a message, or every mobile number where there is no "
            "e-mail address."
        )
    return Moment(at=at, what=what, who=_("the platform"), detail=detail)


def led_to(message: Message) -> Iterator[Moment]:
    """For the story of one of the outbox's messages: who asked for it, when, and why there."""
    known = EksterntVarsel.objects.select_related("notifikasjon", "paaminnelse")
    varsel = known.filter(pk=message.owner_id).first()
    if varsel is None:
        return
    page = page_of("eksternt_varsel", varsel.id)
    for moment in _before(varsel):
        yield replace(moment, link=moment.link or page)


def _messages(varsel: EksterntVarsel, its: Circumstances) -> Section:
    messages = its.messages[varsel.id]
    return Section(
        title=_("Messages of the outbox"),
        note=capped_note(len(messages)) or _("They hold the address and the text."),
        headers=(_("Message"), _("By"), _("To"), _("State"), _("Reason"), _("Since")),
        rows=[
            (
                link_to("message", one.id),
                one.channel,
                masked(one.address),
                one.state,
                one.reason,
                one.state_at,
            )
            for one in messages[:MOST_SHOWN]
        ],
    )
