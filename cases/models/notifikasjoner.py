"""Beskjeder, oppgaver and kalenderavtaler in one table: an eksternId names one of them only."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left

from cases.models.mottakere import INDEXED, Mottaker, indexes_by_person
from cases.states import KalenderavtaleTilstand, NotifikasjonType, OppgaveTilstand
from notifications_platform.core.ids import uuid7

_TILSTANDER = (
    Q(type=NotifikasjonType.BESKJED, tilstand="")
    | Q(type=NotifikasjonType.OPPGAVE, tilstand__in=OppgaveTilstand.values)
    | Q(
        type=NotifikasjonType.KALENDERAVTALE,
        tilstand__in=KalenderavtaleTilstand.values,
        start_tidspunkt__isnull=False,
    )
)


class Notifikasjon(models.Model):
    """One notification of a producer. `opprettet_tidspunkt` is as stated, else when received.

    Deadlines and appointments are instants; `frist` is a day in Oslo, and `utgaar_at` the
    midnight that ends it, for as long as the oppgave can expire.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    type = models.CharField(max_length=14, choices=NotifikasjonType)
    koordinat = models.UUIDField(
        unique=True, editable=False, help_text="Of merkelapp and eksternId."
    )
    sak_koordinat = models.UUIDField(
        null=True, editable=False, help_text="Of merkelapp and grupperingsid."
    )
    merkelapp = models.TextField()
    ekstern_id = models.TextField()
    grupperingsid = models.TextField(null=True)  # noqa: DJ001 an empty text is no null here
    virksomhetsnummer = models.TextField()
    tekst = models.TextField()
    lenke = models.TextField()
    produsent = models.CharField(max_length=300, help_text="Client id in the register.")
    kilde_app_navn = models.CharField(max_length=200)
    opprettet_tidspunkt = models.DateTimeField()
    mottatt_tidspunkt = models.DateTimeField()
    fingerprint = models.CharField(max_length=64, help_text="Of the call that created it.")
    first_varsler = models.JSONField(default=list, help_text="Ids as first answered.")
    first_paaminnelse_varsler = models.JSONField(null=True)

    tilstand = models.CharField(max_length=40, blank=True)
    frist = models.DateField(null=True)
    utgaar_at = models.DateTimeField(null=True)
    utfoert_tidspunkt = models.DateTimeField(null=True)
    utgaatt_tidspunkt = models.DateTimeField(null=True)

    start_tidspunkt = models.DateTimeField(null=True)
    slutt_tidspunkt = models.DateTimeField(null=True)
    lokasjon = models.JSONField(null=True, help_text="adresse, postnummer, poststed.")
    digitalt = models.BooleanField(default=False)

    paaminnelse_utloest_at = models.DateTimeField(
        null=True, help_text="Instant of the reminder fired last."
    )
    soft_deleted_at = models.DateTimeField(null=True)
    hard_delete_at = models.DateTimeField(null=True, help_text="When it is to be erased.")

    class Meta:
        verbose_name_plural = "notifikasjoner"
        constraints = [
            models.CheckConstraint(name="notifikasjon_tilstand", condition=_TILSTANDER),
            models.CheckConstraint(
                name="notifikasjon_expires_while_ny",
                condition=Q(utgaar_at__isnull=True)
                | Q(tilstand=OppgaveTilstand.NY, soft_deleted_at__isnull=True),
            ),
        ]
        indexes = [
            # reading.mine_notifikasjoner(): the pages of one label …
            models.Index(
                name="notifikasjon_of_merkelapp", fields=["merkelapp", "mottatt_tidspunkt", "id"]
            ),
            # … and of one grupperingsid; the timeline and the cascade of a sak.
            models.Index(
                name="notifikasjon_of_sak",
                fields=["sak_koordinat", "mottatt_tidspunkt", "id"],
                condition=Q(sak_koordinat__isnull=False),
            ),
            # lifecycle.expiring: whose deadline has passed.
            models.Index(
                name="oppgave_to_expire",
                fields=["utgaar_at"],
                condition=Q(utgaar_at__isnull=False),
            ),
            # lifecycle.erasing: whose time has come.
            models.Index(
                name="notifikasjon_to_erase",
                fields=["hard_delete_at"],
                condition=Q(hard_delete_at__isnull=False),
            ),
            # The back office, newest first …
            models.Index(name="notifikasjon_by_receipt", fields=["-mottatt_tidspunkt", "id"]),
            # … as staff of one producer see them …
            models.Index(
                name="notifikasjon_of_produsent", fields=["produsent", "-mottatt_tidspunkt", "id"]
            ),
            # … and those of one organisation, as of saker.
            models.Index(
                Left("virksomhetsnummer", INDEXED),
                F("mottatt_tidspunkt").desc(),
                F("id"),
                name="notifikasjon_of_virksomhet",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class NotifikasjonMottaker(Mottaker):
    notifikasjon = models.ForeignKey(
        Notifikasjon, on_delete=models.CASCADE, related_name="mottakere", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="notifikasjon_mottaker_once", fields=["notifikasjon", "posisjon"]
            )
        ]
        indexes = indexes_by_person("notifikasjon")


class Paaminnelse(models.Model):
    """A reminder: open until it fires or is closed; a notifikasjon has one open at most."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    notifikasjon = models.ForeignKey(
        Notifikasjon, on_delete=models.CASCADE, related_name="paaminnelser"
    )
    tidspunkt = models.DateTimeField(help_text="The instant at which it fires.")
    created_at = models.DateTimeField()
    fired_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True, help_text="Replaced, cancelled or no more needed.")

    class Meta:
        verbose_name_plural = "påminnelser"
        constraints = [
            models.UniqueConstraint(
                name="one_open_paaminnelse",
                fields=["notifikasjon"],
                condition=Q(fired_at__isnull=True, closed_at__isnull=True),
            )
        ]
        indexes = [
            # lifecycle.reminding: whose time has come.
            models.Index(
                name="paaminnelse_to_fire",
                fields=["tidspunkt"],
                condition=Q(fired_at__isnull=True, closed_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"påminnelse of {self.notifikasjon_id}"
