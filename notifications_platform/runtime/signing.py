"""The sandbox's private key, made once and kept in `var/secrets`."""

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from notifications_platform.runtime.secrets import kept


def signing_key(var: Path, name: str) -> str:
    """An RSA private key as PEM, the same at each start."""
    return kept(var, f"{name}.pem", _new_private_key)


def _new_private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem.decode()
