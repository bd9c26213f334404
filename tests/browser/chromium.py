"""The browser of the tests: the Chromium that the system has, or Debian's, installed once.

`python -m tests.browser.chromium`, a part of `make test`. Without one, the tests in a browser are
skipped, except in CI, where they fail.
"""

import os
import shutil
import subprocess
import sys

VARIABLE = "CHROMIUM"
_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_MEND = f"install Chromium (Debian: sudo apt-get install chromium), or name it: {VARIABLE}=/path"
_QUIETLY = {"DEBIAN_FRONTEND": "noninteractive"}
_PATIENCE = 600


class NoBrowser(Exception):
    """Its text says why, and what mends it."""


def path() -> str:
    """Where the browser is. Raises NoBrowser."""
    named = os.environ.get(VARIABLE)
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, _NAMES)), None)
    if not found:
        raise NoBrowser(f"{named or 'Chromium'} is not there: {_MEND}.")
    return found


def install() -> str:
    """Debian's, where whoever runs the tests may install packages. Raises NoBrowser."""
    if os.environ.get(VARIABLE) or os.geteuid() != 0 or not shutil.which("apt-get"):
        return path()
    try:
        return path()
    except NoBrowser:
        _apt("update")
        _apt("install", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core")
    return path()


def _apt(*words: str) -> None:
    done = subprocess.run(
        ["apt-get", "-qq", *words],  # noqa: S607 - the system's own
        env=os.environ | _QUIETLY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise NoBrowser(f"apt-get {words[0]} failed: {said}. To mend it: {_MEND}.")


def main() -> int:
    try:
        install()
    except (NoBrowser, subprocess.TimeoutExpired) as error:
        sys.stdout.write(f"  --  Browser tests: {error}\n")
        return 1 if os.environ.get("CI") else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
