"""A switch per channel: whether anything may leave on it."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CHANNELS = [("email", "Email"), ("sms", "Sms"), ("webhook", "Webhook")]


def make_rows(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    switches = apps.get_model("delivery", "ChannelSwitch")
    for channel, _label in CHANNELS:
        switches.objects.get_or_create(channel=channel)


class Migration(migrations.Migration):
    dependencies = [("delivery", "0010_retries_that_vary")]

    operations = [
        migrations.CreateModel(
            name="ChannelSwitch",
            fields=[
                (
                    "channel",
                    models.CharField(
                        choices=CHANNELS, max_length=8, primary_key=True, serialize=False
                    ),
                ),
                ("stopped", models.BooleanField(default=False)),
                ("stopped_by", models.CharField(blank=True, max_length=150)),
                ("stopped_because", models.TextField(blank=True)),
                (
                    "stopped_since",
                    models.DateTimeField(blank=True, help_text="Business time.", null=True),
                ),
            ],
            options={
                "verbose_name": "channel",
                "verbose_name_plural": "channels",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stopped", False),
                            ("stopped_since__isnull", False),
                            _connector="OR",
                        ),
                        name="channel_stopped_since",
                    )
                ],
            },
        ),
        migrations.RunPython(make_rows, migrations.RunPython.noop),
    ]
