"""Batches, and a transport to a scripted SMTP server."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from notifications_platform.delivery.channels.base import (
    Content,
    Parcel,
    ProviderUnavailable,
    Verdict,
)
from notifications_platform.delivery.channels.email.smtp import SmtpTransport, server
from tests.kernel.smtp_server import Script, serving

CONTENT = Content(
    id=uuid4(),
    sender="noreply@altinn.no",
    subject="Hei",
    body=".\nHei $name$",
    placeholders=("$name$",),
)
PLAIN = ("8BITMIME",)
PIPELINING = ("PIPELINING", "SMTPUTF8", "8BITMIME")
both = pytest.mark.parametrize("extensions", [PLAIN, PIPELINING], ids=["in turn", "pipelined"])


def parcel(address="kari@example.no", **changes) -> Parcel:
    return Parcel(
        id=uuid4(), address=address, content=CONTENT, values={"$name$": "Kari"}, **changes
    )


def parcels(count: int) -> list[Parcel]:
    return [parcel(f"r{number}@example.no") for number in range(count)]


@contextmanager
def transport_to(script: Script, options="timeout=5", **kwargs) -> Iterator[SmtpTransport]:
    with serving(script):
        url = f"smtp://127.0.0.1:{script.port}?{options}"
        transport = SmtpTransport(server(url, "tests.example"), **kwargs)
        try:
            yield transport
        finally:
            transport.pool.close()


def send(
    transport: SmtpTransport, *batch: Parcel
) -> tuple[list[Verdict], ProviderUnavailable | None]:
    """The verdicts, and the ProviderUnavailable that ended them, if one did."""
    verdicts: list[Verdict] = []
    try:
        for verdict in transport.send(batch):
            verdicts.append(verdict)
    except ProviderUnavailable as failure:
        return verdicts, failure
    return verdicts, None


def verdicts_of(transport: SmtpTransport, *batch: Parcel) -> list[Verdict]:
    verdicts, failure = send(transport, *batch)
    assert failure is None
    return verdicts


def saying_to(address: str, said: str):
    """The server says this to the one address, the usual to others."""
    return lambda argument: said if address in argument else None
