"""The platform that the pages describe: sinks on real sockets, a server for their reports."""

from collections.abc import Iterator

import pytest
from django.conf import settings as configured
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from notifications_platform.delivery.channels import configured as channels
from notifications_platform.delivery.channels.email.smtp import SmtpTransport
from notifications_platform.delivery.states import Channel
from notifications_platform.registers.loading import load
from notifications_platform.runtime.run import DEMO_REGISTERS
from notifications_platform.sandbox.offset import OffsetReader
from tests.docs.demo_platform import Reader
from tests.kernel.sinks import running_sinks


@pytest.fixture
def reader(
    live_server: LiveServer,
    sandbox_clock: OffsetReader,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Reader]:
    """Somebody who follows a page on a platform as `make run` starts it."""
    load(configured.BASE_DIR / DEMO_REGISTERS)
    settings.SMS_REPORT_USER, settings.SMS_REPORT_PASSWORD = "gateway", "secret"
    with running_sinks(f"{live_server.url}/notifications/sms/api/v1/reports") as ports:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{ports.smtp}"
        settings.SMS_GATEWAY_URL = f"pswin+http://sandbox:sandbox@127.0.0.1:{ports.sms}/"
        channels.forget()
        yield Reader(monkeypatch, {"GATEWAY": "Z2F0ZXdheTpzZWNyZXQ="})
        _hang_up()


def _hang_up() -> None:
    """Close the connections that transports keep for the next batch."""
    for transport in channels.transports(Channel.EMAIL):
        if isinstance(transport, SmtpTransport):
            transport.pool.close()
    channels.forget()
