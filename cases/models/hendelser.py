"""What has happened, what was erased, and which keys have been used (cases contract 8, 11, 12)."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from cases.states import HendelseType
from notifications_platform.core.ids import uuid7


class Hendelse(models.Model):
    """One accepted change, written in its transaction; erased with what it is about."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    aggregate_id = models.UUIDField(help_text="The sak or notifikasjon.")
    type = models.CharField(max_length=40, choices=HendelseType)
    tidspunkt = models.DateTimeField()
    merkelapp = models.TextField()
    virksomhetsnummer = models.TextField(blank=True)
    produsent = models.CharField(max_length=300)
    kilde_app_navn = models.CharField(max_length=200)
    correlation_id = models.CharField(max_length=128, blank=True)
    payload = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "hendelser"
        indexes = [
            # The story of one item.
            models.Index(name="hendelse_of_aggregate", fields=["aggregate_id", "id"]),
            # The back office by producer, by label, by time.
            models.Index(name="hendelse_of_produsent", fields=["produsent", "id"]),
            models.Index(name="hendelse_of_merkelapp", fields=["merkelapp", "id"]),
            BrinIndex(name="hendelse_by_time", fields=["tidspunkt"], autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.aggregate_id}"


class Slettet(models.Model):
    """All that is left of what was hard deleted. A sak's coordinate stays taken for ever."""

    id = models.UUIDField(primary_key=True, editable=False, help_text="The erased item's id.")
    type = models.CharField(max_length=14)
    merkelapp = models.TextField()
    grupperingsid = models.TextField(null=True)  # noqa: DJ001 an empty text is no null here
    sak_koordinat = models.UUIDField(null=True, editable=False)
    slettet_at = models.DateTimeField()
    produsent = models.CharField(max_length=300)

    class Meta:
        verbose_name = "tombstone"
        constraints = [
            models.UniqueConstraint(
                name="sak_erased_once", fields=["sak_koordinat"], condition=Q(type="Sak")
            )
        ]
        indexes = [models.Index(name="slettet_by_time", fields=["-slettet_at", "id"])]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class BruktNoekkel(models.Model):
    """An idempotency key that a call has used, kept as a digest (cases contract 8.2)."""

    item_id = models.UUIDField()
    familie = models.CharField(max_length=40, help_text="Operation family.")
    noekkel = models.UUIDField(help_text="Digest of the key.")
    fingerprint = models.CharField(max_length=64)
    answer_id = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "used idempotency keys"
        constraints = [
            models.UniqueConstraint(name="noekkel_once", fields=["item_id", "familie", "noekkel"])
        ]

    def __str__(self) -> str:
        return f"{self.familie} of {self.item_id}"
