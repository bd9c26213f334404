from django.urls import path

from notifications_platform.sandbox import api, issuer, pages

urlpatterns = [
    path("api/v1/jwks.json", issuer.DevKeySetView.as_view(), name="sandbox-jwks"),
    path("api/v1/clock", api.ClockView.as_view(), name="sandbox-clock"),
    path("api/v1/outbox", api.OutboxView.as_view(), name="sandbox-outbox-api"),
    path("api/v1/webhooks/<slug:name>", api.ReceiverView.as_view(), name="sandbox-receiver"),
    path("outbox", pages.outbox_page, name="sandbox-outbox"),
]
