"""The secret of a second factor that is being set up: in the session until a code of it is given,
encrypted there as later in its row; shown as a QR code and as text.
"""

from base64 import b64encode
from dataclasses import dataclass

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import InvalidToken
from django.contrib.auth.models import User
from django.http import HttpRequest

_PENDING = "second_factor_secret"


@dataclass(frozen=True, slots=True)
class Picture:
    """`image` is the QR code as a data: address of an SVG, `text` the secret in groups of four."""

    image: str
    text: str


def secret_of(request: HttpRequest) -> str:
    """The same for each look at the page, so that a reload does not spoil what was scanned."""
    try:
        return str(get_adapter().decrypt(request.session[_PENDING]))
    except (KeyError, InvalidToken):
        secret: str = generate_totp_secret()
        request.session[_PENDING] = get_adapter().encrypt(secret)
        return secret


def forget(request: HttpRequest) -> None:
    request.session.pop(_PENDING, None)


def picture(user: User, secret: str) -> Picture:
    adapter = get_adapter()
    svg = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    groups = (secret[start : start + 4] for start in range(0, len(secret), 4))
    return Picture(
        image=f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}",
        text=" ".join(groups),
    )
