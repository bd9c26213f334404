"""How `make test` shares the suite between its runs, and what it says in the end."""

import os
import subprocess
import sys
from pathlib import Path

FILE = """
import pytest

@pytest.fixture(scope="module", autouse=True)
def told():
    yield
    with open(__file__ + ".told", "a") as told:
        told.write("over ")

@pytest.mark.parametrize("number", range(3))
def test_number(number):
    with open(__file__ + ".told", "a") as told:
        told.write(f"{number} ")
    assert (number, __name__) != (1, "test_c"), "broken on purpose"
"""


def side_by_side(folder: Path) -> tuple[int, list[str]]:
    (folder / "own.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "tests.side_by_side", "-c", str(folder / "own.ini"), str(folder)],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


def test_each_file_is_run_once_and_failures_are_told_last(tmp_path: Path) -> None:
    files = [tmp_path / f"test_{letter}.py" for letter in "abcd"]
    for file in files:
        file.write_text(FILE)

    code, lines = side_by_side(tmp_path)

    assert code == 1
    told = {Path(f"{file}.told").read_text() for file in files}
    assert told == {"0 1 2 over "}
    assert lines[-1] == "11 passed, 1 failed, 0 skipped"
    own = lines[max(number for number, line in enumerate(lines) if " | " in line) :]
    assert "FAILED test_c.py::test_number[1] (call)" in own
    assert "E       AssertionError: broken on purpose" in own


def test_files_that_share_a_platform_are_run_in_one_go(tmp_path: Path) -> None:
    shared = tmp_path / "browser"
    shared.mkdir()
    for number in range(6):
        file = (shared if number > 2 else tmp_path) / f"test_{number}.py"
        file.write_text(
            "import os, pathlib, time\n"
            "def test_it():\n"
            "    with (pathlib.Path(__file__).parent / f'{os.getpid()}.told').open('a') as told:\n"
            f"        told.write('{number} ')\n"
            "    time.sleep(0.1)\n"
        )

    code, _ = side_by_side(tmp_path)

    assert code == 0
    assert [told.read_text() for told in shared.glob("*.told")] == ["3 4 5 "]
    told = "".join(file.read_text() for file in tmp_path.glob("*.told"))
    assert sorted(told.split()) == ["0", "1", "2"]


def test_what_cannot_be_collected_fails(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("import nothing_of_the_kind")

    code, lines = side_by_side(tmp_path)

    assert code == 1
    assert any(line.startswith("FAILED test_a.py (collecting)") for line in lines)
