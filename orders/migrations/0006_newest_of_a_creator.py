"""Orders of one creator, newest first, for staff who see no others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_recipients_of_waiting_orders")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["creator", "-created_at"], name="order_newest_of"),
        ),
    ]
