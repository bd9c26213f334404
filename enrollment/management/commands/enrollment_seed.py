"""manage.py enrollment_seed --failed N [--sent M] [--client NAME]"""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from enrollment.seeding import Load, seed
from enrollment.states import Status
from notifications_platform.core import clock


class Command(BaseCommand):
    help = (
        "Makes load data: failed and sent notifications with their events, texts, attempts and "
        "history (sandbox mode only)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--failed", type=_count, default=0, metavar="N")
        parser.add_argument("--sent", type=_count, default=0, metavar="N")
        parser.add_argument("--client", default="load-data", help="Whose they are to be.")

    def handle(self, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("Made-up notifications are for the sandbox only.")
        asked = {Status.SENT: options["sent"], Status.FAILED: options["failed"]}
        if not any(asked.values()):
            raise CommandError("Say how many: --failed N, --sent N.")
        for status, count in asked.items():
            load = Load(client=options["client"], status=status, count=count)
            for made in seed(load, now=clock.now()):
                self.stdout.write(f"{made:,} of {count:,} {status.value}")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ArgumentTypeError(f"{text!r} is no number of notifications")
    return int(text)
