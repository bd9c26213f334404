"""Every route of the platform. Apps bring their own; the contracts fix the prefixes."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularJSONAPIView

from notifications_platform.back_office.home import figures
from notifications_platform.back_office.searching.page import search
from notifications_platform.http.docs_page import DocsPage

handler400 = "notifications_platform.back_office.error_pages.bad_request"
handler403 = "notifications_platform.back_office.error_pages.permission_denied"
handler404 = "notifications_platform.back_office.error_pages.not_found"
handler500 = "notifications_platform.back_office.error_pages.server_error"

urlpatterns = [
    path("", include("notifications_platform.health.urls")),
    path("", include("notifications_platform.identity.urls")),
    path("notifications/api/v1/", include("orders.api.urls")),
    path("cases/api/v1/", include("cases.api.urls")),
    path("correspondence/api/v1/", include("correspondence.api.urls")),
    path(f"{settings.ENROLLMENT_API_CONTEXT_ROOT}/".lstrip("/"), include("enrollment.api.urls")),
    path("api/", include("cases.graphql.urls")),
    path("notifications/sms/api/v1/", include("notifications_platform.delivery.urls")),
    path("anymail/", include("notifications_platform.delivery.channels.email.urls")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/language/", set_language, name="set_language"),
    path("admin/search/", admin.site.admin_view(search), name="back_office_search"),
    path("admin/login/", include("notifications_platform.back_office.access.urls")),
    path("admin/figures/", admin.site.admin_view(figures), name="back_office_figures"),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("api/docs/", DocsPage.as_view(url_name="schema"), name="docs"),
]
if settings.SANDBOX:
    urlpatterns.append(path("sandbox/", include("notifications_platform.sandbox.urls")))
