"""Runs one check: quiet when it passes; else what it said, with the step and the mend.

`python .ci/check.py NAME MEND COMMAND…`
"""

import subprocess
import sys
import threading
import time


def main(name: str, mend: str, command: list[str]) -> int:
    began, over = time.monotonic(), threading.Event()
    threading.Thread(target=_keep_telling, args=(name, over), daemon=True).start()
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    over.set()
    if done.returncode == 0:
        _say(f"  ok  {name} ({time.monotonic() - began:.1f} s)")
        return 0
    _say(f"{done.stdout.rstrip()}\n\n{name} failed: see above. To mend it: {mend}")
    return done.returncode


def _keep_telling(name: str, over: threading.Event) -> None:
    passed, pause = 0, 2
    while not over.wait(pause):
        passed += pause
        pause = 10
        _say(f"  ..  {name}: {passed} s so far")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
