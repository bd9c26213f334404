"""The least project around django-post_office, at its best on two cores."""

import os
from urllib.parse import urlsplit

_DATABASE = urlsplit(os.environ["DATABASE_URL"])

SECRET_KEY = "peer"  # noqa: S105 nothing here is signed
INSTALLED_APPS = ["django.contrib.contenttypes", "post_office"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": _DATABASE.hostname,
        "PORT": _DATABASE.port,
        "USER": _DATABASE.username,
        "PASSWORD": _DATABASE.password or "",
        "NAME": _DATABASE.path.removeprefix("/"),
        "CONN_MAX_AGE": 600,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
LOGGING_CONFIG = None
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = int(os.environ["EMAIL_PORT"])
# Each thread keeps its connection for a whole batch. What is sent is recorded, as by default.
POST_OFFICE = {
    "BATCH_SIZE": int(os.environ["BATCH_SIZE"]),
    "THREADS_PER_PROCESS": int(os.environ["THREADS_PER_PROCESS"]),
    "LOG_LEVEL": 2,
}
