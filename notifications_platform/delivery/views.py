"""Delivery reports of the SMS gateway (delivery contract 4, orders contract route 20)."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotFound, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView

from notifications_platform.delivery.channels import reports
from notifications_platform.delivery.channels.sms.reports import (
    UnreadableReport,
    answer,
    parse_reports,
)
from notifications_platform.delivery.report_shapes import AS_TEXT, REPORTS, TAKEN
from notifications_platform.http.limits import read_body
from notifications_platform.http.problem_shapes import problems


class GatewayAuthentication(BaseAuthentication):
    """HTTP Basic with SMS_REPORT_USER and SMS_REPORT_PASSWORD; 404 while they are unset."""

    def authenticate(self, request: Request) -> tuple[str, None]:
        if not (settings.SMS_REPORT_USER and settings.SMS_REPORT_PASSWORD):
            raise NotFound
        expected = f"{settings.SMS_REPORT_USER}:{settings.SMS_REPORT_PASSWORD}"
        given = _basic_credentials(request.META.get("HTTP_AUTHORIZATION", ""))
        if not hmac.compare_digest(given, expected.encode()):
            raise AuthenticationFailed("The gateway's user name and password are needed.")
        return settings.SMS_REPORT_USER, None

    def authenticate_header(self, _request: Request) -> str:
        return 'Basic realm="delivery reports"'


class GatewayScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = GatewayAuthentication
    name = "SmsGateway"

    def get_security_definition(self, _auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "basic",
            "description": "The gateway's user name and password for delivery reports.",
        }


class XmlParser(BaseParser):
    """The bytes as they came; what they mean is read by the gateway's own module."""

    media_type = "application/xml"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return read_body(stream)


class TextXmlParser(XmlParser):
    media_type = "text/xml"


class PlainXmlParser(XmlParser):
    media_type = "text/plain"


class SmsReportsView(APIView):
    """Many reports a call. Each is kept, also one for a message that is not (yet) known."""

    authentication_classes = [GatewayAuthentication]
    parser_classes = [XmlParser, TextXmlParser, PlainXmlParser]
    http_method_names = ["post"]

    @extend_schema(
        operation_id="receiveSmsReports",
        tags=["Delivery reports"],
        summary="Take delivery reports of SMS",
        description="For LINK Mobility's PSWin gateway, many reports a call. Each is kept and"
        " answered with OK, also one that is for no message of ours.",
        request={"application/xml": REPORTS, "text/xml": REPORTS, "text/plain": AS_TEXT},
        responses={
            (200, "application/xml"): TAKEN,
            **problems(400, 401, 404, 413, 415, 503, said={404: "No gateway is set up."}),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        try:
            # DRF takes an empty body for an empty form.
            body: Any = request.data if request.stream is not None else b""
            received = parse_reports(body)
        except UnreadableReport as unreadable:
            raise ParseError(f"The report cannot be read: {unreadable}.") from unreadable
        reports.hand_over([one.report for one in received])
        return HttpResponse(
            answer(one.id for one in received), content_type="application/xml; charset=utf-8"
        )


def _basic_credentials(header: str) -> bytes:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""
