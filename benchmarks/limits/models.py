from django.db import models


class Row(models.Model):
    body = models.JSONField()

    class Meta:
        app_label = "limits"

    def __str__(self) -> str:
        return str(self.pk)
