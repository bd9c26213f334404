"""The least Django that answers a POST with one row written."""

import os

import environ

SECRET_KEY = "limit"  # noqa: S105 nothing here is signed
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "benchmarks.limits.urls"
INSTALLED_APPS = ["benchmarks.limits"]
MIDDLEWARE: list[str] = []
DATABASES = {"default": environ.Env().db_url_config(os.environ["DATABASE_URL"])}
DATABASES["default"]["CONN_MAX_AGE"] = 600
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}
