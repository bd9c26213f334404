"""Members of the staff who see the rows of some clients only."""

from django.contrib.auth.models import User
from django.test import Client

from notifications_platform.back_office.models import Binding
from notifications_platform.back_office.roles import Role
from tests.staff import browser


def bound(role: Role, *clients: str, name: str = "bo") -> Client:
    """A browser of somebody who is bound to these clients."""
    client = browser(role, name)
    user = User.objects.get(username=name)
    Binding.objects.bulk_create(Binding(user=user, client=one) for one in clients)
    return client
