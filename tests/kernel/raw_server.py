"""A TCP server of which each connection is treated as one function says."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress


@contextmanager
def raw_server(serve: Callable[[socket.socket], object]) -> Iterator[str]:
    """The base URL of a server on loopback."""
    stopping = threading.Event()

    def run() -> None:
        while not stopping.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with closing(connection), suppress(OSError):
                serve(connection)

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            stopping.set()
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def silent(connection: socket.socket) -> None:
    """Reads until the caller has had enough, and says nothing."""
    while connection.recv(65536):
        pass
