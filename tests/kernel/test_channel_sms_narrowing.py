"""A message that the gateway cannot digest (delivery contract 1, 4): it alone waits."""

from uuid import uuid4

import pytest
from defusedxml.ElementTree import fromstring
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from notifications_platform.delivery.channels.base import (
    Content,
    Parcel,
    ProviderUnavailable,
    Sent,
    Transient,
)
from notifications_platform.delivery.channels.sms import narrowing
from notifications_platform.delivery.channels.sms.providers import transports

POISON = "Gift"


class Gateway:
    """Refuses each call that carries a text in `refuses`, with `status`; takes the others."""

    def __init__(self, server: HTTPServer) -> None:
        self.refuses = {POISON}
        self.status = 400
        self.calls = 0
        self.taken: list[str] = []
        server.expect_request("/", method="POST").respond_with_handler(self._respond)
        (self.transport,) = transports(f"pswin+http://u:p@{server.host}:{server.port}/")

    def _respond(self, request: Request) -> Response:
        self.calls += 1
        messages = fromstring(request.get_data()).findall("MSGLST/MSG")
        texts = [message.findtext("TEXT") or "" for message in messages]
        if self.refuses.intersection(texts):
            return Response(status=self.status)
        self.taken += texts
        answers = "".join(
            f"<MSG><ID>{message.findtext('ID')}</ID><REF>{uuid4()}</REF><STATUS>OK</STATUS></MSG>"
            for message in messages
        )
        return Response(f"<SESSION><LOGON>OK</LOGON><MSGLST>{answers}</MSGLST></SESSION>")

    def send(self, *texts: str) -> list[str]:
        """For each text, `sent` or the answer that puts it off."""
        verdicts = self.transport.send([_parcel(text) for text in texts])
        return [
            verdict.answer if isinstance(verdict, Transient) else "sent"
            for verdict in verdicts
            if isinstance(verdict, Sent | Transient)
        ]


def _parcel(text: str) -> Parcel:
    return Parcel(id=uuid4(), address="+4799999999", content=Content(id=uuid4(), body=text))


@pytest.fixture
def gateway(httpserver: HTTPServer) -> Gateway:
    return Gateway(httpserver)


@pytest.mark.parametrize("status", [400, 413, 422])
@pytest.mark.parametrize("place", [0, 41, 99])
def test_one_message_among_a_hundred_waits_alone(gateway: Gateway, place: int, status: int):
    gateway.status = status
    others = [f"Hei {number}" for number in range(99)]

    answers = gateway.send(*others[:place], POISON, *others[place:])

    assert answers == ["sent"] * place + [f"HTTP {status}"] + ["sent"] * (99 - place)
    assert sorted(gateway.taken) == sorted(others)
    assert gateway.calls <= 15


def test_several_of_them_wait_and_the_others_leave_once(gateway: Gateway):
    others = [f"Hei {number}" for number in range(97)]

    answers = gateway.send(POISON, *others[:50], POISON, *others[50:], POISON)

    assert [number for number, answer in enumerate(answers) if answer != "sent"] == [0, 51, 99]
    assert sorted(gateway.taken) == sorted(others)


def test_a_gateway_that_refuses_every_call_is_soon_left_alone(gateway: Gateway):
    assert gateway.send("Hei") == ["sent"]

    with pytest.raises(ProviderUnavailable, match="HTTP 400"):
        gateway.send(*[POISON] * 100)

    assert gateway.calls == 1 + 7


@pytest.mark.parametrize("status", [301, 401, 403, 404, 429, 500, 502, 503])
def test_what_is_said_of_us_is_not_searched_for_in_the_messages(gateway: Gateway, status: int):
    gateway.status = status

    with pytest.raises(ProviderUnavailable, match=f"HTTP {status}"):
        gateway.send("Hei", POISON)

    # Once: whoever answers 500 or 502 may have taken the messages all the same.
    assert gateway.calls == 1
    assert gateway.taken == []


def test_alone_in_its_call_it_is_blamed_once_then_the_gateway_is(gateway: Gateway):
    assert gateway.send("Hei") == ["sent"]
    assert gateway.send(POISON) == ["HTTP 400"]
    with pytest.raises(ProviderUnavailable):
        gateway.send(POISON)
    assert gateway.send("Hei") == ["sent"]
    assert gateway.send(POISON) == ["HTTP 400"]


def test_a_gateway_never_seen_at_work_is_not_excused(gateway: Gateway):
    with pytest.raises(ProviderUnavailable):
        gateway.send(POISON)


def test_what_was_taken_counts_when_the_gateway_goes_down_during_the_search(
    gateway: Gateway, httpserver: HTTPServer
):
    calls = 0

    def respond(request: Request) -> Response:
        nonlocal calls
        calls += 1
        return gateway._respond(request) if calls <= 3 else Response(status=503)

    httpserver.clear()
    httpserver.expect_request("/").respond_with_handler(respond)

    answers = gateway.send("En", "To", POISON, "Fire")

    assert answers == ["sent", "sent", "HTTP 503", "HTTP 503"]
    assert calls == 4


def test_the_search_ends_in_time(gateway: Gateway, monkeypatch):
    monkeypatch.setattr(narrowing, "_SEARCH_SECONDS", 0.0)

    with pytest.raises(ProviderUnavailable):
        gateway.send("En", POISON)

    assert gateway.calls == 1
