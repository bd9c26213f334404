"""Messages of one client, for staff who see no others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0014_tallies")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state", "claimed"), _negated=True),
                fields=["client"],
                name="message_of_client",
            ),
        ),
    ]
