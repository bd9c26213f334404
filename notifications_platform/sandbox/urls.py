from django.urls import path

from notifications_platform.sandbox import api

urlpatterns = [
    path("api/v1/clock", api.ClockView.as_view(), name="sandbox-clock"),
]
