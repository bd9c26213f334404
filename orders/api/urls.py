"""Routes of v1 (orders contract 1). What reads or cancels one order also answers under the
singular `/order/`; one trailing slash is accepted everywhere and answered directly.
"""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path

from orders.api.views import OrderViewSet

_ROUTES: dict[str, Any] = {
    "orders": {"get": "list", "post": "create"},
    "orders/email": {"post": "create_email"},
    "orders/sms": {"post": "create_sms"},
    "orders/<str:id>": {"get": "retrieve"},
    "orders/<str:id>/status": {"get": "status"},
    "orders/<str:id>/cancel": {"put": "cancel"},
    "orders/<str:id>/notifications/email": {"get": "email_summary"},
    "orders/<str:id>/notifications/sms": {"get": "sms_summary"},
}


def _patterns() -> Iterator[URLPattern]:
    for route, methods in _ROUTES.items():
        view = OrderViewSet.as_view(methods)
        spellings = [route]
        if "<" in route:
            spellings.append(route.replace("orders/", "order/", 1))
        for spelling in spellings:
            yield path(spelling, view)
            yield path(f"{spelling}/", view)


urlpatterns = list(_patterns())
