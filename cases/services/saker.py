"""Saker: creating them and telling how they go (cases contract 7, 8). Every function takes the
moment as `now`: business time, aware, UTC.
"""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from cases import fingerprints, results
from cases.coordinates import koordinat
from cases.inputs import NySak, NyStatusSak, SakRef
from cases.models import Notifikasjon, Sak, SakMottaker, Slettet, StatusOppdatering
from cases.producers import Kaller
from cases.services import hendelser, keys, mottakere
from cases.services.acting import Acting, Refused, act, answering
from cases.services.schedules import rescheduled, scheduled
from cases.states import HendelseType, SaksStatus
from notifications_platform.core.inserting import Besides, fresh, insert_together

_AFTER_DELETE = (
    "The merkelapp had a sak with this grupperingsid, which has been deleted. "
    "Choose another grupperingsid."
)


@answering
def ny_sak(ny: NySak, *, kaller: Kaller, now: datetime) -> results.NySakVellykket:
    """The sak with its first status, or the one that an equal call has made before."""
    acting = act(kaller, now=now)
    acting.must_use(ny.merkelapp)
    acting.must_reach(ny.mottakere)
    sak = _sak(ny, acting)
    try:
        with transaction.atomic():
            _insert(sak, ny, acting)
    except IntegrityError:
        return _as_before(sak)
    return results.NySakVellykket(id=sak.id)


def _sak(ny: NySak, acting: Acting) -> Sak:
    opprettet = ny.tidspunkt or acting.now
    return fresh(
        Sak,
        koordinat=koordinat(ny.merkelapp, ny.grupperingsid),
        merkelapp=ny.merkelapp,
        grupperingsid=ny.grupperingsid,
        virksomhetsnummer=ny.virksomhetsnummer,
        tittel=ny.tittel,
        tilleggsinformasjon=ny.tilleggsinformasjon,
        lenke=ny.lenke,
        neste_steg=ny.neste_steg,
        produsent=acting.produsent.id,
        kilde_app_navn=acting.kilde.app_navn,
        opprettet_tidspunkt=opprettet,
        mottatt_tidspunkt=acting.now,
        sist_endret=opprettet,
        fingerprint=fingerprints.of_sak(ny),
        hard_delete_at=scheduled(ny.hard_delete, base=opprettet),
    )


def _last_change_before(sak: Sak) -> datetime:
    """What its notifikasjoner have moved: they may have been there before it."""
    theirs = Notifikasjon.objects.filter(sak_koordinat=sak.koordinat).aggregate(
        created=Max("opprettet_tidspunkt"), reminded=Max("paaminnelse_utloest_at")
    )
    moments: list[datetime | None] = [sak.sist_endret, *theirs.values()]
    return max(moment for moment in moments if moment)


def _insert(sak: Sak, ny: NySak, acting: Acting) -> None:
    sak.sist_endret = _last_change_before(sak)
    status = fresh(
        StatusOppdatering,
        sak_id=sak.id,
        nummer=1,
        status=ny.initiell_status,
        tidspunkt=sak.opprettet_tidspunkt,
        mottatt_tidspunkt=acting.now,
        overstyr_statustekst_med=ny.overstyr_statustekst_med,
    )
    recipients = [
        fresh(SakMottaker, sak_id=sak.id, **columns)
        for columns in mottakere.columns(ny.mottakere, ny.virksomhetsnummer)
    ]
    payload = {"tittel": sak.tittel, "lenke": sak.lenke, "status": ny.initiell_status}
    insert_together(
        [
            sak,
            status,
            *recipients,
            *hendelser.rows(
                HendelseType.SAK_OPPRETTET, sak, kilde=acting.kilde, now=acting.now, payload=payload
            ),
        ]
    )
    # Whoever deleted a sak of this coordinate has committed by now: the row could be inserted.
    if Slettet.objects.filter(sak_koordinat=sak.koordinat, type="Sak").exists():
        raise Refused(results.DuplikatGrupperingsidEtterDelete(_AFTER_DELETE))


def _as_before(new: Sak) -> results.NySakVellykket:
    """What there is under the coordinate: the same, something else, or what has been deleted."""
    present = Sak.objects.filter(koordinat=new.koordinat).first()
    if present is None:
        raise Refused(results.DuplikatGrupperingsidEtterDelete(_AFTER_DELETE))
    if present.fingerprint == new.fingerprint:
        return results.NySakVellykket(id=present.id, gjentatt=True)
    if present.soft_deleted_at:
        raise Refused(results.DuplikatGrupperingsidEtterDelete(_AFTER_DELETE))
    raise Refused(
        results.DuplikatGrupperingsid(
            "The merkelapp has a sak with this grupperingsid and another content.", present.id
        )
    )


@answering
def ny_status_sak(
    ref: SakRef, ny: NyStatusSak, *, kaller: Kaller, now: datetime
) -> results.NyStatusSakVellykket:
    """One more status; a key used before with the same content answers as it did then."""
    acting = act(kaller, now=now)
    with transaction.atomic():
        sak = acting.sak(ref)
        fingerprint = fingerprints.of_status(ny)
        if before := keys.used(sak.id, "nyStatusSak", ny.idempotency_key):
            if before.fingerprint != fingerprint:
                text = "The idempotencyKey has been used with another status of this sak."
                raise Refused(results.Konflikt(text))
            return results.NyStatusSakVellykket(
                id=before.answer_id, statuser=_statuser(sak), gjentatt=True
            )
        status = _add_status(sak, ny, acting)
        keys.use(
            sak.id,
            "nyStatusSak",
            ny.idempotency_key,
            answer_id=status.id,
            now=now,
            fingerprint=fingerprint,
        )
        return results.NyStatusSakVellykket(id=status.id, statuser=_statuser(sak))


def _add_status(sak: Sak, ny: NyStatusSak, acting: Acting) -> StatusOppdatering:
    tidspunkt = ny.tidspunkt or acting.now
    last = sak.statuser.order_by("-nummer").values_list("nummer", flat=True).first() or 0
    status = fresh(
        StatusOppdatering,
        sak_id=sak.id,
        nummer=last + 1,
        status=ny.ny_status,
        tidspunkt=tidspunkt,
        mottatt_tidspunkt=acting.now,
        overstyr_statustekst_med=ny.overstyr_statustekst_med,
    )
    sak.lenke = sak.lenke if ny.ny_lenke_til_sak is None else ny.ny_lenke_til_sak
    sak.sist_endret = max(sak.sist_endret, tidspunkt)
    sak.hard_delete_at = rescheduled(sak.hard_delete_at, ny.hard_delete, base=tidspunkt)
    sak.save(update_fields=["lenke", "sist_endret", "hard_delete_at"])
    payload = {"status": ny.ny_status, "overstyrStatustekstMed": ny.overstyr_statustekst_med}
    insert_together(
        [
            status,
            *hendelser.rows(
                HendelseType.NY_STATUS_SAK, sak, kilde=acting.kilde, now=acting.now, payload=payload
            ),
        ]
    )
    return status


def _statuser(sak: Sak) -> tuple[results.StatusOppdatering, ...]:
    return tuple(
        results.StatusOppdatering(
            status=SaksStatus(status.status),
            tidspunkt=status.tidspunkt,
            overstyr_status_tekst_med=status.overstyr_statustekst_med,
        )
        for status in sak.statuser.order_by("-tidspunkt", "-nummer")
    )


@answering
def neste_steg_sak(
    ref: SakRef,
    neste_steg: str | None,
    idempotency_key: str | None,
    *,
    kaller: Kaller,
    now: datetime,
) -> results.NesteStegSakVellykket:
    """What comes next, shown above the timeline; None removes it."""
    with transaction.atomic():
        sak, before = _set_text(
            ref,
            "neste_steg",
            neste_steg,
            idempotency_key,
            acting=act(kaller, now=now),
        )
    return results.NesteStegSakVellykket(id=sak.id, gjentatt=before)


@answering
def tilleggsinformasjon_sak(
    ref: SakRef,
    tilleggsinformasjon: str | None,
    idempotency_key: str | None,
    *,
    kaller: Kaller,
    now: datetime,
) -> results.TilleggsinformasjonSakVellykket:
    """More about the sak, shown below its title; None removes it."""
    with transaction.atomic():
        sak, before = _set_text(
            ref,
            "tilleggsinformasjon",
            tilleggsinformasjon,
            idempotency_key,
            acting=act(kaller, now=now),
        )
    return results.TilleggsinformasjonSakVellykket(id=sak.id, gjentatt=before)


_TEXTS = {
    "neste_steg": ("nesteStegSak", HendelseType.NESTE_STEG_SAK),
    "tilleggsinformasjon": ("tilleggsinformasjonSak", HendelseType.TILLEGGSINFORMASJON_SAK),
}


def _set_text(
    ref: SakRef, column: str, text: str | None, key: str | None, *, acting: Acting
) -> tuple[Sak, bool]:
    """The sak, and whether the key had been used: then nothing changes, whatever the content."""
    familie, type = _TEXTS[column]
    sak = acting.sak(ref)
    if keys.used(sak.id, familie, key):
        return sak, True
    setattr(sak, column, text)
    sak.save(update_fields=[column])
    keys.use(sak.id, familie, key, answer_id=sak.id, now=acting.now)
    hendelser.append(type, sak, kilde=acting.kilde, now=acting.now, payload={"tekst": text})
    return sak, False


def touching(sak_koordinat: UUID | None, moment: datetime) -> Besides | None:
    """Something has happened under the sak's grupperingsid: it moves to the top, if it exists.

    Takes the sak's lock, which goes before any notifikasjon's.
    """
    if sak_koordinat is None:
        return None
    return Besides(_TOUCH, [moment, sak_koordinat, moment])


_TOUCH = "UPDATE cases_sak SET sist_endret = %s WHERE koordinat = %s AND sist_endret < %s"
