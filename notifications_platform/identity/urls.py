from django.urls import path

from notifications_platform.identity.views import PlatformKeySetView

urlpatterns = [
    path(".well-known/jwks.json", PlatformKeySetView.as_view(), name="platform-jwks"),
]
