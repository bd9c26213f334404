"""Sessions with an owner and two limits. Everybody logs in once more."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def end_sessions_of_before(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Nobody reads them any more, and they hold what was searched for."""
    apps.get_model("sessions", "Session").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("back_office", "0002_staff_bound_to_clients"),
        ("sessions", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="StaffSession",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                        verbose_name="session key",
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("began_at", models.DateTimeField(help_text="System time, UTC.")),
                (
                    "seen_at",
                    models.DateTimeField(help_text="System time, UTC, within a minute."),
                ),
                ("browser", models.CharField(blank=True, max_length=60)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user", "began_at"], name="staff_session_of_user")
                ],
            },
        ),
        migrations.RunPython(end_sessions_of_before, migrations.RunPython.noop),
    ]
