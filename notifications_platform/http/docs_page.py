"""`/api/docs/`: the schema as a page, from local files, without scripts of its own."""

from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from notifications_platform.http.security_headers import POLICY

_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'none'"
)


class DocsPage(SpectacularSwaggerSplitView):
    """Its start is a script at `?script=`, so that the policy can forbid any in the page."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        response[POLICY] = _PAGE
        return response
