"""docs/running.md keeps up with the platform."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from notifications_platform.core import metrics
from notifications_platform.health.queues import QueueCollector
from notifications_platform.identity.client import KINDS
from notifications_platform.identity.issuers import parse
from notifications_platform.registers import loading
from tests.docs.demo_platform import manage

PAGE = (settings.BASE_DIR / "docs" / "running.md").read_text()


def block(opening: str) -> str:
    found = re.search(rf"^```{opening}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


@pytest.mark.django_db
def test_the_registers_of_the_page_can_be_loaded_and_name_every_list(tmp_path: Path) -> None:
    file = tmp_path / "registers.json"
    file.write_text(block("json registers"))

    report = loading.load(file)

    assert sorted(report.counts) == sorted(loading._loaders)
    assert all(counts.created for counts in report.counts.values())
    assert not report.doubts
    assert all(counts.unchanged for counts in loading.load(file).counts.values())


def test_the_token_issuers_of_the_page_can_be_used() -> None:
    issuers = parse(block("json"))
    assert [issuer.kind for issuer in issuers] == ["altinn", "maskinporten", "platform"]
    assert all(f"`{kind}`" in PAGE for kind in KINDS)


def test_every_metric_is_named() -> None:
    counted = (metrics.SENDS, metrics.LAST_SWEEP, metrics.REQUEST_SECONDS)
    families = [family for one in counted for family in one.describe()]
    families += QueueCollector().describe()
    missing = [family.name for family in families if f"`{family.name}" not in PAGE]
    assert not missing


@pytest.mark.django_db
def test_the_commands_of_the_page_exist() -> None:
    for command in sorted(set(re.findall(r"manage\.py (\w+)", PAGE))):
        with pytest.raises(SystemExit) as left:
            manage(command, "--help")
        assert left.value.code == 0
