"""What staff do to many rows at once."""

import django.db.models.deletion
from django.db import migrations, models

import notifications_platform.core.ids


class Migration(migrations.Migration):
    dependencies = [("back_office", "0003_staff_sessions")]

    operations = [
        migrations.CreateModel(
            name="Batch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=notifications_platform.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("model", models.CharField(help_text="As app_label.model_name.", max_length=100)),
                ("verb", models.CharField(max_length=30)),
                ("user", models.CharField(max_length=150)),
                ("reason", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "running"), ("done", "done")],
                        default="running",
                        max_length=7,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "batch",
                "verbose_name_plural": "batches",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "running")),
                        fields=["id"],
                        name="batch_running",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BatchRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.PositiveIntegerField(help_text="Its place among those chosen."),
                ),
                ("row_id", models.CharField(max_length=64)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("", "not yet"), ("done", "done"), ("refused", "refused")],
                        default="",
                        max_length=7,
                    ),
                ),
                ("words", models.TextField(blank=True)),
                ("parameters", models.JSONField(null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="back_office.batch",
                    ),
                ),
            ],
            options={
                "verbose_name": "row of a batch",
                "verbose_name_plural": "rows of batches",
                "constraints": [
                    models.UniqueConstraint(fields=("batch", "number"), name="batch_row_once")
                ],
            },
        ),
    ]
