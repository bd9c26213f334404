"""manage.py clock: show or move the sandbox clock, in all running processes."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from notifications_platform.core import clock
from notifications_platform.sandbox import clock_moves


class Command(BaseCommand):
    help = "Show the sandbox clock, or move it for every process at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        moves = parser.add_mutually_exclusive_group()
        moves.add_argument("--advance", metavar="DURATION", help="such as P7DT1H; --advance=-P1D")
        moves.add_argument("--now", metavar="INSTANT", help="such as 2026-12-24T08:00:00Z")
        moves.add_argument("--reset", action="store_true", help="back to real time")

    def handle(self, **options: object) -> None:
        asked = {key: options[key] for key in ("advance", "now", "reset") if options[key]}
        real, offset = clock.real(), clock.offset()
        if asked:
            try:
                offset = clock_moves.move(asked, real=real)
            except clock_moves.ClockMoveRefused as refusal:
                raise CommandError(refusal.detail) from refusal
        shown = clock_moves.described(real=real, offset=offset)
        self.stdout.write(f"now {real + offset:%Y-%m-%dT%H:%M:%SZ}  offset {shown['offset']}")
