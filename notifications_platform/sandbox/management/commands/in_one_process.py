"""manage.py in_one_process: several commands, for the time that it takes to start Django once."""

import io
import json
import shlex

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Runs commands one after another; prints what each has printed, as a JSON list of texts."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("commands", nargs="+", help='Each quoted, as in "token --client ttd".')

    def handle(self, *, commands: list[str], **_options: object) -> None:
        self.stdout.write(json.dumps([_printed(shlex.split(words)) for words in commands]))


def _printed(words: list[str]) -> str:
    output = io.StringIO()
    call_command(*words, stdout=output)
    return output.getvalue().strip()
