"""`/sandbox/outbox`: what the sinks received, the clock, and the magic recipients, as a page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import condition

from notifications_platform.core import clock
from notifications_platform.http.methods import reading_only
from notifications_platform.http.security_headers import POLICY
from notifications_platform.sandbox import clock_moves, outbox
from notifications_platform.sandbox.sinks import magic

_SHOWN = 100
# Received HTML is shown in sandboxed frames that inherit this: no scripts, nothing from outside.
_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self';"
    " img-src data:; frame-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)


def _version(request: HttpRequest) -> str:
    """What the page's own refresher compares: the newest message and the clock's offset."""
    newest = outbox.newest_id(**_filter(request))
    return f'"{newest} {clock.offset().total_seconds()}"'


@reading_only
@condition(etag_func=_version)
def outbox_page(request: HttpRequest) -> HttpResponse:
    chosen = _filter(request)
    response = render(
        request,
        "sandbox/outbox.html",
        {
            **chosen,
            "items": outbox.newest(**chosen, limit=_SHOWN),
            "shown": _SHOWN,
            "clock": clock_moves.described(real=clock.real(), offset=clock.offset()),
            "mail": magic.MAIL,
            "sms": magic.SMS,
        },
    )
    response[POLICY] = _POLICY
    return response


def _filter(request: HttpRequest) -> dict[str, str]:
    channel = request.GET.get("channel", "")
    return {
        "channel": channel if channel in ("email", "sms") else "",
        "to": request.GET.get("to", "").replace("\x00", ""),
    }
