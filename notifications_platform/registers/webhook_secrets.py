"""Webhook secrets as Standard Webhooks write them: `whsec_` and base64."""

import base64
import binascii

from django.core.exceptions import ValidationError

_PREFIX = "whsec_"
_ENOUGH_BYTES = 24


def secret_bytes(secret: str) -> bytes:
    """What signatures are made with. Raises ValueError, without the secret in its text."""
    if not secret.startswith(_PREFIX):
        raise ValueError("must begin with whsec_")
    try:
        value = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("must be base64 after whsec_") from None
    if not value:
        raise ValueError("must hold something after whsec_")
    return value


def is_weak(secret: str) -> bool:
    """Fewer bytes than Standard Webhooks recommend. Takes a secret that is well formed."""
    return len(secret_bytes(secret)) < _ENOUGH_BYTES


def validate_webhook_secret(secret: str) -> None:
    """A field validator. Raises ValidationError."""
    try:
        secret_bytes(secret)
    except ValueError as error:
        raise ValidationError(f"The secret {error}.") from None
