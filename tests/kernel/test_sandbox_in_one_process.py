"""Several commands for one start of Django."""

import io
import json

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from notifications_platform.identity.tokens import verify

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def printed(*commands: str) -> list[str]:
    output = io.StringIO()
    call_command("in_one_process", *commands, stdout=output)
    return list(json.loads(output.getvalue()))


def test_what_each_command_prints_comes_back_in_order():
    staff, token, another = printed(
        "sandbox_staff", "token --client ttd --scope 'a:read a:write'", "token --client digdir"
    )

    assert "reader, operator, administrator" in staff
    assert User.objects.count() == 3
    assert [verify(one, "bearer").org for one in (token, another)] == ["ttd", "digdir"]
    assert verify(token, "bearer").scopes == {"a:read", "a:write"}


def test_one_that_fails_ends_it_and_says_why():
    with pytest.raises(CommandError, match="No service owner 'nobody'"):
        printed("token --client nobody --kind maskinporten", "sandbox_staff")

    assert not User.objects.exists()
