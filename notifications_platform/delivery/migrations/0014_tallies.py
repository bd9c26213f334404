"""What messages came to, counted as it happens; with room on the page for sums that change."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0013_newest_to_whom"),
    ]

    operations = [
        migrations.CreateModel(
            name="Stroke",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(help_text="Business time, in whole minutes.")),
                ("client", models.CharField(blank=True, max_length=200)),
                ("channel", models.CharField(max_length=8)),
                ("state", models.CharField(max_length=9)),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("number", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "length",
                    models.CharField(
                        choices=[("minute", "Minute"), ("hour", "Hour")], max_length=6
                    ),
                ),
                ("at", models.DateTimeField(help_text="When it begins; business time.")),
                ("client", models.CharField(blank=True, max_length=200)),
                ("channel", models.CharField(max_length=8)),
                ("state", models.CharField(max_length=9)),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("number", models.BigIntegerField()),
            ],
            options={
                "verbose_name_plural": "tallies",
                "indexes": [models.Index(fields=["length", "at"], name="tally_by_age")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("length", "client", "at", "channel", "state", "reason"),
                        name="tally_of",
                    )
                ],
            },
        ),
        # A queue of its own: as many rows go as come, every few seconds.
        migrations.RunSQL(
            "ALTER TABLE delivery_stroke SET (autovacuum_vacuum_scale_factor = 0.0,"
            " autovacuum_vacuum_threshold = 5000)",
            "ALTER TABLE delivery_stroke RESET (autovacuum_vacuum_scale_factor,"
            " autovacuum_vacuum_threshold)",
        ),
        migrations.RunSQL(
            "ALTER TABLE delivery_tally SET (fillfactor = 70)",
            "ALTER TABLE delivery_tally RESET (fillfactor)",
        ),
    ]
