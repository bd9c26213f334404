import os
import resource
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from notifications_platform.core import garbage
from notifications_platform.http import handles
from notifications_platform.http.chunked import ChunkedBodies


def _allow_many_connections() -> None:
    """Each open connection takes a file handle, idle ones too; out of handles, nobody gets in."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _HANDLES if hard == resource.RLIM_INFINITY else min(_HANDLES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


_HANDLES = 10_240  # what macOS allows at most
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notifications_platform.settings")
try:
    application = ChunkedBodies(get_wsgi_application())
except ImproperlyConfigured as error:
    sys.stderr.write(f"Reading the settings failed: {error}\n")
    sys.exit(1)
_allow_many_connections()
handles.watch()
garbage.settle()
