"""Both sinks and the reporter in one process, on one event loop."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from notifications_platform.sandbox.sinks import http_server, smtp
from notifications_platform.sandbox.sinks.recording import Recorder
from notifications_platform.sandbox.sinks.reports import Reporter
from notifications_platform.sandbox.sinks.sms_gateway import SmsGateway


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkSettings:
    """Ports may be 0 for free ones; `reports_url` takes the delivery reports of SMS."""

    host: str = "127.0.0.1"
    smtp_port: int
    sms_port: int
    reports_url: str
    reports_user: str
    reports_password: str


async def run(settings: SinkSettings, ready: Callable[[int, int], None]) -> None:
    """Serve until cancelled. `ready` is told the SMTP and the SMS port once both answer.

    Raises OSError for a port that is taken.
    """
    recorder = Recorder()
    reporter = Reporter(settings.reports_url, settings.reports_user, settings.reports_password)
    mail = await smtp.serve(recorder, settings.host, settings.smtp_port)
    gateway = SmsGateway(recorder)
    sms = await http_server.serve(gateway, settings.host, settings.sms_port)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(recorder.run())
            tasks.create_task(reporter.run())
            ready(_port_of(mail), _port_of(sms))
    finally:
        # Not wait_closed: clients keep their connections for minutes.
        mail.close()
        sms.close()


def _port_of(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])
