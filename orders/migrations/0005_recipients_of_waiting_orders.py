"""Orders that are no messages yet, or never will be, by their recipients."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_references_before_creators")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(
                    ("lease_until__isnull", True),
                    (
                        "status__in",
                        ("Registered", "Processing", "SendConditionNotMet", "Cancelled"),
                    ),
                ),
                fields=["recipients"],
                gin_pending_list_limit=512,
                name="order_waits_for",
                opclasses=["jsonb_path_ops"],
            ),
        ),
    ]
