"""Who may see an item (cases contract 1, 14.1); access is computed from these rows when read."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left

from cases.states import MottakerType

# An index takes no long text, and callers write what they like: its beginning does.
INDEXED = 100


class Mottaker(models.Model):
    """One recipient. The organisation stands on each row, as access is asked for by it."""

    posisjon = models.PositiveSmallIntegerField(help_text="0 is the first one given.")
    type = models.CharField(max_length=30, choices=MottakerType)
    virksomhetsnummer = models.TextField()
    service_code = models.TextField(blank=True)
    service_edition = models.TextField(blank=True)
    ressurs_id = models.TextField(blank=True)
    naermeste_leder_fnr = models.TextField(blank=True)
    ansatt_fnr = models.TextField(blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.type} {self.posisjon}"


def indexes_by_person(prefix: str) -> list[models.Index]:
    """The search box: by the national identity number of the nearest leader, or of whom the item
    is about, newest first. Recipients of other kinds cost nothing.
    """
    columns = {"leader": "naermeste_leder_fnr", "employee": "ansatt_fnr"}
    return [
        models.Index(
            Left(column, INDEXED),
            F("id"),
            name=f"{prefix}_by_{name}",
            condition=~Q(**{column: ""}),
        )
        for name, column in columns.items()
    ]
