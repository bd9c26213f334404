"""`python -m tests.languages`, as `make messages` calls it."""

import os
import sys

import django


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notifications_platform.settings")
    django.setup()
    from tests.languages import catalogues  # noqa: PLC0415 - the models must be there first

    waiting = catalogues.write_all()
    if waiting:
        sys.stdout.write(
            f"{waiting} phrases wait for a translation: the empty ones under locale/nb/.\n"
        )
    return 1 if waiting else 0


if __name__ == "__main__":
    sys.exit(main())
