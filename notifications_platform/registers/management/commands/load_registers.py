"""python manage.py load_registers FILE"""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from notifications_platform.registers.findings import BadFile, Finding
from notifications_platform.registers.loading import Report, load


class Command(BaseCommand):
    help = (
        "Loads registers (persons, organisations, access, …) from a JSON file: new records are "
        "created, known ones replaced, lists that the file leaves out are untouched. A file with "
        "a bad record changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the registers file, JSON in UTF-8")

    def handle(self, *_: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            report = load(path)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror or error}.") from error
        except BadFile as bad:
            raise CommandError(_refusal(path, bad.problems)) from bad
        self._show(path, report)

    def _show(self, path: Path, report: Report) -> None:
        if not report.counts:
            self.stdout.write(f"{path} holds no lists; nothing was changed.")
        width = max(map(len, report.counts), default=0)
        for name, counts in report.counts.items():
            self.stdout.write(
                f"{name:<{width}}  {counts.created} created, {counts.updated} updated, "
                f"{counts.unchanged} unchanged"
            )
        if report.doubts:
            self.stderr.write(f"Loaded, but worth a look ({report.doubt_count}):")
        for doubt in report.doubts:
            self.stderr.write(f"  {doubt}")
        if report.doubt_count > len(report.doubts):
            self.stderr.write(f"  and {report.doubt_count - len(report.doubts)} more")


def _refusal(path: Path, problems: Sequence[Finding]) -> str:
    lines = [f"{path} was not loaded, nothing was changed:"]
    return "\n  ".join([*lines, *map(str, problems)])
