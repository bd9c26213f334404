"""Load data are as real rows are: they can be read, cancelled and resent."""

import pytest
from django.core.management import CommandError, call_command

from enrollment.models import EnrollmentEventNotification
from enrollment.states import Status
from notifications_platform.audit.models import Entry
from tests.enrollment.acting import all_failed, assert_legal, many, one, summary
from tests.enrollment.conftest import OURS

pytestmark = pytest.mark.django_db


def test_load_data_behave_as_real_rows_do(api) -> None:
    call_command("enrollment_seed", failed=230, sent=20, client=OURS, verbosity=0)
    call_command("enrollment_seed", failed=2, client=OURS, verbosity=0)

    rows = EnrollmentEventNotification.objects.order_by("pk")
    assert rows.filter(status=Status.FAILED).count() == 232
    assert rows.filter(status=Status.SENT).count() == 20
    for row in (rows[0], rows[251]):
        assert assert_legal(row.pk)[:2] == ["created", "claimed"]
        body = api.get(f"generic/enrollmenteventnotifications/{row.pk}").json()
        assert body["payload"]["notificationId"] == str(row.pk)
        assert body["payload"]["personCode"] == body["personCode"]
        tried = api.get(f"generic/enrollmenteventnotifications/{row.pk}/attempts").json()["items"]
        assert len(tried) == body["attemptCount"] == 1
    assert api.put(one(rows[251].pk, "resend")).status_code == 202
    assert summary(api.put(many(), all_failed()))["cancelledCount"] == 231
    assert assert_legal(rows[100].pk) == ["created", "claimed", "failed", "cancelled"]


def test_load_data_are_for_the_sandbox_only(db, settings) -> None:
    settings.SANDBOX = False
    with pytest.raises(CommandError):
        call_command("enrollment_seed", failed=1)
    assert not EnrollmentEventNotification.objects.exists()
    assert not Entry.objects.exists()
