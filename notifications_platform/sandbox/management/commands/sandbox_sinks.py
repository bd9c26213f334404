"""manage.py sandbox_sinks: the local mail server and SMS gateway of the sandbox."""

import asyncio
import signal

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from notifications_platform.sandbox.sinks import running

_ANY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104 - recognised, not bound


class Command(BaseCommand):
    help = "Serve the sandbox's SMTP and SMS sinks on loopback until stopped."
    requires_system_checks: list[str] = []

    def handle(self, **_options: object) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            raise CommandError(f"The sinks cannot listen: {error}") from error
        except (KeyboardInterrupt, asyncio.CancelledError):
            self.stdout.write("The sinks have stopped.")

    async def _serve(self) -> None:
        serving = asyncio.ensure_future(running.run(_settings(), self._ready))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
        await serving

    def _ready(self, smtp_port: int, sms_port: int) -> None:
        self.stdout.write(
            f"Mail sink on smtp://127.0.0.1:{smtp_port}, "
            f"SMS sink on pswin+http://sandbox:sandbox@127.0.0.1:{sms_port}/"
        )
        self.stdout.flush()


def _settings() -> running.SinkSettings:
    host = "127.0.0.1" if settings.HOST in _ANY_ADDRESS else settings.HOST
    return running.SinkSettings(
        smtp_port=settings.SANDBOX_SMTP_PORT,
        sms_port=settings.SANDBOX_SMS_PORT,
        reports_url=f"http://{host}:{settings.PORT}/notifications/sms/api/v1/reports",
        reports_user=settings.SMS_REPORT_USER,
        reports_password=settings.SMS_REPORT_PASSWORD,
    )
