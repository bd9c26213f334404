"""Items of `cases` as lines of what a search found: how they stand, without what they say."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.models import EksterntVarsel, NearestLeader, Notifikasjon, Producer, Sak, Slettet
from cases.states import (
    EksterntVarselStatus,
    KalenderavtaleTilstand,
    Kanal,
    OppgaveTilstand,
    SaksStatus,
)
from notifications_platform.back_office.searching.finders import Hit, Text
from notifications_platform.back_office.searching.words import shortened, when
from notifications_platform.core import clock

_HIDDEN = _("{words} (hidden)")
_SAKER: dict[str, Text] = {
    "": _("Sak of {producer}, without a status"),
    SaksStatus.MOTTATT: _("Sak of {producer}, received"),
    SaksStatus.UNDER_BEHANDLING: _("Sak of {producer}, being handled"),
    SaksStatus.FERDIG: _("Sak of {producer}, finished"),
}
_NOTIFIKASJONER: dict[str, tuple[Text, str]] = {
    "": (_("{type} of {producer}, received {received}"), "note"),
    OppgaveTilstand.NY: (_("{type} of {producer}, not done yet"), "waiting"),
    OppgaveTilstand.UTFOERT: (_("{type} of {producer}, done {done}"), "good"),
    OppgaveTilstand.UTGAATT: (_("{type} of {producer}, expired {expired}"), "bad"),
    KalenderavtaleTilstand.VENTER_SVAR_FRA_ARBEIDSGIVER: (
        _("{type} of {producer}, {start}: waits for the employer's answer"),
        "waiting",
    ),
    KalenderavtaleTilstand.ARBEIDSGIVER_HAR_GODTATT: (
        _("{type} of {producer}, {start}: accepted by the employer"),
        "good",
    ),
    KalenderavtaleTilstand.ARBEIDSGIVER_VIL_AVLYSE: (
        _("{type} of {producer}, {start}: the employer wants to call it off"),
        "waiting",
    ),
    KalenderavtaleTilstand.ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED: (
        _("{type} of {producer}, {start}: the employer wants another time or place"),
        "waiting",
    ),
    KalenderavtaleTilstand.AVLYST: (_("{type} of {producer}, {start}: called off"), "note"),
}
_KANALER: dict[str, Text] = {
    Kanal.SMS: _("SMS"),
    Kanal.EPOST: _("E-mail"),
    Kanal.ALTINNTJENESTE: _("Message of an Altinn service"),
}
_VARSLER: dict[str, tuple[Text, str]] = {
    EksterntVarselStatus.NY: (
        _("{channel} of a notifikasjon of {producer}, not sent yet"),
        "waiting",
    ),
    EksterntVarselStatus.SENDT: (
        _("{channel} of a notifikasjon of {producer}, sent {when}"),
        "good",
    ),
    EksterntVarselStatus.FEILET: (
        _("{channel} of a notifikasjon of {producer}, failed {when}"),
        "bad",
    ),
    EksterntVarselStatus.KANSELLERT: (
        _("{channel} of a notifikasjon of {producer}, cancelled {when}"),
        "note",
    ),
}
_PRODUCER = _("{name}, a producer of cases")
_LEADS = _("Nearest leader of somebody in {organization}")
_IS_LED = _("Has a nearest leader in {organization}")
_ERASED = _("{type} of {producer}, erased {when}")


def sak_hit(sak: Sak, key: str, detail: Text = "") -> Hit:
    """`sak` is annotated with its `status`, which may be None."""
    status = getattr(sak, "status", None) or ""
    words = str(_SAKER[status]).format(producer=sak.produsent)
    return Hit(
        at=sak.mottatt_tidspunkt,
        key=key,
        words=_hidden(words, sak.soft_deleted_at),
        detail=detail or _named(sak.merkelapp, sak.grupperingsid),
        link=reverse("admin:cases_sak_change", args=[sak.pk]),
        tone="good" if status == SaksStatus.FERDIG else "waiting",
    )


def notifikasjon_hit(item: Notifikasjon, key: str, detail: Text = "") -> Hit:
    words, tone = _NOTIFIKASJONER[item.tilstand]
    return Hit(
        at=item.mottatt_tidspunkt,
        key=key,
        words=_hidden(
            str(words).format(
                type=item.type,
                producer=item.produsent,
                received=_when(item.mottatt_tidspunkt),
                done=_when(item.utfoert_tidspunkt),
                expired=_when(item.utgaatt_tidspunkt),
                start=_when(item.start_tidspunkt),
            ),
            item.soft_deleted_at,
        ),
        detail=detail or _named(item.merkelapp, item.ekstern_id),
        link=reverse("admin:cases_notifikasjon_change", args=[item.pk]),
        tone=tone,
    )


def varsel_hit(varsel: EksterntVarsel, key: str) -> Hit:
    words, tone = _VARSLER[varsel.status]
    return Hit(
        at=varsel.created_at,
        key=key,
        words=str(words).format(
            channel=_KANALER[varsel.kanal],
            producer=varsel.produsent,
            when=_when(varsel.status_at),
        ),
        link=reverse("admin:cases_eksterntvarsel_change", args=[varsel.pk]),
        tone=tone,
    )


def erased_hit(erased: Slettet, key: str) -> Hit:
    return Hit(
        at=erased.slettet_at,
        key=key,
        words=str(_ERASED).format(
            type=erased.type, producer=erased.produsent, when=_when(erased.slettet_at)
        ),
        detail=_named(erased.merkelapp, erased.grupperingsid or ""),
        link=reverse("admin:cases_slettet_change", args=[erased.pk]),
    )


def producer_hit(producer: Producer) -> Hit:
    return Hit(
        at=None,
        key=str(producer.pk),
        words=str(_PRODUCER).format(name=producer.name or producer.client_id),
        link=reverse("admin:cases_producer_change", args=[producer.pk]),
    )


def leader_hit(relation: NearestLeader, *, leads: bool) -> Hit:
    return Hit(
        at=None,
        key=str(relation.pk),
        words=str(_LEADS if leads else _IS_LED).format(organization=relation.organization_number),
        link=reverse("admin:cases_nearestleader_change", args=[relation.pk]),
    )


def _named(merkelapp: str, key: str) -> str:
    """As its producer calls it, and as it can be searched for."""
    return shortened(f"{merkelapp} {key}".strip())


def _hidden(words: str, since: datetime | None) -> str:
    return str(_HIDDEN).format(words=words) if since else words


def _when(moment: datetime | None) -> str:
    return when(moment, now=clock.now()) if moment else ""
