"""Asks for known holes in the pinned dependencies; without the internet it says so, no more."""

import subprocess
import sys
from pathlib import Path

_UNREACHABLE = ("ConnectionError", "Could not connect", "Max retries", "ProxyError", "Timeout")
_COMMAND = ("--require-hashes", "--disable-pip", "--progress-spinner", "off")


def main() -> int:
    tool = Path(sys.executable).with_name("pip-audit")
    done = subprocess.run(
        [tool, *_COMMAND, "--requirement", "requirements.txt"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode and any(sign in done.stdout for sign in _UNREACHABLE):
        sys.stdout.write("The internet cannot be reached: nothing is known of the dependencies.\n")
    else:
        sys.stdout.write(done.stdout)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
