"""Members of the staff, logged in to the back office."""

import time
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from notifications_platform.back_office.roles import Role


def make_staff(role: Role | None, name: str = "olga", password: str | None = None) -> User:
    """Without a password nobody logs in by hand; hashing one takes its time."""
    user = User.objects.create_user(name, password=password, is_staff=True)
    if role:
        user.groups.add(Group.objects.get_or_create(name=role)[0])
    return user


def browser(role: Role | None, name: str = "olga") -> Client:
    """A browser of a member of the staff in this role; None for one in no role."""
    client = Client(raise_request_exception=False)
    client.force_login(make_staff(role, name), backend="django.contrib.auth.backends.ModelBackend")
    return client


def url(model: Any, page: str = "changelist", *args: object) -> str:
    """The address of a page of this model: changelist, change, find, or a verb's."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def give_second_factor(user: User) -> tuple[str, list[str]]:
    """The secret of an authenticator app, and recovery codes; nothing of it used yet."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret, RecoveryCodes.activate(user).generate_codes()


def code_of(secret: str, *, later: int = 0) -> str:
    """What the app shows now, or so many half minutes later."""
    code: str = format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later))
    return code
