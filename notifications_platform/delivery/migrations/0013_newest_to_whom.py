"""Messages by whom they went to, newest first; and reports that no message was found for."""

from django.db import migrations, models
from django.db.models.functions import MD5, Cast, Lower

_SETTLED = models.Q(("state", "claimed"), _negated=True)


class Migration(migrations.Migration):
    dependencies = [("delivery", "0012_provider_off_since")]

    operations = [
        migrations.RemoveIndex(model_name="message", name="message_of_address"),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                Cast(MD5(Lower("address")), models.UUIDField()),
                models.F("id"),
                condition=models.Q(models.Q(("address", ""), _negated=True), _SETTLED),
                name="message_of_address",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                Cast(MD5("recipient"), models.UUIDField()),
                models.F("id"),
                condition=models.Q(models.Q(("recipient", ""), _negated=True), _SETTLED),
                name="message_of_recipient",
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                condition=models.Q(("message_id__isnull", True), ("settled_at__isnull", False)),
                fields=["provider_reference"],
                name="receipt_of_nobody",
            ),
        ),
    ]
