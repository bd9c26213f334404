"""Celery carries wake-ups and ids, never content (delivery contract 1).

Two queues: `lifecycle` (orders become messages, sweeps) and `send` (messages leave).
Its settings stand in settings.py under CELERY_.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notifications_platform.settings")

app = Celery("notifications_platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
