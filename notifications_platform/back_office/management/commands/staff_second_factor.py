"""python manage.py staff_second_factor --reset NAME"""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from notifications_platform.audit import trail
from notifications_platform.back_office.access import second_factor
from notifications_platform.core import clock


class Command(BaseCommand):
    help = (
        "The way back in for who lost phone and recovery codes when no administrator can help: "
        "takes the second factor away and ends all sessions. Where one is required, the next "
        "login leads to a new one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", metavar="NAME", required=True, help="a staff user name")

    def handle(self, *_: Any, **options: Any) -> None:
        name: str = options["reset"]
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"Nobody on the staff is called {name}.")
        had_one = second_factor.reset(
            user,
            by=trail.By.system("staff_second_factor"),
            reason="Reset from the command line.",
            now=clock.now(),
        )
        self.stdout.write(
            f"The second factor of {name} is gone."
            if had_one
            else f"{name} has no second factor; all sessions were ended."
        )
