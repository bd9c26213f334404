"""What waits, of each channel by itself; an owner's few messages that failed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0017_receipts_in_order")]

    operations = [
        migrations.RemoveIndex(model_name="message", name="message_waiting"),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("fair_at__isnull", True), ("state", "queued")),
                fields=["channel", "not_before"],
                name="message_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state", "failed")),
                fields=["owner_id", "id"],
                name="message_failed_of_owner",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="withdrawn",
            field=models.BooleanField(
                db_default=False, help_text="Taken back: no further attempt, and no copy."
            ),
        ),
    ]
