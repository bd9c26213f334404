"""The demo logins of the back office."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.mark.parametrize("role", ["reader", "operator", "administrator"])
def test_each_role_can_log_in(client, role):
    call_command("sandbox_staff")

    assert client.login(username=role, password="sandbox-demo")
    user = User.objects.get(username=role)
    assert user.is_staff
    assert user.is_superuser == (role == "administrator")
    assert [group.name for group in user.groups.all()] == [role]


def test_a_second_run_changes_nothing(client, capsys):
    call_command("sandbox_staff")
    reader = User.objects.get(username="reader")
    reader.set_password("one of my own")
    reader.save()

    call_command("sandbox_staff")

    assert User.objects.count() == Group.objects.count() == 3
    assert client.login(username="reader", password="one of my own")
    assert "sandbox-demo" in capsys.readouterr().out
