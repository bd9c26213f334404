import os

from django.core.wsgi import get_wsgi_application

from notifications_platform.http.chunked import ChunkedBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notifications_platform.settings")
application = ChunkedBodies(get_wsgi_application())
