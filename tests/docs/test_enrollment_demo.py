"""`make run` shows enrollment: one webhook taken, one refused."""

import io

import pytest
from pytest_django.live_server_helper import LiveServer

from enrollment.models import EnrollmentEventNotification
from enrollment.states import Status
from notifications_platform.runtime.demo import DemoStopped
from notifications_platform.runtime.demo_enrollment import CLIENTS_TOKEN, EnrollmentDemo
from notifications_platform.runtime.output import Output
from notifications_platform.runtime.web_client import WebClient
from tests.docs.demo_platform import Reader, let_workers_run, manage

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_webhook_is_taken_and_one_left_to_resend(
    reader: Reader,
    live_server: LiveServer,
) -> None:
    shown = io.StringIO()
    web = WebClient((live_server.thread.host, live_server.thread.port), live_server.url)
    demo = EnrollmentDemo(
        web, Output(shown), live_server.url, wait=lambda _seconds: let_workers_run()
    )
    token = manage(*CLIENTS_TOKEN)

    first = demo.show(token)

    assert "taken, its signature is good" in shown.getvalue()
    assert f"notification {first} Failed: HTTP 503" in shown.getvalue()

    again = demo.show(token)

    assert EnrollmentEventNotification.objects.get(pk=first).superseded_by == again
    left = EnrollmentEventNotification.objects.filter(obsolete=False)
    assert {one.status for one in left} == {Status.SENT, Status.FAILED}
    with pytest.raises(DemoStopped, match="answered 401"):
        demo.show("no token")
