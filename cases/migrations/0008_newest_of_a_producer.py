"""Rows of one producer, newest first, for staff who see no others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_who_is_found")]

    operations = [
        migrations.AddIndex(
            model_name="sak",
            index=models.Index(
                fields=["produsent", "-mottatt_tidspunkt", "id"], name="sak_of_produsent"
            ),
        ),
        migrations.AddIndex(
            model_name="notifikasjon",
            index=models.Index(
                fields=["produsent", "-mottatt_tidspunkt", "id"], name="notifikasjon_of_produsent"
            ),
        ),
        migrations.AddIndex(
            model_name="eksterntvarsel",
            index=models.Index(
                fields=["produsent", "-created_at", "id"], name="eksternt_varsel_of_produsent"
            ),
        ),
    ]
