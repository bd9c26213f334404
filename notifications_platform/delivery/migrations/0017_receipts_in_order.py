"""Receipts of one message in the order they came, whatever the planner knows of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0016_messages_that_did_not_leave")]

    operations = [
        migrations.RemoveIndex(model_name="receipt", name="receipt_of_message"),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                condition=models.Q(("message_id__isnull", False)),
                fields=["message_id", "id"],
                name="receipt_of_message",
            ),
        ),
    ]
