"""The ticking of `make run`: Celery's own scheduler, without loading the apps.

What ticks is named in the settings and sent by name, so that this process needs no models
or tasks; `celery -A notifications_platform beat` does the same with twice the memory.
"""

from celery.beat import Scheduler, Service

from notifications_platform.celery import app

if __name__ == "__main__":
    # A few ticks known from the settings: nothing worth keeping in a file.
    Service(app, scheduler_cls=Scheduler).start()
