"""The product's files, for tests that look at the house itself."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PRODUCT = ("notifications_platform", "orders", "cases", "correspondence", "enrollment")


def modules() -> Iterator[Path]:
    """Every Python file of the product, migrations left out."""
    for package in PRODUCT:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def pages() -> list[Path]:
    """Everything that is written to be read."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
