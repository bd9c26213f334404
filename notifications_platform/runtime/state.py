"""What a running platform tells other shells of the same folder (runtime contract 1).

`make run` writes `var/run/state.json` with the settings it gave its children. Whoever
reads the settings while that supervisor is alive gets the same ones, so that
`manage.py token` in a second shell finds the database without being told.
No Django here: the settings file itself imports this.
"""

import json
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def var_directory() -> Path:
    """The folder of everything that outlives a run; `VAR_DIR` moves it (tests, benchmarks)."""
    return Path(os.environ.get("VAR_DIR") or ROOT / "var")


def state_file() -> Path:
    return var_directory() / "run" / "state.json"


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def running_environment() -> dict[str, str]:
    """The environment of the platform now running from this folder; empty when none is."""
    try:
        state = json.loads(state_file().read_text())
        alive = is_alive(int(state["pid"]))
        environment = dict(state["environment"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return environment if alive else {}
