"""Messages that failed or were cancelled, by reason, for the back office's list."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0015_messages_of_a_client")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state__in", ["failed", "cancelled"])),
                fields=["state", "reason", "id"],
                name="message_unsent",
            ),
        ),
    ]
