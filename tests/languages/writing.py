"""What `make messages` does, in a shell of Django's: bring the catalogues up to the code."""

import sys

from tests.languages import catalogues


def main() -> None:
    """Ends with code 1 while a phrase waits for a translation."""
    if waiting := catalogues.write_all():
        sys.exit(f"{waiting} phrases wait for a translation: the empty ones under locale/nb/.")
