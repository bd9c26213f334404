"""Room on the page for an order's running counts (HOT updates; they stand in no index)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE orders_order SET (fillfactor = 70)",
            "ALTER TABLE orders_order RESET (fillfactor)",
        )
    ]
