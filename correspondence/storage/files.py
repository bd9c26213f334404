"""Attachments in a folder of this machine, or of a file server that all machines share."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.core.files.storage import FileSystemStorage

from correspondence.storage.base import NotStored, StorageUnavailable, Stored

# Of a file that is being written. The random part of a key has no dot.
_UNFINISHED = ".part"


class FileStorage:
    """A file has its name only once all of it is on the disk."""

    def __init__(self, folder: Path) -> None:
        self._files = FileSystemStorage(location=folder)

    def save(self, key: str, pieces: Iterable[bytes]) -> None:
        with _refusals():
            path = Path(self._files.path(key))
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + _UNFINISHED)
        try:
            self._write(unfinished, pieces)
            with _refusals():
                unfinished.rename(path)
                _to_disk(path.parent)
        finally:
            unfinished.unlink(missing_ok=True)

    def _write(self, path: Path, pieces: Iterable[bytes]) -> None:
        """Only the file's own failures are the storage's: those of `pieces` come through."""
        with _refusals():
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            for piece in pieces:
                with _refusals():
                    _write_all(file, piece)
            with _refusals():
                os.fsync(file)
        finally:
            os.close(file)

    def open(self, key: str) -> Stored:
        with _refusals():
            try:
                return open(self._files.path(key), "rb", buffering=0)
            except FileNotFoundError as error:
                raise NotStored from error

    def remove(self, key: str) -> None:
        with _refusals():
            self._files.delete(key)

    def keys(self, *, before: datetime) -> Iterator[str]:
        return (key for key in self._older(before) if not key.endswith(_UNFINISHED))

    def discard_unfinished(self, *, before: datetime) -> int:
        unfinished = [key for key in self._older(before) if key.endswith(_UNFINISHED)]
        for key in unfinished:
            self.remove(key)
        return len(unfinished)

    def _older(self, moment: datetime) -> Iterator[str]:
        """A file that is being written is as old as its last byte."""
        with _refusals():
            folders = self._files.listdir("")[0] if self._files.exists("") else []
        for folder in folders:
            with _refusals():
                names = self._files.listdir(folder)[1]
            for name in names:
                key = f"{folder}/{name}"
                if self._was_changed_before(key, moment):
                    yield key

    def _was_changed_before(self, key: str, moment: datetime) -> bool:
        try:
            return self._files.get_modified_time(key) < moment
        except FileNotFoundError:
            return False


def _write_all(file: int, piece: bytes) -> None:
    left = memoryview(piece)
    while left:
        left = left[os.write(file, left) :]


def _to_disk(folder: Path) -> None:
    """A new name is safe only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(error.strerror or type(error).__name__) from error
