from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0003_staff_stops_and_finds")]

    operations = [
        migrations.RemoveIndex(model_name="receipt", name="receipt_unsettled"),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                condition=models.Q(("settled_at__isnull", True)),
                fields=["provider_reference"],
                name="receipt_unsettled",
            ),
        ),
    ]
