from django.urls import path

from notifications_platform.delivery.views import SmsReportsView

urlpatterns = [
    path("reports", SmsReportsView.as_view()),
    path("reports/", SmsReportsView.as_view()),
]
