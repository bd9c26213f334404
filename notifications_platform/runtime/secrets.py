"""Secrets of the sandbox, made once and kept in `var/secrets`, readable by the owner only."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def text_secret(var: Path, name: str) -> str:
    """A random text of 64 characters, the same at each start."""
    return _kept(var, name, lambda: secrets.token_urlsafe(48))


def signing_key(var: Path, name: str) -> str:
    """An RSA private key as PEM, the same at each start."""
    return _kept(var, f"{name}.pem", _new_private_key)


def _kept(var: Path, name: str, make: Callable[[], str]) -> str:
    path = var / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Several processes start at once: each writes its own file, the first link wins.
        mine = path.with_name(f"{name}.{os.getpid()}")
        mine.touch(mode=0o600)
        mine.write_text(make())
        try:
            os.link(mine, path)
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return path.read_text()


def _new_private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem.decode()
