"""Secrets of the sandbox, made once and kept in `var/secrets`, readable by the owner only."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def text_secret(var: Path, name: str) -> str:
    """A random text of 64 characters, the same at each start."""
    return kept(var, name, lambda: secrets.token_urlsafe(48))


def kept(var: Path, name: str, make: Callable[[], str]) -> str:
    """The content of `var/secrets/<name>`, made by `make` the first time."""
    path = var / "secrets" / name
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Several processes start at once: each writes its own file, the first link wins.
        mine = path.with_name(f"{name}.{os.getpid()}")
        mine.touch(mode=0o600)
        mine.write_text(make())
        try:
            os.link(mine, path)
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return path.read_text()
