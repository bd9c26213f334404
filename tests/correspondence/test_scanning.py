"""Scanners: the one that finds the test signature, and clamd, in person where it is installed."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from correspondence.checks import check_scanner
from correspondence.scanning.base import ScannerUnavailable
from correspondence.scanning.clamd import ClamdScanner
from correspondence.scanning.configured import scanner_at
from correspondence.scanning.eicar import SIGNATURE, EicarScanner

LIMIT = 2 << 20


def cut(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


@given(st.binary(max_size=200), st.binary(max_size=200), st.integers(1, 150))
def test_the_signature_is_found_wherever_pieces_are_cut(
    before: bytes, after: bytes, size: int
) -> None:
    assert EicarScanner().scan(cut(before + SIGNATURE + after, size))
    assert EicarScanner().scan(cut(before + SIGNATURE[:-1] + b"\0" + after, size)) == ""


# --- clamd -----------------------------------------------------------------------------------
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """Port and socket of a real one that knows the test signature alone."""
    program = shutil.which("clamd")
    if program is None:
        pytest.skip("clamd is not installed (Debian: clamav-daemon)")
    folder = tmp_path_factory.mktemp("clamd")
    (folder / "db").mkdir()
    (folder / "db" / "t.ndb").write_text(f"Eicar-Test:0:*:{SIGNATURE.hex()}\n")
    port, path = free_port(), str(folder / "s")
    (folder / "clamd.conf").write_text(
        f"LocalSocket {path}\nTCPSocket {port}\nTCPAddr 127.0.0.1\nUser root\n"
        f"DatabaseDirectory {folder}/db\nForeground yes\nStreamMaxLength {LIMIT}\n"
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "-c", str(folder / "clamd.conf")], stdout=log)
    try:
        until = time.monotonic() + 30
        while not Path(path).exists() and time.monotonic() < until:
            time.sleep(0.05)
        yield port, path
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(params=["tcp", "unix"])
def scanner(request: pytest.FixtureRequest, clamd: tuple[int, str]) -> ClamdScanner:
    port, path = clamd
    return ClamdScanner(("127.0.0.1", port) if request.param == "tcp" else path)


def test_clamd_passes_what_is_clean(scanner: ClamdScanner) -> None:
    assert scanner.scan(cut(b"hello" * 50_000, 1 << 16)) == ""
    assert scanner.scan(iter([])) == ""


def test_clamd_finds_the_signature(scanner: ClamdScanner) -> None:
    found = scanner.scan(cut(SIGNATURE, 10))
    assert found.startswith("Malware was found: Eicar-Test")


def test_a_file_that_is_too_large_for_clamd_is_refused_for_good(scanner: ClamdScanner) -> None:
    for _ in range(10):
        assert "larger" in scanner.scan(bytes(1 << 15) for _ in range(10 * LIMIT >> 15))


# --- what clamd may say, whether it is installed or not --------------------------------------
@contextmanager
def saying(answer: bytes) -> Iterator[tuple[str, int]]:
    """Takes a whole stream, then answers and hangs up."""

    def serve() -> None:
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as lines:
            assert lines.read(10) == b"zINSTREAM\0"
            while length := int.from_bytes(lines.read(4), "big"):
                lines.read(length)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[:2]
        thread.join(5)


@pytest.mark.parametrize("answer", [b"", b"stream: what?\0", b"COMMAND READ TIMED OUT\0"])
def test_an_answer_that_is_no_verdict_is_none(answer: bytes) -> None:
    with saying(answer) as address, pytest.raises(ScannerUnavailable):
        ClamdScanner(address).scan(iter([b"hello"]))


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (b"stream: OK\0", ""),
        (b"stream: Win.Test.EICAR_HDB-1 FOUND\0", "Malware was found: Win.Test.EICAR_HDB-1"),
        (b"INSTREAM size limit exceeded. ERROR\0", "The file is larger than the"),
    ],
)
def test_verdicts_are_read(answer: bytes, verdict: str) -> None:
    with saying(answer) as address:
        found = ClamdScanner(address).scan(iter([b"hello", b"", b"you"]))
    assert found.startswith(verdict)
    assert bool(found) == bool(verdict)


@pytest.mark.parametrize("address", [("127.0.0.1", 1), "/nowhere/clamd.sock"], ids=str)
def test_a_clamd_that_is_not_there_gives_no_verdict(address: tuple[str, int] | str) -> None:
    with pytest.raises(ScannerUnavailable):
        ClamdScanner(address).scan(iter([b"hello"]))


# --- settings --------------------------------------------------------------------------------
def test_the_setting_names_the_scanner(settings: Settings) -> None:
    assert isinstance(scanner_at("eicar"), EicarScanner)
    assert isinstance(scanner_at("clamd://av.example:3310"), ClamdScanner)
    assert isinstance(scanner_at("clamd+unix:///run/clamav/clamd.ctl"), ClamdScanner)
    assert check_scanner() == []


@pytest.mark.parametrize(
    "text", ["", "clamav", "clamd://host", "clamd://host:port", "clamd+unix://run/x", "file:///x"]
)
def test_a_scanner_that_cannot_be_stops_the_start(text: str, settings: Settings) -> None:
    with pytest.raises(ImproperlyConfigured):
        scanner_at(text)
    settings.MALWARE_SCANNER = text
    assert "MALWARE_SCANNER" in check_scanner()[0].msg
