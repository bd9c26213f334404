"""Run inside the platform: failed notifications that are resent, all at once."""

from django.db import transaction

from enrollment import delivery, seeding
from enrollment.models import EnrollmentEventNotification, NotificationDefinition
from enrollment.seeding import Load
from enrollment.states import Source, Status
from enrollment.transitions import RESEND, Doer, apply, of_ids
from notifications_platform.core import clock

# The usual form of a secret: 32 bytes.
_SECRET = "whsec_" + "A" * 43 + "="
_AT_ONCE = 10_000


def resend(client: str, count: int, port: int) -> None:
    """So many wait in line for an endpoint of this port."""
    now = clock.now()
    for _ in seeding.seed(Load(client=client, status=Status.FAILED, count=count), now=now):
        pass
    NotificationDefinition.objects.filter(client=client).update(
        endpoint_url=f"http://127.0.0.1:{port}/hook", signing_secret=_SECRET
    )
    failed = EnrollmentEventNotification.objects.filter(client=client, status=Status.FAILED)
    while ids := list(failed.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]):
        with transaction.atomic():
            by = Doer(name="benchmark", source=Source.SYSTEM)
            delivery.hand_over(apply(RESEND, of_ids(ids), by=by, now=now), now=now)
