"""The registers of `cases`: who produces, and who leads whom (cases contract 3, 14.1)."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models

_eleven_digits = RegexValidator(r"^[0-9]{11}$", "Write 11 digits.")
# Items, messages and the trail keep these names, and no longer ones.
_kept = MaxLengthValidator(200)
_nine_digits = RegexValidator(r"^[0-9]{9}$", "Write 9 digits.")


class Producer(models.Model):
    """A case-handling system. `mottakere` says whom it may address, as the register file does:
    `{"serviceCode", "serviceEdition"}`, `{"ressursId"}`, `{"naermesteLeder": true}`.
    """

    client_id = models.CharField("client id", max_length=300, unique=True, validators=[_kept])
    name = models.CharField(max_length=300)
    merkelapper = ArrayField(
        models.CharField(max_length=300),
        default=list,
        blank=True,
        help_text="The labels it may use; case counts.",
    )
    mottakere = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["client_id"]

    def __str__(self) -> str:
        return self.client_id


class AppName(models.Model):
    """A name in a token that acts as this producer: its client id, and further ones."""

    producer = models.ForeignKey(
        Producer, to_field="client_id", on_delete=models.CASCADE, related_name="app_names"
    )
    name = models.CharField(max_length=300, validators=[_kept])

    class Meta:
        constraints = [
            # An app name belongs to at most one producer. Deferred, so that a name can move
            # from one producer to another within a file.
            models.UniqueConstraint(
                name="app_name_once", fields=["name"], deferrable=models.Deferrable.DEFERRED
            )
        ]

    def __str__(self) -> str:
        return self.name


class NearestLeader(models.Model):
    """`leader` leads `employee` in this organisation, until the end date if there is one."""

    leader = models.CharField(max_length=11, validators=[_eleven_digits])
    employee = models.CharField(max_length=11, validators=[_eleven_digits])
    organization_number = models.CharField(max_length=9, validators=[_nine_digits])
    end_date = models.DateField(
        null=True, blank=True, help_text="Once it is past, the relation counts as removed."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="nearest_leader_once", fields=["leader", "employee", "organization_number"]
            )
        ]
        # The search box, by either.
        indexes = [
            models.Index(name="nearest_leader_of", fields=["employee", "id"]),
            models.Index(name="nearest_leader_who", fields=["leader", "id"]),
        ]

    def __str__(self) -> str:
        return f"nearest leader in {self.organization_number}"
