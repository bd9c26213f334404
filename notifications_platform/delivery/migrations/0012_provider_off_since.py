from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("delivery", "0011_channel_switch")]

    operations = [
        migrations.AddField(
            model_name="provider",
            name="switched_off_since",
            field=models.DateTimeField(blank=True, help_text="Business time.", null=True),
        ),
    ]
