"""Without a token nobody gets anywhere, but where docs/running.md says so."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

from tests.house.tree import ROOT

PAGE = (ROOT / "docs" / "running.md").read_text()
NEVER_A_TOKEN = "00000000-0000-0000-0000-000000000000"


def open_routes() -> list[str]:
    """The beginnings of paths in the page's table of routes that ask for no token."""
    table = PAGE.partition("Everything asks for a token except:")[2].partition("\n\n## ")[0]
    cells = re.findall(r"^\| (`/.*?`) \|", table, re.MULTILINE)
    return [route.partition("<")[0] for cell in cells for route in re.findall(r"`(.*?)`", cell)]


def is_open(path: str) -> bool:
    return any(f"{path}/".startswith(route) for route in open_routes())


def schema_routes() -> list[tuple[str, str]]:
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return [(method, path) for path, methods in schema["paths"].items() for method in methods]


def every_path() -> Iterator[str]:
    yield from _paths(get_resolver().url_patterns, "/")


def _paths(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
    for pattern in patterns:
        path = before + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            yield from _paths(pattern.url_patterns, path)
        else:
            yield path


@pytest.mark.parametrize(("method", "path"), schema_routes())
def test_a_route_of_the_schema_refuses_who_has_no_token(method: str, path: str) -> None:
    """401 before anything else: no database is needed to say it."""
    if is_open(path):
        return
    address = re.sub(r"\{.*?\}", NEVER_A_TOKEN, path)
    response = Browser().generic(method.upper(), address, "{}", "application/json")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_every_other_route_is_in_the_schema() -> None:
    known = {re.sub(r"\{.*?\}", "*", path) for _, path in schema_routes()}
    unknown = [
        path
        for path in every_path()
        if not is_open(path) and re.sub(r"<.*?>", "*", path) not in known
    ]
    assert not unknown


def test_every_open_route_exists() -> None:
    paths = [*every_path(), "/static/"]
    assert [
        route
        for route in open_routes()
        if not any(path.startswith(route) or route.startswith(path) for path in paths)
    ] == []
