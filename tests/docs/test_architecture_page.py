"""The code that docs/architecture.md proposes does what the page says."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from pytest_httpserver import HTTPServer

from notifications_platform.core import clock
from notifications_platform.core.ids import uuid7
from notifications_platform.delivery import draining, owners
from notifications_platform.delivery.channels.base import (
    Content,
    Parcel,
    Permanent,
    ProviderUnavailable,
    Sent,
    Transient,
)
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel, Reason, State
from tests.transports import FakeTransport

PAGE = (settings.BASE_DIR / "docs" / "architecture.md").read_text()
PACKAGE = Path(settings.BASE_DIR) / "notifications_platform"


def proposed(name: str) -> dict[str, Any]:
    """What the page's Python block defines that defines `name`."""
    for block in re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        if re.search(rf"^(class|def) {name}\b", block, re.MULTILINE):
            defined: dict[str, Any] = {"__name__": "proposed"}
            exec(block, defined)  # noqa: S102 the page is ours
            return defined
    raise LookupError(name)


def parcel(number: str = "+4740000001") -> Parcel:
    content = Content(id=uuid4(), body="Dear $name$", placeholders=("$name$",))
    return Parcel(id=uuid4(), address=number, content=content, values={"$name$": "Kari"})


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Sent()),
        (400, Permanent(Reason.INVALID_ADDRESS, "HTTP 400")),
        (503, Transient("HTTP 503")),
    ],
)
def test_the_proposed_sms_provider_sends(
    httpserver: HTTPServer, status: int, verdict: object
) -> None:
    going = parcel()
    told = {"id": str(going.id), "to": "+4740000001", "text": "Dear Kari"}
    httpserver.expect_request("/", json=told).respond_with_data(status=status)
    transport = proposed("PigeonTransport")["PigeonTransport"](f"pigeon+{httpserver.url_for('/')}")

    assert list(transport.send([going])) == [verdict]
    httpserver.check()


def test_the_proposed_sms_provider_tells_when_there_is_none() -> None:
    transport = proposed("PigeonTransport")["PigeonTransport"]("pigeon+http://127.0.0.1:1/")
    with pytest.raises(ProviderUnavailable):
        list(transport.send([parcel()]))


@pytest.mark.django_db(transaction=True)
def test_the_proposed_system_sends_and_learns_the_outcome(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = proposed("remind")
    monkeypatch.setitem(owners._owners, "reminders", code["on_outcomes"])
    monkeypatch.setattr(draining, "transports", lambda _channel: [FakeTransport()])
    reminder = uuid7()

    code["remind"](reminder, "kari@demo.example", now=clock.now())
    draining.drain(Channel.EMAIL)

    message = Message.objects.get(owner_id=reminder)
    assert (message.state, message.owner_kind) == (State.SENT, "reminders")
    assert message.expires_at
    assert message.expires_at - message.not_before == timedelta(hours=12)
    assert f"{reminder} sent" in capsys.readouterr().out


def test_every_place_that_the_page_names_exists() -> None:
    named = re.findall(r"`((?:\w+/)+(?:\w+\.py)?|\w+/\w+\.py)`", PAGE)
    roots = (Path(settings.BASE_DIR), PACKAGE)
    assert len(named) > 15
    faces = {"api/", "graphql/"}
    assert [
        name
        for name in named
        if name not in faces and not any((root / name).exists() for root in roots)
    ] == []


def test_every_package_of_the_kernel_stands_in_its_layers() -> None:
    layers = PAGE.partition("## Layers")[2].partition("## One request")[0]
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert [name for name in sorted(packages) if name not in layers] == []
