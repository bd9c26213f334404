"""Room for new row versions on each page, and a vacuum that keeps up with a queue.

A message changes three times in its short life and then never again. With room on the page
an attempt's completion stays there (HOT), and dead entries at the head of the queue's indexes
go away soon, whatever the size of the history behind them.
"""

from django.db import migrations

_MESSAGE = """
ALTER TABLE delivery_message SET (
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
    autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1)
"""
_ATTEMPT = "ALTER TABLE delivery_attempt SET (fillfactor = 70)"
_TURN = "ALTER TABLE delivery_turn SET (fillfactor = 50)"


class Migration(migrations.Migration):
    dependencies = [("delivery", "0001_initial")]

    operations = [
        migrations.RunSQL(_MESSAGE, "ALTER TABLE delivery_message RESET (fillfactor)"),
        migrations.RunSQL(_ATTEMPT, "ALTER TABLE delivery_attempt RESET (fillfactor)"),
        migrations.RunSQL(_TURN, "ALTER TABLE delivery_turn RESET (fillfactor)"),
    ]
