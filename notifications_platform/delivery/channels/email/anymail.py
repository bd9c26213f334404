"""E-mail through a service provider, by django-anymail: one API call per message (delivery 3)."""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape
from importlib.util import find_spec
from typing import Any

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives, get_connection

from notifications_platform.delivery.channels.base import (
    Content,
    Parcel,
    Permanent,
    ProviderUnavailable,
    Sent,
    Transient,
    Verdict,
)
from notifications_platform.delivery.channels.email.address import BadAddress, Mailbox, mailbox
from notifications_platform.delivery.channels.email.headers import one_line
from notifications_platform.delivery.channels.email.provider_url import parse
from notifications_platform.delivery.channels.email.skeleton import UnusableSender, sender_of
from notifications_platform.delivery.channels.email.texts import texts
from notifications_platform.delivery.channels.email.tracking import provider_key, tracks
from notifications_platform.delivery.channels.handover import TOO_LATE, is_too_late
from notifications_platform.delivery.states import Reason
from notifications_platform.http.retry_after import retry_after

_TIMEOUT_SECONDS = 20.0
_ADDRESS = re.compile(r"[^\s<>@\"']+@[^\s<>@\"']+")
# About our account, our settings or our rate: no other message would fare better.
_ABOUT_US = {401, 402, 403, 404, 405, 407, 429}
_TRY_AGAIN = {408, 409, 425}
_PARAMETER_TO = re.compile(r"\bto\b|recipient", re.IGNORECASE)
_cut_texts = lru_cache(maxsize=64)(texts)


class AnymailTransport:
    batch = 20
    one_by_one = True

    def __init__(self, url: str, *, return_path: str = "", webhooks: bool = False) -> None:
        """`webhooks`: whether the provider's tracking webhooks are let in. Raises ValueError
        or ImproperlyConfigured.
        """
        parsed = parse(url)
        module = f"anymail.backends.{parsed.provider}"
        if find_spec(module) is None:
            raise ValueError(f"django-anymail knows no provider {parsed.provider!r}")
        self._backend_path = f"{module}.EmailBackend"
        self._options: dict[str, Any] = {"ignore_unsupported_features": True, **parsed.options}
        self._options["timeout"] = float(parsed.options.get("timeout", _TIMEOUT_SECONDS))
        self._return_path = return_path
        self._own = threading.local()
        key = provider_key(self._made_backend().esp_name)
        self.name = f"anymail:{key}"
        self.reports = webhooks and tracks(key)

    def send(self, parcels: Sequence[Parcel]) -> Iterator[Verdict]:
        for parcel in parcels:
            if is_too_late(parcel):
                yield TOO_LATE
                continue
            try:
                _, sender = sender_of(parcel.content)
                receiver = mailbox(parcel.address)
                message = self._message(parcel, sender, receiver)
            except UnusableSender:
                yield Permanent(Reason.CONTENT_REFUSED, "the sender is not a mail address")
            except BadAddress:
                yield Permanent(Reason.INVALID_ADDRESS, "not a mail address")
            except ValueError:
                yield Permanent(Reason.CONTENT_REFUSED, "the text cannot be made into a mail")
            else:
                yield self._hand_over(message)

    def _message(
        self, parcel: Parcel, sender: Mailbox, receiver: Mailbox
    ) -> EmailMultiAlternatives:
        plain, html = _bodies(parcel.content, parcel.values)
        message = EmailMultiAlternatives(
            subject=one_line(_cut_texts(parcel.content).subject.fill(parcel.values)),
            body=plain,
            from_email=one_line(parcel.content.sender),
            to=[receiver.text],
            headers={
                "Message-ID": f"<{parcel.id}@{sender.domain}>",
                "Auto-Submitted": "auto-generated",
            },
        )
        if html is not None:
            message.attach_alternative(html, "text/html")
        if self._return_path:
            message.envelope_sender = self._return_path  # type: ignore[attr-defined]
        return message

    def _hand_over(self, message: EmailMultiAlternatives) -> Verdict:
        """Raises ProviderUnavailable."""
        try:
            self._opened_backend().send_messages([message])
        except AnymailRecipientsRefused:
            pass  # The status tells which kind of refusal.
        except AnymailAPIError as error:
            return self._failed(error)
        except AnymailError as error:
            # Something that anymail cannot say to this provider, whatever the message.
            raise ProviderUnavailable(_told(error)) from error
        return _verdict(message)

    def _failed(self, error: AnymailAPIError) -> Verdict:
        self._close_backend()
        status = error.status_code
        answer = _told(error)
        if status is None or status >= 500 or status in _ABOUT_US:
            wait = error.response.headers.get("Retry-After") if status else None
            raise ProviderUnavailable(answer, retry_after(wait)) from error
        if status in _TRY_AGAIN or status < 400:
            return Transient(answer)
        about_receiver = _PARAMETER_TO.search(error.response.text[:500])
        return Permanent(
            Reason.INVALID_ADDRESS if about_receiver else Reason.CONTENT_REFUSED, answer
        )

    def _made_backend(self) -> Any:
        return get_connection(self._backend_path, **self._options)

    def _opened_backend(self) -> Any:
        """This thread's own, its connection to the provider kept."""
        backend = getattr(self._own, "backend", None)
        if backend is None:
            backend = self._own.backend = self._made_backend()
            backend.open()
        return backend

    def _close_backend(self) -> None:
        backend = getattr(self._own, "backend", None)
        if backend is not None:
            backend.close()
            self._own.backend = None


def _bodies(content: Content, values: Mapping[str, str]) -> tuple[str, str | None]:
    cut = _cut_texts(content)
    if cut.html is None:
        return cut.plain.fill(values), None
    escaped = {name: escape(value) for name, value in values.items()}
    return cut.plain.fill(values), cut.html.fill(escaped)


def _verdict(message: EmailMultiAlternatives) -> Verdict:
    """What the provider made of the one receiver."""
    status = message.anymail_status  # type: ignore[attr-defined]
    words = status.status or set()
    answer = ", ".join(sorted(words))
    if "invalid" in words:
        return Permanent(Reason.INVALID_ADDRESS, answer)
    if "rejected" in words:
        return Permanent(Reason.SUPPRESSED, answer)
    if "failed" in words:
        return Transient(answer)
    return Sent(str(status.message_id or ""), answer)


def _told(error: Exception) -> str:
    """In at most 200 characters, without addresses."""
    status = getattr(error, "status_code", None)
    text = " ".join(str(error).split())
    if status is None:
        # Its text may quote the whole message.
        text = type(error.__cause__ or error).__name__
    return _ADDRESS.sub("…", text)[:200]
