"""docs/running.md lists every environment variable that the platform reads, and no other."""

import ast
import re
from collections.abc import Iterator

from notifications_platform.runtime.variables import platform_variables
from tests.house.tree import ROOT

# Read where settings.py cannot: to find the state file, and by the metrics library itself.
ELSEWHERE = {"VAR_DIR", "PROMETHEUS_MULTIPROC_DIR"}
PAGE = (ROOT / "docs" / "running.md").read_text()
ROWS = re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|.*\|$", PAGE, re.MULTILINE)


def reads() -> Iterator[tuple[str, object]]:
    """Each variable that settings.py asks for, with its default where that is written out."""
    tree = ast.parse((ROOT / "notifications_platform" / "settings.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _asks_environment(node.func):
            name = node.args[0]
            default = next((word.value for word in node.keywords if word.arg == "default"), None)
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value, default.value if isinstance(default, ast.Constant) else None


def _asks_environment(called: ast.expr) -> bool:
    if isinstance(called, ast.Attribute):
        return isinstance(called.value, ast.Name) and called.value.id == "env"
    return isinstance(called, ast.Name) and called.id == "required"


def test_every_variable_is_documented_once_and_none_is_made_up() -> None:
    documented = [name for name, _ in ROWS]
    assert sorted(documented) == sorted({name for name, _ in reads()} | ELSEWHERE)


def test_defaults_are_documented_as_they_are() -> None:
    documented = dict(ROWS)
    written_out = {
        name: str(default)
        for name, default in reads()
        if default not in (None, "", False) and "no-" not in str(default)
    }
    assert written_out
    wrong = {
        name: (default, documented[name])
        for name, default in written_out.items()
        if default not in documented[name]
    }
    assert not wrong


def test_the_supervisor_passes_every_variable_on() -> None:
    """What `make run` is given reaches its children, and shells beside it."""
    asked = {name: "x" for name, _ in reads() if name not in ELSEWHERE}
    assert platform_variables(asked) == asked
