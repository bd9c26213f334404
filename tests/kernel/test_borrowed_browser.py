"""What somebody may not do who has a logged-in browser of the staff, and not the password."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from notifications_platform.back_office.roles import Role
from tests.staff import browser

pytestmark = pytest.mark.django_db
NEW = "a-right-password-1"


def test_ones_own_password_is_set_only_where_the_old_one_is_asked_for() -> None:
    staff = browser(Role.ADMINISTRATOR)
    own = User.objects.get()
    before = own.password

    answer = staff.post(
        reverse("admin:auth_user_password_change", args=[own.pk]),
        {"password1": NEW, "password2": NEW, "usable_password": "true"},
    )

    assert answer.headers["Location"] == reverse("admin:password_change")
    own.refresh_from_db()
    assert own.password == before


def test_guessing_the_old_password_is_limited_as_at_the_login() -> None:
    staff = browser(Role.READER)
    own = User.objects.get()
    own.set_password("the-right-one-2")
    own.save()
    staff.force_login(own, backend="django.contrib.auth.backends.ModelBackend")
    page, form = reverse("admin:password_change"), {"new_password1": NEW, "new_password2": NEW}
    for number in range(10):
        assert staff.post(page, {**form, "old_password": f"guess-{number}"}).status_code == 200

    answer = staff.post(page, {**form, "old_password": "the-right-one-2"})

    assert answer.status_code == 200
    own.refresh_from_db()
    assert own.check_password("the-right-one-2")
