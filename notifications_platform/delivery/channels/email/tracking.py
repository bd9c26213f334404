"""Tracking webhooks of e-mail service providers, read by django-anymail (delivery contract 3).

`POST /anymail/<provider>/tracking/`; 404 while EMAIL_WEBHOOK_SECRET is unset.
"""

from contextvars import ContextVar
from datetime import UTC

import anymail.urls
import orjson
import structlog
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from anymail.signals import tracking as anymail_tracking
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.views.decorators.csrf import csrf_exempt

from notifications_platform.delivery.channels.reports import Outcome, Report, hand_over
from notifications_platform.delivery.states import Reason, State
from notifications_platform.http.limits import BODY_LIMIT, announced_length
from notifications_platform.http.problems import problem_response

log = structlog.get_logger(__name__)

_SUFFIX = "_tracking_webhook"
_VIEWS = {
    str(pattern.name).removesuffix(_SUFFIX): pattern.callback
    for pattern in anymail.urls.urlpatterns
    if isinstance(pattern, URLPattern) and str(pattern.name).endswith(_SUFFIX)
}
_RAW_LIMIT = 4000
_REJECTED = {
    RejectReason.INVALID: Reason.INVALID_ADDRESS,
    RejectReason.BOUNCED: Reason.SUPPRESSED,
    RejectReason.TIMED_OUT: Reason.SUPPRESSED,
    RejectReason.BLOCKED: Reason.SUPPRESSED,
    RejectReason.SPAM: Reason.SUPPRESSED,
    RejectReason.UNSUBSCRIBED: Reason.SUPPRESSED,
}
# What the request at hand reported, handed over in one go once all of it was read.
_read: ContextVar[list[Report]] = ContextVar("reports of this request")


def provider_key(esp_name: str) -> str:
    """anymail's `Amazon SES` as it stands in URLs: `amazon_ses`."""
    return esp_name.lower().replace(" ", "_")


def tracks(key: str) -> bool:
    """Whether anymail understands this provider's tracking webhooks."""
    return key in _VIEWS


@csrf_exempt
def tracking(request: HttpRequest, provider: str) -> HttpResponse:
    """anymail checks the secret (400 where it is wrong) and the provider's signature."""
    view = _VIEWS.get(provider)
    if view is None or not settings.EMAIL_WEBHOOK_SECRET:
        raise Http404
    if announced_length(request.META) > BODY_LIMIT:
        return problem_response(413)
    token = _read.set([])
    try:
        response: HttpResponse = view(request)
        reports = _read.get()
    except (ValueError, LookupError, TypeError, AttributeError):
        return problem_response(400, "Not what this provider's webhooks look like.")
    except ImproperlyConfigured as error:
        # Another provider than EMAIL_URL's, or one of its webhooks of another kind.
        log.warning("tracking.misconfigured", provider=provider, error=str(error))
        raise Http404 from None
    finally:
        _read.reset(token)
    hand_over(reports)
    return response


def _receive(event: AnymailTrackingEvent, esp_name: str, **_signal: object) -> None:
    report = _report(event, esp_name)
    if report:
        _read.get().append(report)


# The signal is anymail's only way of telling; it is heard within the one request.
anymail_tracking.connect(_receive, dispatch_uid="notifications_platform.delivery")


def _report(event: AnymailTrackingEvent, esp_name: str) -> Report | None:
    """None for what says nothing about delivery (opened, clicked, deferred …)."""
    outcome: Outcome | None
    reason: Reason | None = None
    match event.event_type:
        case EventType.DELIVERED:
            outcome = State.DELIVERED
        case EventType.BOUNCED:
            outcome, reason = State.FAILED, Reason.BOUNCED
        case EventType.REJECTED:
            outcome = State.FAILED
            reason = _REJECTED.get(event.reject_reason, Reason.REJECTED)
        case EventType.FAILED:
            outcome, reason = State.FAILED, Reason.UNKNOWN
        case EventType.COMPLAINED:
            # It did arrive; staff should see what the receiver thought of it.
            outcome = None
        case _:
            return None
    return Report(
        provider=f"anymail:{provider_key(esp_name)}",
        reference=str(event.message_id or ""),
        outcome=outcome,
        reason=reason,
        raw=orjson.dumps(event.esp_event, default=str).decode()[:_RAW_LIMIT],
        at=event.timestamp.astimezone(UTC) if event.timestamp else None,
    )
