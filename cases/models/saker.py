"""Saker and their statuses."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left

from cases.models.mottakere import INDEXED, Mottaker, indexes_by_person
from cases.states import SaksStatus


class Sak(models.Model):
    """A case of a producer, for one organisation. `opprettet_tidspunkt` is as stated, else when
    received. Hard deletion removes the row and leaves a `Slettet`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    koordinat = models.UUIDField(
        unique=True, editable=False, help_text="Of merkelapp and grupperingsid."
    )
    merkelapp = models.TextField()
    grupperingsid = models.TextField()
    virksomhetsnummer = models.TextField()
    tittel = models.TextField()
    tilleggsinformasjon = models.TextField(null=True)  # noqa: DJ001 an empty text is no null here
    lenke = models.TextField(null=True)  # noqa: DJ001
    neste_steg = models.TextField(null=True)  # noqa: DJ001
    produsent = models.CharField(max_length=300, help_text="Client id in the register.")
    kilde_app_navn = models.CharField(max_length=200)
    opprettet_tidspunkt = models.DateTimeField()
    mottatt_tidspunkt = models.DateTimeField()
    sist_endret = models.DateTimeField(
        help_text="Moves forward only: status, new notifikasjon, reminder fired."
    )
    fingerprint = models.CharField(max_length=64, help_text="Of the call that created it.")
    soft_deleted_at = models.DateTimeField(null=True)
    hard_delete_at = models.DateTimeField(null=True, help_text="When it is to be erased.")

    class Meta:
        verbose_name_plural = "saker"
        indexes = [
            # lifecycle.erasing: whose time has come.
            models.Index(
                name="sak_to_erase",
                fields=["hard_delete_at"],
                condition=Q(hard_delete_at__isnull=False),
            ),
            # The back office, newest first …
            models.Index(name="sak_by_receipt", fields=["-mottatt_tidspunkt", "id"]),
            # … as staff of one producer see them …
            models.Index(name="sak_of_produsent", fields=["produsent", "-mottatt_tidspunkt", "id"]),
            # … and those of one organisation, by its beginning: an index takes no long text.
            models.Index(
                Left("virksomhetsnummer", INDEXED),
                F("mottatt_tidspunkt").desc(),
                F("id"),
                name="sak_of_virksomhet",
            ),
        ]

    def __str__(self) -> str:
        return f"sak {self.id}"


class StatusOppdatering(models.Model):
    """A status in the order of receipt (`nummer`); `tidspunkt` as stated, else when received."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sak = models.ForeignKey(Sak, on_delete=models.CASCADE, related_name="statuser", db_index=False)
    nummer = models.PositiveIntegerField()
    status = models.CharField(max_length=20, choices=SaksStatus)
    tidspunkt = models.DateTimeField()
    mottatt_tidspunkt = models.DateTimeField()
    overstyr_statustekst_med = models.TextField(null=True)  # noqa: DJ001

    class Meta:
        verbose_name_plural = "status updates"
        constraints = [
            models.UniqueConstraint(name="status_once", fields=["sak", "nummer"]),
            models.CheckConstraint(name="saks_status", condition=Q(status__in=SaksStatus.values)),
        ]

    def __str__(self) -> str:
        return f"{self.status} of {self.sak_id}"


class SakMottaker(Mottaker):
    sak = models.ForeignKey(Sak, on_delete=models.CASCADE, related_name="mottakere", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="sak_mottaker_once", fields=["sak", "posisjon"])
        ]
        indexes = indexes_by_person("sak")
