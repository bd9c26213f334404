"""Ports of the embedded servers: free ones, the same at each start while they stay free."""

import errno
import json
import secrets
import socket
from contextlib import suppress
from pathlib import Path

# Below what systems hand out to outgoing connections, away from the servers' usual ports.
_RANGE = range(20_000, 30_000)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now.

    Raises OSError when `host` is not ours, PermissionError for a port reserved to root.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


class PortBook:
    """Which port each server had last, kept in `file`.

    Another start may take a port between our look and the server's own bind: whoever
    starts a server asks `another` when that happened.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ports: dict[str, int] = {}
        with suppress(OSError, ValueError, TypeError, AttributeError):
            self._ports = {
                str(name): int(port) for name, port in json.loads(file.read_text()).items()
            }

    def port(self, name: str) -> int:
        """The port of last time if it is free, else another."""
        known = self._ports.get(name)
        return known if known and is_free(known) else self.another(name)

    def another(self, name: str) -> int:
        port = next(p for p in iter(lambda: secrets.choice(_RANGE), None) if self._usable(p))
        self._ports[name] = port
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self._ports, indent=1) + "\n")
        return port

    def _usable(self, port: int) -> bool:
        return port not in self._ports.values() and is_free(port)
