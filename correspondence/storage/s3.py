"""Attachments in a bucket that speaks S3. Needs what requirements-s3.txt lists.

Region, keys and the like come from the usual AWS_* variables; AWS_ENDPOINT_URL leads to
servers other than Amazon's.
"""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage as S3Backend

from correspondence.storage.base import NotStored, StorageUnavailable, Stored

# A body of unknown length has 10,000 parts at most: this makes 80 GiB.
_PART = 8 << 20
_TIMES_OUT_AFTER = 20
_GONE = {"404", "NoSuchKey"}


class S3Storage:
    """An object appears when all of it has arrived. One part at a time is held in memory."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._prefix = f"{prefix}/" if prefix else ""
        self._backend = S3Backend(
            bucket_name=bucket,
            location=prefix,
            default_acl=None,
            file_overwrite=True,
            transfer_config=TransferConfig(
                multipart_threshold=_PART, multipart_chunksize=_PART, use_threads=False
            ),
            client_config=Config(
                connect_timeout=_TIMES_OUT_AFTER,
                read_timeout=_TIMES_OUT_AFTER,
                retries={"total_max_attempts": 3, "mode": "standard"},
                # Servers other than Amazon's do not all know the newer checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def save(self, key: str, pieces: Iterable[bytes]) -> None:
        with _refusals():
            self._backend.save(key, File(_Piecewise(pieces)))  # type: ignore[arg-type]  # it can read

    def open(self, key: str) -> Stored:
        with _refusals():
            body = self._backend.bucket.Object(self._prefix + key).get()["Body"]
        return _Received(body)

    def remove(self, key: str) -> None:
        with _refusals():
            self._backend.delete(key)

    def keys(self, *, before: datetime) -> Iterator[str]:
        with _refusals():
            for one in self._backend.bucket.objects.filter(Prefix=self._prefix):
                if one.last_modified < before:
                    yield one.key.removeprefix(self._prefix)

    def discard_unfinished(self, *, before: datetime) -> int:
        """Parts that were sent are kept, and paid for, until somebody says otherwise."""
        with _refusals():
            uploads = self._backend.bucket.multipart_uploads.filter(Prefix=self._prefix)
            left = [one for one in uploads if one.initiated < before]
            for one in left:
                one.abort()
        return len(left)


class _Piecewise(io.RawIOBase):
    """Pieces as a file that can only be read onwards."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """As much as was asked for, unless it ends before."""
        wanted = -1 if size is None else size
        held, length = [self._left], len(self._left)
        while wanted < 0 or length < wanted:
            piece = next(self._pieces, b"")
            if not piece:
                break
            held.append(piece)
            length += len(piece)
        everything = b"".join(held)
        cut = length if wanted < 0 else wanted
        self._left = everything[cut:]
        return everything[:cut]


class _Received:
    """A server that stops in the middle is a storage that does not answer."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int, /) -> bytes:
        with _refusals():
            return bytes(self._body.read(size))

    def close(self) -> None:
        self._body.close()


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _GONE:
            raise NotStored from error
        raise StorageUnavailable(code) from error
    except BotoCoreError as error:
        raise StorageUnavailable(type(error).__name__) from error
