from django.urls import path

from notifications_platform.delivery.views import SmsReportsView

_reports = SmsReportsView.as_view()

urlpatterns = [
    path("reports", _reports),
    path("reports/", _reports),
]
