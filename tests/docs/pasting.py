"""Shell lines of a page, pasted into a shell with curl."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from tests.docs.demo_platform import manage
from tests.docs.examples import Token, steps

Shell = Callable[..., str]


def blocks(page: Path, section: str) -> list[str]:
    """The shell's part of it."""
    text = page.read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def shell_of(page: Path, live_server: LiveServer) -> Shell:
    """Runs lines of the page against the platform here, with the tokens that it makes; what they
    print. Names go in as variables.
    """
    if not shutil.which("curl"):
        pytest.skip("there is no curl here")
    tokens = {step.name: manage(*step.arguments) for step in steps(page) if isinstance(step, Token)}

    def run(lines: str, **names: str) -> str:
        lines = lines.replace("http://127.0.0.1:8000", live_server.url)
        lines = re.sub(r"^\w+=\$\(\S+ manage\.py .+\)$", "", lines, flags=re.MULTILINE)
        return subprocess.run(
            ["bash", "-euc", lines],  # noqa: S607 the page's own words
            cwd=settings.BASE_DIR,
            env={"PATH": os.environ["PATH"], **tokens, **names},
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout

    return run
