"""The GraphQL door as a producer meets it."""

import json
from collections.abc import Mapping
from typing import Any

from django.test import Client as Browser

from tests.tokens import bearer

PATH = "/api/graphql"
APP = "dev-gcp:team:app"


class Door:
    """Calls with the token of an app unless `headers` say otherwise."""

    def __init__(self, app: str = APP) -> None:
        self.browser = Browser(raise_request_exception=False)
        self.headers = bearer(app, "", kind="entra")

    def send(
        self,
        body: str | bytes | Mapping[str, Any],
        *,
        content_type: str = "application/json",
        path: str = PATH,
        **headers: str,
    ) -> Any:
        """The HTTP answer to this body."""
        text = json.dumps(body) if isinstance(body, Mapping) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.browser.post(path, text, content_type, headers=self.headers | named)

    def ask(
        self, query: str, variables: Mapping[str, Any] | None = None, **members: Any
    ) -> dict[str, Any]:
        """What came back, which is always 200."""
        answer = self.send({"query": query, "variables": variables, **members})
        assert answer.status_code == 200, answer.content
        assert answer["Content-Type"].startswith("application/json")
        told: dict[str, Any] = answer.json()
        return told

    def data(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        told = self.ask(query, variables)
        assert "errors" not in told, told
        data: dict[str, Any] = told["data"]
        return data

    def error(
        self, query: str, variables: Mapping[str, Any] | None = None, **members: Any
    ) -> dict[str, Any]:
        """The only error of an answer without data."""
        told = self.ask(query, variables, **members)
        assert told.get("data") is None
        (error,) = told["errors"]
        return dict(error)

    def code(self, query: str, variables: Mapping[str, Any] | None = None, **members: Any) -> str:
        """What all errors say they are."""
        told = self.ask(query, variables, **members)
        assert told.get("data") is None
        (code,) = {error["extensions"]["code"] for error in told["errors"]}
        return str(code)
