"""manage.py sandbox_staff: the demo logins of the back office."""

from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand
from django.db import transaction

ROLES = ("reader", "operator", "administrator")
# Known to everyone who reads the documentation: the sandbox holds no real person's data.
PASSWORD = "sandbox-demo"  # noqa: S105


class Command(BaseCommand):
    help = "Make the staff logins reader, operator and administrator; once, then keep them."

    def handle(self, **_options: object) -> None:
        with transaction.atomic():
            for role in ROLES:
                self._make(role)
        self.stdout.write(f"Staff logins: {', '.join(ROLES)}; password: {PASSWORD}")

    def _make(self, role: str) -> None:
        group, _ = Group.objects.get_or_create(name=role)
        user, is_new = User.objects.get_or_create(
            username=role,
            defaults={"is_staff": True, "is_superuser": role == "administrator"},
        )
        if is_new:
            user.set_password(PASSWORD)
            user.save(update_fields=["password"])
        user.groups.add(group)
