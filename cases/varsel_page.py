"""What the back office's page of one eksternt varsel shows: why it did not leave, what it says as
long as the outbox has not taken it, and the engine's messages.
"""

from collections.abc import Iterator
from datetime import datetime

from cases import circumstances
from cases.circumstances import Circumstances
from cases.models import EksterntVarsel
from cases.page_parts import MOST_SHOWN, capped_note, lines, told
from notifications_platform.back_office.looking import masked
from notifications_platform.back_office.sections import Section, link_to


def around(varsel: EksterntVarsel, *, now: datetime, real: datetime) -> Circumstances:
    return circumstances.of_varsel(varsel, now=now, real=real)


def findings(varsel: EksterntVarsel, its: Circumstances) -> list[Section]:
    return [Section(title="Where does it stand?", lines=lines(its.explain(varsel)))]


def sections(varsel: EksterntVarsel, its: Circumstances) -> Iterator[Section]:
    if varsel.tekst or varsel.tittel:
        head = f"Subject: {varsel.tittel}\n\n" if varsel.tittel else ""
        yield Section(title="Text", text=head + varsel.tekst)
    yield _messages(varsel, its)


def _messages(varsel: EksterntVarsel, its: Circumstances) -> Section:
    messages = its.messages[varsel.id]
    return Section(
        title="Messages of the outbox",
        note=capped_note(len(messages)) or "They hold the address and the text.",
        headers=("Message", "By", "To", "State", "Reason", "Since", "Why"),
        rows=[
            (
                link_to("message", one.id),
                one.channel,
                masked(one.address),
                one.state,
                one.reason,
                one.state_at,
                told(its.engine.get(one.id, [])),
            )
            for one in messages[:MOST_SHOWN]
        ],
    )
