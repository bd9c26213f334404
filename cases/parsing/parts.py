"""The input objects that several calls share (cases contract 5, 5.2).

A part that breaks a rule is noted in its `Part` and read as far as it goes; what is made of it
is thrown away with the whole call.
"""

from datetime import datetime

from cases.inputs import (
    AltinnMottaker,
    AltinnRessursMottaker,
    EksterntVarsel,
    FutureTemporal,
    HardDeleteUpdate,
    Lokasjon,
    Mottaker,
    NaermesteLederMottaker,
    Paaminnelse,
    PaaminnelseTidspunkt,
)
from cases.parsing.reader import Code, Part
from cases.parsing.texts import email, mobile, one_line
from cases.states import Kanal, NyTidStrategi, Sendevindu

MOST_RECIPIENTS = 100
# A list longer than this is refused for its length, before its members are read one by one.
LONGEST_LIST = 200
MOST_VARSLER = 50


def mottakere(part: Part) -> tuple[Mottaker, ...]:
    """`mottaker`, where the input has one, then `mottakere`; repeats collapse.

    At least one; at most 100, counted as sent (cases contract 15, 17).
    """
    sent = part.has("mottaker") + part.size("mottakere")
    if not sent:
        part.refuse("mottakere", Code.REQUIRED, "At least one recipient is needed.")
    if sent > MOST_RECIPIENTS:
        detail = f"At most {MOST_RECIPIENTS} recipients; these are {sent}."
        part.refuse("mottakere", Code.TOO_MANY, detail)
        return ()
    first = part.part_if_any("mottaker")
    each = [*([first] if first else []), *part.parts("mottakere")]
    read = [_mottaker(one) for one in each]
    return tuple(dict.fromkeys(one for one in read if one))


def _mottaker(part: Part) -> Mottaker | None:
    match part.only("altinn", "altinnRessurs", "naermesteLeder"):
        case "altinn":
            service = part.part("altinn")
            return AltinnMottaker(
                service_code=service.text("serviceCode"),
                service_edition=service.text("serviceEdition"),
            )
        case "altinnRessurs":
            return AltinnRessursMottaker(ressurs_id=part.part("altinnRessurs").text("ressursId"))
        case "naermesteLeder":
            leader = part.part("naermesteLeder")
            return NaermesteLederMottaker(
                naermeste_leder_fnr=leader.text("naermesteLederFnr"),
                ansatt_fnr=leader.text("ansattFnr"),
            )
    return None


def eksterne_varsler(part: Part) -> tuple[EksterntVarsel, ...]:
    """The messages of an item itself. At most 50 in one call (cases contract 15): those of its
    reminder count too, since all of them belong to the item.
    """
    reminder = part.part_if_any("paaminnelse")
    own = part.size("eksterneVarsler")
    later = reminder.size("eksterneVarsler") if reminder else 0
    if own > MOST_VARSLER:
        part.refuse("eksterneVarsler", Code.TOO_MANY, _too_many(own))
        return ()
    if own and own + later > MOST_VARSLER >= later:
        detail = f"{_too_many(own + later)} Those of the reminder count too."
        part.refuse("eksterneVarsler", Code.TOO_MANY, detail)
    return _varsler(part)


def paaminnelse(part: Part) -> Paaminnelse | None:
    """The member `paaminnelse`, if it is there."""
    return part.maybe("paaminnelse", _paaminnelse)


def _paaminnelse(part: Part) -> Paaminnelse:
    messages: tuple[EksterntVarsel, ...] = ()
    count = part.size("eksterneVarsler")
    if count > MOST_VARSLER:
        part.refuse("eksterneVarsler", Code.TOO_MANY, _too_many(count))
    else:
        messages = _varsler(part)
    return Paaminnelse(
        tidspunkt=_paaminnelse_tidspunkt(part.part("tidspunkt")), eksterne_varsler=messages
    )


def _too_many(count: int) -> str:
    return f"At most {MOST_VARSLER} external messages; these are {count}."


def _paaminnelse_tidspunkt(part: Part) -> PaaminnelseTidspunkt:
    part.only("konkret", "etterOpprettelse", "foerFrist", "foerStartTidspunkt")
    return PaaminnelseTidspunkt(
        konkret=part.moment_if_any("konkret"),
        etter_opprettelse=part.duration_if_any("etterOpprettelse"),
        foer_frist=part.duration_if_any("foerFrist"),
        foer_start_tidspunkt=part.duration_if_any("foerStartTidspunkt"),
    )


def _varsler(part: Part) -> tuple[EksterntVarsel, ...]:
    read = [_varsel(one) for one in part.parts("eksterneVarsler")]
    return tuple(one for one in read if one)


def _varsel(part: Part) -> EksterntVarsel | None:
    match part.only("sms", "epost", "altinntjeneste"):
        case "sms":
            return _sms(part.part("sms"))
        case "epost":
            return _epost(part.part("epost"))
        case "altinntjeneste":
            return _altinntjeneste(part.part("altinntjeneste"))
    return None


def _sms(part: Part) -> EksterntVarsel:
    sendevindu, tidspunkt = _when(part)
    contact = _kontaktinfo(part)
    return EksterntVarsel(
        kanal=Kanal.SMS,
        tekst=part.text("smsTekst"),
        adresse=mobile(contact, "tlf") if contact else "",
        sendevindu=sendevindu,
        tidspunkt=tidspunkt,
    )


def _epost(part: Part) -> EksterntVarsel:
    sendevindu, tidspunkt = _when(part)
    contact = _kontaktinfo(part)
    return EksterntVarsel(
        kanal=Kanal.EPOST,
        tekst=part.text("epostHtmlBody"),
        tittel=one_line(part, "epostTittel"),
        adresse=email(contact, "epostadresse") if contact else "",
        sendevindu=sendevindu,
        tidspunkt=tidspunkt,
    )


def _altinntjeneste(part: Part) -> EksterntVarsel:
    sendevindu, tidspunkt = _when(part)
    service = part.part("mottaker")
    return EksterntVarsel(
        kanal=Kanal.ALTINNTJENESTE,
        tekst=part.text("innhold"),
        tittel=one_line(part, "tittel"),
        service_code=service.text("serviceCode"),
        service_edition=service.text("serviceEdition"),
        sendevindu=sendevindu,
        tidspunkt=tidspunkt,
    )


def _kontaktinfo(part: Part) -> Part | None:
    """One of one: the input has room for kinds that no longer exist."""
    recipient = part.part("mottaker")
    return recipient.part("kontaktinfo") if recipient.only("kontaktinfo") else None


def _when(part: Part) -> tuple[Sendevindu | None, datetime | None]:
    """A reminder's message names a window, any other a window or a moment."""
    if not part.has("sendetidspunkt"):
        return Sendevindu(part.text("sendevindu")), None
    when = part.part("sendetidspunkt")
    when.only("tidspunkt", "sendevindu")
    window = when.text_if_any("sendevindu")
    return (Sendevindu(window) if window else None), when.moment_if_any("tidspunkt")


def hard_delete(part: Part) -> FutureTemporal | None:
    """`hardDelete` of a create call."""
    return part.maybe("hardDelete", _future_temporal)


def hard_delete_update(part: Part) -> HardDeleteUpdate | None:
    """`hardDelete` of an update call."""
    return part.maybe("hardDelete", _hard_delete_update)


def _hard_delete_update(part: Part) -> HardDeleteUpdate:
    return HardDeleteUpdate(
        ny_tid=_future_temporal(part.part("nyTid")),
        strategi=NyTidStrategi(part.text("strategi")),
    )


def _future_temporal(part: Part) -> FutureTemporal:
    part.only("den", "om")
    return FutureTemporal(den=part.moment_if_any("den"), om=part.duration_if_any("om"))


def lokasjon(part: Part, name: str) -> Lokasjon | None:
    return part.maybe(name, _lokasjon)


def _lokasjon(part: Part) -> Lokasjon:
    return Lokasjon(
        adresse=part.text("adresse"),
        postnummer=part.text("postnummer"),
        poststed=part.text("poststed"),
    )
