"""What happens to letters next by itself, on the front page; by the indexes of the jobs."""

from django.utils.translation import gettext_lazy as _

from correspondence.models import Correspondence
from notifications_platform.back_office import ahead
from notifications_platform.back_office.ahead import Kind, coming

ahead.show(
    "correspondence.publish",
    Kind(
        label=_("Letters to publish next"),
        read=lambda now: coming(
            Correspondence.objects.filter(publish_at__isnull=False), "publish_at", now
        ),
        page="admin:correspondence_correspondence_changelist",
        permission="correspondence.view_correspondence",
    ),
)
ahead.show(
    "correspondence.due",
    Kind(
        label=_("Due dates of letters"),
        read=lambda now: coming(Correspondence.objects.filter(due_at__isnull=False), "due_at", now),
        page="admin:correspondence_correspondence_changelist",
        permission="correspondence.view_correspondence",
    ),
)
