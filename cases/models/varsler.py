"""Eksterne varsler: what is to leave by SMS, e-mail or an Altinn service (cases contract 10)."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5, Cast, Lower

from cases.models.notifikasjoner import Notifikasjon, Paaminnelse
from cases.states import EksterntVarselStatus, Kanal, Sendevindu

# A digest, because an address may be longer than an index entry.
TO_ADDRESS = Cast(MD5(Lower("adresse")), models.UUIDField())


class EksterntVarsel(models.Model):
    """One external message, which becomes one or several messages of the delivery engine.

    Address and texts stand here until the message is in the outbox, which has them from then
    on. It outlives its notifikasjon: without one, the row goes as soon as it is finished.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    notifikasjon = models.ForeignKey(
        Notifikasjon,
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="eksterne_varsler",
    )
    paaminnelse = models.ForeignKey(
        Paaminnelse,
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="eksterne_varsler",
        help_text="The reminder it belongs to.",
    )
    nummer = models.PositiveIntegerField(help_text="Order within the notifikasjon.")
    kanal = models.CharField(max_length=14, choices=Kanal)
    status = models.CharField(
        max_length=10, choices=EksterntVarselStatus, default=EksterntVarselStatus.NY
    )
    status_at = models.DateTimeField()
    created_at = models.DateTimeField()
    aarsak = models.TextField(blank=True, help_text="Why it failed, for staff.")

    virksomhetsnummer = models.TextField()
    produsent = models.CharField(max_length=300)
    correlation_id = models.CharField(max_length=128, blank=True)
    adresse = models.TextField(blank=True)
    tittel = models.TextField(blank=True)
    tekst = models.TextField(blank=True)
    service_code = models.TextField(blank=True)
    service_edition = models.TextField(blank=True)
    sendevindu = models.CharField(max_length=20, choices=Sendevindu, blank=True)
    tidspunkt = models.DateTimeField(null=True)

    queue_at = models.DateTimeField(
        null=True, help_text="When its contact points are to be looked up."
    )
    unanswered_since = models.DateTimeField(
        null=True, help_text="When the register of contact points first did not answer."
    )
    queued_at = models.DateTimeField(null=True, help_text="In the outbox since.")
    open_messages = models.PositiveIntegerField(
        default=0, help_text="Messages of the outbox that have not failed."
    )

    class Meta:
        verbose_name_plural = "eksterne varsler"
        constraints = [
            models.CheckConstraint(
                name="eksternt_varsel_status",
                condition=Q(status__in=EksterntVarselStatus.values),
            ),
            models.UniqueConstraint(
                name="eksternt_varsel_once",
                fields=["notifikasjon", "nummer"],
                condition=Q(notifikasjon__isnull=False),
            ),
            models.CheckConstraint(
                name="eksternt_varsel_queued_once",
                condition=Q(queue_at__isnull=True)
                | Q(queued_at__isnull=True, status=EksterntVarselStatus.NY),
            ),
        ]
        indexes = [
            # lifecycle.queueing: whose contact points are to be looked up.
            models.Index(
                name="eksternt_varsel_to_queue",
                fields=["queue_at"],
                condition=Q(queue_at__isnull=False),
            ),
            # The messages of a reminder, when it fires or is closed.
            models.Index(
                name="eksternt_varsel_of_paaminnelse",
                fields=["paaminnelse"],
                condition=Q(paaminnelse__isnull=False),
            ),
            # The search box: by the address of those that are not in the outbox yet.
            models.Index(TO_ADDRESS, name="eksternt_varsel_waits_for", condition=~Q(adresse="")),
            # The back office, newest first …
            models.Index(name="eksternt_varsel_by_time", fields=["-created_at", "id"]),
            # … as staff of one producer see them …
            models.Index(
                name="eksternt_varsel_of_produsent", fields=["produsent", "-created_at", "id"]
            ),
            # … and what went wrong, among all that did not.
            models.Index(
                name="eksternt_varsel_failed",
                fields=["-created_at", "id"],
                condition=Q(status=EksterntVarselStatus.FEILET),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kanal} {self.id}"
