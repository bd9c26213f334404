"""Who may see an item (cases contract 1, 14.1); access is computed from these rows when read."""

from django.db import models

from cases.states import MottakerType


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
