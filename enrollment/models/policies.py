"""Policies, and what happened in them (contract 4.4, 4.5)."""

from django.db import models
from django.db.models import Q

from enrollment.states import EventType


class PolicyState(models.Model):
    """What is known of a policy. Whoever makes or changes notifications of a policy as a whole
    locks its row first.
    """

    client = models.CharField(max_length=300)
    policy_gid = models.CharField("policy GID", max_length=300)
    policy_code = models.CharField(max_length=300, help_text="As last heard.")
    approved = models.BooleanField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="enrollment_policy_gid", fields=["client", "policy_gid"])
        ]

    def __str__(self) -> str:
        return self.policy_gid


class PolicyEnrollmentEvent(models.Model):
    """Something that happened to a member. Never changed."""

    client = models.CharField(max_length=300)
    policy = models.ForeignKey(PolicyState, on_delete=models.PROTECT, db_index=False)
    policy_code = models.CharField(max_length=300)
    person_code = models.CharField(max_length=300)
    type = models.CharField(max_length=1, choices=EventType)
    business_event_definition_code = models.CharField(max_length=30, blank=True)
    descr = models.TextField(blank=True)
    effective_date = models.DateField(null=True)
    event_reference = models.CharField(max_length=300, blank=True)
    values = models.JSONField(default=dict, help_text="value0 … value9, as far as given.")
    correlation_id = models.CharField(max_length=128, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            # A producer's retry creates nothing.
            models.UniqueConstraint(
                name="enrollment_event_reference",
                fields=["policy", "event_reference"],
                condition=~Q(event_reference=""),
            ),
            models.CheckConstraint(
                name="enrollment_event_type",
                condition=Q(type=EventType.BUSINESS) & ~Q(business_event_definition_code="")
                | Q(type=EventType.MESSAGE, business_event_definition_code=""),
            ),
        ]
        indexes = [
            models.Index(name="enrollment_event_of_policy", fields=["policy", "id"]),
            # The list as staff of one client see it.
            models.Index(name="enrollment_event_of_client", fields=["client", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
