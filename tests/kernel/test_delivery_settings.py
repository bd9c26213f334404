"""What is said about providers and senders before anything starts (runtime contract 2)."""

from collections.abc import Iterator

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from notifications_platform.delivery.channels import configured


@pytest.fixture(autouse=True)
def built_anew() -> Iterator[None]:
    configured.forget()
    yield
    configured.forget()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("EMAIL_URL", "imap://u:the-secret@mail.example", "EMAIL_URL: write it as smtp://"),
        ("EMAIL_URL", "anymail+nobody://", "EMAIL_URL: django-anymail knows no provider"),
        ("EMAIL_RETURN_PATH", "nowhere", "EMAIL_RETURN_PATH: not a mail address"),
        ("EMAIL_FROM", "nobody", "EMAIL_FROM is not a mail address"),
        ("SMS_GATEWAY_URL", "smpp://u:the-secret@a", "SMS_GATEWAY_URL: no SMS provider is known"),
        ("SMS_GATEWAY_URL", "pswin+http://a.example/", "SMS_GATEWAY_URL: write it as pswin+https"),
    ],
)
def test_what_cannot_be_used_stops_the_start_with_one_clear_line(
    settings: Settings, name: str, value: str, says: str
) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:25"
    setattr(settings, name, value)

    errors = [str(found.msg) for found in run_checks() if str(found.id).startswith("delivery.E")]

    assert len(errors) == 1
    assert errors[0].startswith(says)
    assert "\n" not in errors[0]
    assert "the-secret" not in errors[0]


def test_a_channel_without_a_provider_is_warned_of_outside_the_sandbox(settings: Settings) -> None:
    settings.EMAIL_URL, settings.SMS_GATEWAY_URL = "", ""
    assert _warnings() == []

    settings.SANDBOX = False
    assert [text.partition(" ")[0] for text in _warnings()] == ["EMAIL_URL", "SMS_GATEWAY_URL"]


def _warnings() -> list[str]:
    return [str(found.msg) for found in run_checks() if found.id == "delivery.W001"]
