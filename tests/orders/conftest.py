"""The orders API as a caller meets it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from notifications_platform.registers.loading import load
from tests.tokens import bearer

BASE = "/notifications/api/v1"


class Api:
    """Calls with a service owner's token unless `headers` say otherwise."""

    def __init__(self, org: str = "ttd") -> None:
        self.browser = Browser(raise_request_exception=False)
        self.headers = bearer(org)

    def get(self, path: str, **query: str) -> Any:
        return self.browser.get(BASE + path, query, headers=self.headers)

    def put(self, path: str, **more: Any) -> Any:
        return self.browser.put(BASE + path, headers=self.headers, **more)

    def post(self, path: str, body: Any, content_type: str = "application/json") -> Any:
        return self.browser.post(BASE + path, body, content_type, headers=self.headers)


@pytest.fixture
def api() -> Api:
    return Api("ttd")


@pytest.fixture
def other_api() -> Api:
    return Api("digdir")


Load = Callable[[dict[str, Any]], object]


@pytest.fixture
def registers(db: None, tmp_path: Path) -> Load:
    """Load lists of a register file into the platform's own tables."""

    def load_lists(lists: dict[str, Any]) -> object:
        file = tmp_path / "registers.json"
        file.write_text(json.dumps(lists))
        return load(file)

    return load_lists
