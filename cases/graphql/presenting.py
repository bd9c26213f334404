"""Errors as the caller sees them: nothing of our inside, and never longer than they need be."""

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError

from cases.errors import Problem
from cases.graphql.refusals import Code

_LONGEST = 1000
_OURS = "Something went wrong on our side; the logs name the X-Correlation-ID of this answer."


def shown(error: GraphQLError, code: Code, problems: Iterable[Problem] = ()) -> dict[str, Any]:
    """An entry of `errors` (cases contract 2)."""
    entry: dict[str, Any] = {
        "message": _OURS if code == Code.INTERNAL else _message(error),
        "extensions": {"code": code.value},
    }
    if error.locations:
        entry["locations"] = [{"line": one.line, "column": one.column} for one in error.locations]
    if error.path:
        entry["path"] = list(error.path)
    if told := [_problem(one) for one in problems]:
        entry["extensions"]["problems"] = told
    return entry


def _problem(problem: Problem) -> dict[str, str]:
    return {"path": problem.path, "code": str(problem.code), "detail": problem.detail}


def _message(error: GraphQLError) -> str:
    # It may quote half a character of the caller's, which no JSON can hold.
    text = error.message.encode("utf-8", "replace").decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
