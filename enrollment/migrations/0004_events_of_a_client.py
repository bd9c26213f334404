"""Events of one client, for staff who see no others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0003_back_office")]

    operations = [
        migrations.AddIndex(
            model_name="policyenrollmentevent",
            index=models.Index(fields=["client", "id"], name="enrollment_event_of_client"),
        ),
    ]
