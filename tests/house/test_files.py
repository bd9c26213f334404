"""The shape of the tree: short files, migrations, versions, links that lead somewhere."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.house.tree import ROOT, modules, pages

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


def test_no_file_of_the_product_is_over_400_lines() -> None:
    assert too_long(modules(), 400) == []


def test_no_test_file_is_over_500_lines() -> None:
    assert too_long((ROOT / "tests").rglob("*.py"), 500) == []


def too_long(paths: Iterator[Path], most: int) -> list[tuple[str, int]]:
    lengths = ((path, len(path.read_text().splitlines())) for path in paths)
    return [(str(path.relative_to(ROOT)), lines) for path, lines in lengths if lines > most]


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_the_version_is_the_newest_of_the_changelog() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    newest = re.search(r"^## \[(\d.*?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert project["version"] == newest[1]


def test_the_licence_is_the_one_that_is_named() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"] == "EUPL-1.2"
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in (ROOT / "LICENSE").read_text()


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", prose(page)):
        target, _, anchor = "".join(link).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        path = (page.parent / target).resolve() if target else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append("".join(link))
    assert not broken


def prose(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The names under which a page's headings can be linked to."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_decisions_are_numbered_without_gaps_and_say_what_would_change_our_mind() -> None:
    numbers = [int(page.name.split("-")[0]) for page in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))
    for page in DECISIONS:
        headings = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)
        told = [heading for heading in headings if heading != "What we weighed"]
        assert told == ["Context", "Choice", "What would change our mind"], page.name


def test_every_decision_is_listed_in_the_architecture() -> None:
    architecture = (ROOT / "docs" / "architecture.md").read_text()
    assert [page.name for page in DECISIONS if f"decisions/{page.name}" not in architecture] == []
