"""E-mail over SMTP: many messages per connection, many connections from one thread (delivery 3)."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

from notifications_platform.delivery.channels.base import Answered, Parcel, Verdict
from notifications_platform.delivery.channels.email.connection import Server
from notifications_platform.delivery.channels.email.letters import Letters
from notifications_platform.delivery.channels.email.pool import Pool
from notifications_platform.delivery.channels.email.session import Session
from notifications_platform.delivery.channels.email.wire import Wire, not_now

_PORTS = {"": 25, "starttls": 587, "ssl": 465}


def server(url: str, hello: str) -> Server:
    """`smtp://[user:password@]host:port[?tls=starttls|ssl][&timeout=seconds]`; `hello` is the
    name that we give ourselves. Raises ValueError.
    """
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    tls = options.pop("tls", "")
    timeout = timedelta(seconds=float(options.pop("timeout", 20)))
    if parts.scheme != "smtp" or not parts.hostname or tls not in _PORTS or options:
        raise ValueError("write it as smtp://user:password@host:port?tls=starttls")
    return Server(
        host=parts.hostname,
        port=parts.port or _PORTS[tls],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
        timeout=timeout,
        hello=hello,
    )


class SmtpTransport:
    batch = 100
    one_by_one = True
    reports = False

    def __init__(self, server: Server, *, return_path: str = "", connections: int = 100) -> None:
        """`return_path` is the envelope sender, empty for the message's own sender;
        `connections` how many there are at most.
        """
        self.name = f"smtp:{server.host}:{server.port}"
        self.pool = Pool(server, connections)
        self.return_path = return_path

    def send(self, parcels: Sequence[Parcel]) -> Iterator[Verdict]:
        """Over one connection, in turn."""
        wire = self._wire(iter(parcels), connections=1)
        done: dict[int, Verdict] = {}
        position = 0
        for answer in wire.answers():
            done[answer.position] = answer.verdict
            while position in done:
                yield done.pop(position)
                position += 1
        if wire.failure:
            raise wire.failure

    def send_side_by_side(self, parcels: Iterator[Parcel], connections: int) -> Iterator[Answered]:
        wire = self._wire(parcels, connections)
        yield from wire.answers()
        if wire.failure:
            for position in wire.failed_at:
                yield Answered(position, not_now(wire.failure), 0.0)
            raise wire.failure

    def _wire(self, parcels: Iterator[Parcel], connections: int) -> Wire:
        letters = Letters(parcels, return_path=self.return_path)
        own_sender = bool(self.return_path)
        return Wire(
            letters,
            self.pool.permits,
            [
                Session(letters, self.pool, own_sender=own_sender, additional=bool(number))
                for number in range(connections)
            ],
        )
