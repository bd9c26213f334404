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
AN_ID = "00000000-0000-0000-0000-000000000000"


def open_routes() -> list[str]:
    """The beginnings of paths in the page's table of routes that ask for no token."""
    table = PAGE.partition("Everything asks for a token except:")[2].partition("\n\n## ")[0]
    cells = re.findall(r"^\| (`/.*?`) \|", table, re.MULTILINE)
    return [route.partition("<")[0] for cell in cells for route in re.findall(r"`(.*?)`", cell)]


def is_open(path: str) -> bool:
    return any(f"{path}/".startswith(route) for route in open_routes())


def every_path() -> Iterator[str]:
    """Of the whole platform, its ids as `*`."""
    yield from _paths(get_resolver().url_patterns, "/")


def _paths(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
    for pattern in patterns:
        path = before + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            yield from _paths(pattern.url_patterns, path)
        else:
            yield re.sub(r"<.*?>", "*", path)


def schema_routes() -> list[tuple[str, str]]:
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return [
        (method.upper(), re.sub(r"\{.*?\}", "*", path))
        for path, methods in schema["paths"].items()
        for method in methods
    ]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_route_refuses_who_has_no_token(method: str) -> None:
    """401 before anything else: no database is needed to say it."""
    guarded = [path for path in every_path() if not is_open(path)]
    assert len(guarded) > 100
    nobody = Browser()
    for path in guarded:
        response = nobody.generic(method, path.replace("*", AN_ID), "{}", "application/json")
        assert response.status_code == 401, path
        assert response["WWW-Authenticate"].startswith("Bearer"), path
        assert response["Content-Type"].startswith("application/problem+json"), path


def test_every_route_that_asks_for_a_token_is_in_the_schema() -> None:
    """In one of its spellings."""
    known = {path for _, path in schema_routes()}
    usual = {path.rstrip("/").replace("/order/", "/orders/") for path in every_path()}
    assert [path for path in sorted(usual) if not is_open(path) and path not in known] == []


def test_every_route_of_the_schema_exists() -> None:
    assert {path for _, path in schema_routes()} <= set(every_path())


def test_every_open_route_exists() -> None:
    paths = [*every_path(), "/static/"]
    assert [
        route
        for route in open_routes()
        if not any(path.startswith(route) or route.startswith(path) for path in paths)
    ] == []
