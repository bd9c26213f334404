from django.urls import path

from notifications_platform.delivery.channels.email.tracking import tracking

urlpatterns = [path("<slug:provider>/tracking/", tracking)]
