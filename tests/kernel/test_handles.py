"""A process out of file handles can tell nobody but its log."""

import subprocess
import sys

_OUT_OF_HANDLES = """
import resource, time
from notifications_platform.http import handles

handles._LOOK_SECONDS = 0.05
assert handles.trouble() == ""
handles.watch()
limits = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
assert "Too many open files" in handles.trouble()
time.sleep(0.5)
resource.setrlimit(resource.RLIMIT_NOFILE, limits)
assert handles.trouble() == ""
"""


def test_a_process_without_handles_says_so_in_its_log():
    done = subprocess.run(
        [sys.executable, "-c", _OUT_OF_HANDLES], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "server.out_of_resources" in done.stdout
    assert "Too many open files" in done.stdout
