"""All settings, from environment variables only (runtime contract 2).

A variable that is not set is looked for in the state file of a platform running from
this folder, then gets its documented default.
"""

import os
from datetime import timedelta
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

from notifications_platform import celery  # noqa: F401 (the app by which Django announces work)
from notifications_platform.back_office.theme import UNFOLD  # noqa: F401 (a setting)
from notifications_platform.core.logs import logging_settings
from notifications_platform.core.windows import Window
from notifications_platform.delivery.channels.email.provider_url import anymail_settings
from notifications_platform.http.schema_settings import schema_settings
from notifications_platform.runtime.secrets import text_secret
from notifications_platform.runtime.signing import signing_key
from notifications_platform.runtime.state import running_environment, var_directory

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = var_directory()


class Environment(environ.Env):  # type: ignore[misc]  # the package is untyped
    ENVIRON = {**running_environment(), **os.environ}

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        """Says which variable it is that cannot be read."""
        try:
            return super().get_value(var, *args, **kwargs)
        except ValueError:
            raise ImproperlyConfigured(f"{var} is {self.ENVIRON[var]!r}: not a number.") from None

    def switch(self, var: str, *, default: bool) -> bool:
        """1 or 0, in their usual spellings; an unset or empty one is the default."""
        text = str(self.str(var, default="")).lower()
        if text and text not in _SWITCH:
            raise ImproperlyConfigured(f"{var} is {text!r}: give 1 or 0.")
        return _SWITCH[text] if text else default


_SWITCH = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(
    ("0", "false", "no", "off"), False
)
env = Environment()

# --- where we are -------------------------------------------------------------------------
SANDBOX = env.switch("SANDBOX", default=False)
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=[urlsplit(PUBLIC_URL).hostname or HOST, HOST, "127.0.0.1", "localhost", "[::1]"],
)
if not validate_host(urlsplit(PUBLIC_URL).hostname or HOST, ALLOWED_HOSTS):
    raise ImproperlyConfigured("ALLOWED_HOSTS lacks the host of PUBLIC_URL: add it.")
DEBUG = False


def required(name: str, generated: object) -> str:
    """The variable, or in the sandbox what `generated` makes; else the start stops here."""
    value = str(env.str(name, default=""))
    if value:
        return value
    if SANDBOX and callable(generated):
        return str(generated())
    raise ImproperlyConfigured(f"{name} is not set. It is required when SANDBOX=0.")


def above_zero(name: str, number: float) -> float:
    """The number again; else the start stops here."""
    if not 0 < number < inf:
        raise ImproperlyConfigured(f"{name} is {number}: give a number above zero.")
    return number


# --- secrets ------------------------------------------------------------------------------
SECRET_KEY = required("SECRET_KEY", lambda: text_secret(VAR_DIR, "secret_key"))
SIGNING_KEY = required("SIGNING_KEY", lambda: signing_key(VAR_DIR, "signing_key"))
if not SANDBOX and (len(SECRET_KEY) < 32 or len(set(SECRET_KEY)) < 10):
    raise ImproperlyConfigured("SECRET_KEY is too weak: give at least 32 random characters.")
EMAIL_WEBHOOK_SECRET = env.str("EMAIL_WEBHOOK_SECRET", default="")
SMS_REPORT_USER = env.str("SMS_REPORT_USER", default="sms-gateway" if SANDBOX else "")
SMS_REPORT_PASSWORD = env.str("SMS_REPORT_PASSWORD", default="") or (
    text_secret(VAR_DIR, "sms_report_password") if SANDBOX else ""
)

# --- identity -----------------------------------------------------------------------------
# A JSON list as text: identity reads it, so that a bad one gives a clear line, not a traceback.
TOKEN_ISSUERS = env.str("TOKEN_ISSUERS", default="[]")

# --- staff --------------------------------------------------------------------------------
STAFF_SECOND_FACTOR = env.switch("STAFF_SECOND_FACTOR", default=not SANDBOX)
STAFF_SESSION_HOURS = above_zero(
    "STAFF_SESSION_HOURS", env.float("STAFF_SESSION_HOURS", default=12)
)
STAFF_IDLE_MINUTES = above_zero("STAFF_IDLE_MINUTES", env.float("STAFF_IDLE_MINUTES", default=30))
STAFF_SESSIONS = int(above_zero("STAFF_SESSIONS", env.int("STAFF_SESSIONS", default=3)))
TRUSTED_PROXIES = max(0, env.int("TRUSTED_PROXIES", default=0))

# --- delivery -----------------------------------------------------------------------------
EMAIL_URL = env.str("EMAIL_URL", default="")
EMAIL_FROM = env.str("EMAIL_FROM", default="noreply@altinn.no")
EMAIL_RETURN_PATH = env.str("EMAIL_RETURN_PATH", default="")
ANYMAIL = anymail_settings(EMAIL_URL, EMAIL_WEBHOOK_SECRET)
SMS_GATEWAY_URL = env.str("SMS_GATEWAY_URL", default="")
SMS_SENDER = env.str("SMS_SENDER", default="Altinn")
DELIVERY_LEASE = timedelta(
    seconds=above_zero("DELIVERY_LEASE_SECONDS", env.float("DELIVERY_LEASE_SECONDS", default=60))
)
DELIVERY_CONNECTIONS = env.int("DELIVERY_CONNECTIONS", default=100)
SWEEP_SECONDS = above_zero("SWEEP_SECONDS", env.float("SWEEP_SECONDS", default=2 if SANDBOX else 5))
OUTBOUND_ALLOW_PRIVATE = env.switch("OUTBOUND_ALLOW_PRIVATE", default=SANDBOX)

# --- attachments --------------------------------------------------------------------------
ATTACHMENTS_URL = env.str("ATTACHMENTS_URL", default=(VAR_DIR / "attachments").as_uri())
MALWARE_SCANNER = env.str("MALWARE_SCANNER", default="eicar")

# --- the sandbox's sinks ------------------------------------------------------------------
SANDBOX_SMTP_PORT = env.int("SANDBOX_SMTP_PORT", default=2525)
SANDBOX_SMS_PORT = env.int("SANDBOX_SMS_PORT", default=2526)

# --- registers ----------------------------------------------------------------------------
REGISTERS_FILE = env.str("REGISTERS_FILE", default="")
PERSONS_URL = env.str("PERSONS_URL", default="").rstrip("/")
ORGANIZATIONS_URL = env.str("ORGANIZATIONS_URL", default="").rstrip("/")
MASKINPORTEN_TOKEN_URL = env.str("MASKINPORTEN_TOKEN_URL", default="")
MASKINPORTEN_CLIENT_ID = env.str("MASKINPORTEN_CLIENT_ID", default="")
MASKINPORTEN_KEY = env.str("MASKINPORTEN_KEY", default="")


# --- the systems' hours for SMS -----------------------------------------------------------
def sms_hours(name: str, text: str) -> Window:
    try:
        return Window.hours(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from None


ORDERS_SMS_HOURS = sms_hours("ORDERS_SMS_HOURS", env.str("ORDERS_SMS_HOURS", default="9-17"))
_cases_sms_hours = env.str("CASES_SMS_HOURS", default="")
CASES_SMS_HOURS = sms_hours("CASES_SMS_HOURS", _cases_sms_hours) if _cases_sms_hours else None


# --- enrollment ---------------------------------------------------------------------------
def seconds_list(name: str, text: str) -> tuple[int, ...]:
    """Comma-separated seconds; an empty text has none."""
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise ImproperlyConfigured(f"{name}: {text!r} is no comma list of seconds")
    return tuple(map(int, parts))


ENROLLMENT_API_CONTEXT_ROOT = env.str(
    "ENROLLMENT_API_CONTEXT_ROOT", default="enrollment/api"
).strip("/")
ENROLLMENT_RETRY_SCHEDULE = seconds_list(
    "ENROLLMENT_RETRY_SCHEDULE",
    env.str("ENROLLMENT_RETRY_SCHEDULE", default="5,300,1800,7200,18000,36000,50400,72000,86400"),
)
ENROLLMENT_DELIVERY_TIMEOUT = timedelta(
    seconds=above_zero(
        "ENROLLMENT_DELIVERY_TIMEOUT", env.float("ENROLLMENT_DELIVERY_TIMEOUT", default=15)
    )
)
ENROLLMENT_BULK_CHUNK = int(
    above_zero("ENROLLMENT_BULK_CHUNK", env.int("ENROLLMENT_BULK_CHUNK", default=10_000))
)

# --- Django -------------------------------------------------------------------------------
ROOT_URLCONF = "notifications_platform.urls"
WSGI_APPLICATION = "notifications_platform.wsgi.application"
INSTALLED_APPS = [
    "unfold",
    # Before the admin: its forms take the names of fields once, when the admin starts.
    "notifications_platform.back_office",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "anymail",
    "notifications_platform.identity",
    "notifications_platform.registers",
    "notifications_platform.audit",
    "notifications_platform.delivery",
    "notifications_platform.health",
    *(["notifications_platform.sandbox"] if SANDBOX else []),
    "orders",
    "cases",
    "correspondence",
    "enrollment",
]
MIDDLEWARE = [
    "notifications_platform.http.correlation.CorrelationMiddleware",
    "notifications_platform.health.metrics.LatencyMiddleware",
    "notifications_platform.http.security_headers.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "notifications_platform.back_office.middleware.BackOfficeMiddleware",
]
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # What the theme's own templates lack: found before them.
        "DIRS": [BASE_DIR / "notifications_platform" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASE_URL = env.str(
    "DATABASE_URL", default="postgresql://no-database.invalid/none?connect_timeout=1"
)
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"]["ENGINE"] = "notifications_platform.core.database"
DATABASES["default"]["CONN_MAX_AGE"] = 600
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# A server that takes the connection and says nothing is as good as away: callers get their 503.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
# Only the back office has two.
LANGUAGES = [("nb", "Norsk"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "notifications_platform" / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_PATH = "/admin/"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
FORMAT_MODULE_PATH = ["notifications_platform.back_office.formats"]
STATIC_URL = "/static/"
# Files are found where the packages have them: nothing is collected, no folder need exist.
WHITENOISE_USE_FINDERS = True
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
SESSION_ENGINE = "notifications_platform.back_office.sessions"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "notifications_platform.back_office.roles.RoleBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Of allauth: the stages of a login, and the second factor. It has no routes, sends no mail, and
# counts nothing; nobody signs up.
_ACCESS = "notifications_platform.back_office.access"
ACCOUNT_ADAPTER = f"{_ACCESS}.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_RATE_LIMITS = False
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
MFA_ADAPTER = f"{_ACCESS}.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# Clocks of phones: the code of the half minute before and after is taken, too.
MFA_TOTP_TOLERANCE = 1
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
LANGUAGE_COOKIE_SECURE = SESSION_COOKIE_SECURE
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "notifications_platform.back_office.error_pages.csrf_failure"
# Bodies are bounded by http.limits, to what each contract allows: this is above all of them, and
# bounds the fields of a form whose files may be large.
DATA_UPLOAD_MAX_MEMORY_SIZE = 32_000_000
# A letter in form fields: 500 recipients, 100 existing attachments, 100 new ones of 5 fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["notifications_platform.http.json.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["notifications_platform.http.json.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "notifications_platform.http.json.AlwaysJSON",
    "DEFAULT_SCHEMA_CLASS": "notifications_platform.http.schema.Schema",
    "EXCEPTION_HANDLER": "notifications_platform.http.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    **schema_settings(PUBLIC_URL, sandbox=SANDBOX),
    "POSTPROCESSING_HOOKS": [
        "cases.api.components.with_types",
        "drf_spectacular.hooks.postprocess_schema_enum_id_removal",
        "notifications_platform.http.schema.with_headers",
    ],
}

# --- broker and cache ---------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="redis://no-redis.invalid:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}
CELERY_BROKER_URL = env.str("BROKER_URL", default=REDIS_URL)
# A broker that is down must not hold up a request: the sweeps find the row.
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
        # A killed worker's task comes back after this; a drain never runs longer.
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    }
    if CELERY_BROKER_URL.startswith("redis")
    else {"connect_timeout": 1}
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "lifecycle"
CELERY_TASK_ROUTES = {"delivery.drain": {"queue": "send"}}
# Everything is named here and is swept for: nothing worth keeping in a file between two starts.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
# Ticks only: what is due stands in columns. A tick nobody took before the next is of no use.
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": SWEEP_SECONDS, "options": {"expires": 2 * SWEEP_SECONDS}}
    for name in (
        "delivery.sweep",
        "orders.sweep_due",
        "orders.recover",
        "cases.sweep",
        "correspondence.publish",
        "correspondence.look_at_due",
        "correspondence.scan",
        "correspondence.expire",
        "correspondence.remove",
        "correspondence.check_deliveries",
        "enrollment.carry_on",
        "back_office.carry_on",
    )
}
# Looks at all that is stored, for what can only be there after a crash.
CELERY_BEAT_SCHEDULE["correspondence.remove_orphans"] = {
    "task": "correspondence.remove_orphans",
    "schedule": 3600,
    "options": {"expires": 3600},
}
WORKERS = env.int("WORKERS", default=max(2, os.cpu_count() or 1))
WEB_WORKERS = env.int("WEB_WORKERS", default=max(1, (os.cpu_count() or 1) // 2))

# --- logs ---------------------------------------------------------------------------------
LOG_FORMAT = env.str("LOG_FORMAT", default="console" if SANDBOX else "json")
if LOG_FORMAT not in {"console", "json"}:
    raise ImproperlyConfigured(f"LOG_FORMAT is {LOG_FORMAT!r}: give console or json.")
LOGGING_CONFIG = None
logging_settings(LOG_FORMAT)
