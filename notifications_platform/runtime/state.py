"""What a running platform tells other shells of the same folder (runtime contract 1).

`make run` writes `var/run/state.json` with the settings it gave its children. Whoever
reads the settings while that supervisor is alive gets the same ones, so that
`manage.py token` in a second shell finds the database without being told.
No Django here: the settings file itself imports this.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def var_directory() -> Path:
    """The folder of everything that outlives a run; `VAR_DIR` moves it (tests, benchmarks)."""
    return Path(os.environ.get("VAR_DIR") or ROOT / "var").absolute()


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
    state = read_state()
    return state.environment if state and is_alive(state.pid) else {}


@dataclass(frozen=True, slots=True)
class State:
    """`pid` is the supervisor's; `environment` what its children got; `processes` their ids."""

    pid: int
    environment: dict[str, str]
    processes: dict[str, int]


def read_state() -> State | None:
    """What the last supervisor of this folder wrote, running or not; None: nothing readable."""
    try:
        state = json.loads(state_file().read_text())
        return State(
            pid=int(state["pid"]),
            environment={str(name): str(value) for name, value in state["environment"].items()},
            processes={str(name): int(pid) for name, pid in state["processes"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_state(state: State) -> None:
    """Replace the state file in one go. It holds passwords: for its owner only."""
    file = state_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    work = file.with_suffix(".new")
    work.unlink(missing_ok=True)
    work.touch(mode=0o600)
    work.write_text(json.dumps(asdict(state), indent=1) + "\n")
    work.replace(file)


def clear_state() -> None:
    state_file().unlink(missing_ok=True)
