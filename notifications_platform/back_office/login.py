"""Logging in: whoever guesses passwords soon has to wait."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError
from unfold import forms as theme

MOST_FAILURES = 10
WITHIN = timedelta(minutes=15)

if TYPE_CHECKING:
    ThemeForm = AdminAuthenticationForm
else:
    ThemeForm = theme.AuthenticationForm


class LoginForm(ThemeForm):
    """After `MOST_FAILURES` for one name from one address nobody gets in so for a while, not
    even with the right password. Without the cache nothing is counted: staff must get in.
    """

    def clean(self) -> dict[str, Any]:
        key = self._key()
        if _failures(key) >= MOST_FAILURES:
            raise ValidationError("Too many attempts. Wait a quarter of an hour.", code="wait")
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            _count(key)
            raise
        return cleaned

    def _key(self) -> str:
        """Neither name nor address stands in the cache."""
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        name = self.cleaned_data.get("username", "").casefold()
        return f"login:{salted_hmac('back_office.login', f'{name} {address}').hexdigest()}"


def _failures(key: str) -> int:
    try:
        return int(cache.get(key, 0))
    except RedisError:
        return 0


def _count(key: str) -> None:
    try:
        cache.add(key, 0, timeout=WITHIN.total_seconds())
        cache.incr(key)
    except (RedisError, ValueError):
        # Unreachable, or expired between the two calls.
        return
