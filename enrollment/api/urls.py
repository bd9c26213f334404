"""Routes of enrollment below `ENROLLMENT_API_CONTEXT_ROOT` (contract 4); none has a trailing
slash.
"""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
