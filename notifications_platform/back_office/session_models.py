"""Sessions of the staff: who is logged in, since when, and last seen when."""

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class StaffSession(AbstractBaseSession):
    """One browser. Its key here is a digest of the one in the cookie, so that whoever reads the
    table cannot take a session over. Without a user it is a login that lacks its second factor.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    began_at = models.DateTimeField(help_text="System time, UTC.")
    seen_at = models.DateTimeField(help_text="System time, UTC, within a minute.")
    browser = models.CharField(max_length=60, blank=True)

    class Meta:
        # Those of one member of the staff, oldest first: which one ends at a login too many.
        indexes = [models.Index(fields=["user", "began_at"], name="staff_session_of_user")]
