"""Rows of one service owner, for staff who see no others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("correspondence", "0006_who_is_found")]

    operations = [
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["service_owner", "id"], name="letter_of_owner"),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                fields=["service_owner", "-created_at", "id"], name="attachment_of_owner"
            ),
        ),
    ]
