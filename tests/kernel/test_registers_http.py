"""A national register that is down, slow, or refuses: unavailable, and never "not found"."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import redis
from django.conf import LazySettings
from django.core import checks
from pytest_httpserver import HTTPServer

from notifications_platform.registers import configured, fair_weather
from notifications_platform.registers.enhetsregisteret import Enhetsregisteret
from notifications_platform.registers.http_service import RegisterRefused, Service
from notifications_platform.registers.lookup import RegisterUnavailable
from tests.kernel.national_registers import IMPATIENT, FakeEnhetsregisteret, FakeMaskinporten
from tests.kernel.register_files import ALT, TWO


@pytest.fixture
def brreg(httpserver: HTTPServer) -> Iterator[FakeEnhetsregisteret]:
    register = FakeEnhetsregisteret(httpserver)
    register.add(ALT)
    yield register
    httpserver.check_assertions()


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def register(url: str) -> Enhetsregisteret:
    return Enhetsregisteret(Service("enhetsregisteret", url, IMPATIENT))


@pytest.mark.parametrize("fault", [500, 503, 429, "<html>", ""])
def test_a_passing_fault_costs_a_second_attempt(
    brreg: FakeEnhetsregisteret, fault: int | str
) -> None:
    brreg.faults = [fault, fault]
    assert register(brreg.url).lookup([ALT]).keys() == {ALT}
    assert len(brreg.asked) == 3


def test_a_lasting_fault_is_unavailable_after_three_attempts(brreg: FakeEnhetsregisteret) -> None:
    brreg.faults = [503] * 10
    with pytest.raises(RegisterUnavailable):
        register(brreg.url).lookup([ALT])
    assert len(brreg.asked) == 3


def test_a_slow_register_is_not_waited_for_long(silent_port: int) -> None:
    started = time.monotonic()
    with pytest.raises(RegisterUnavailable):
        register(f"http://127.0.0.1:{silent_port}").lookup([ALT])
    assert 0.9 <= time.monotonic() - started < 2.7


def test_a_register_that_is_down_is_unavailable(closed_port: int) -> None:
    with pytest.raises(RegisterUnavailable):
        register(f"http://127.0.0.1:{closed_port}").lookup([ALT])


@pytest.mark.parametrize("status", [301, 400, 401, 403])
def test_a_refusal_is_unavailable_at_once(brreg: FakeEnhetsregisteret, status: int) -> None:
    brreg.faults = [status]
    with pytest.raises(RegisterRefused) as refusal:
        register(brreg.url).lookup([ALT])
    assert refusal.value.status == status
    assert len(brreg.asked) == 1


def test_after_five_failures_the_register_is_left_alone_by_everyone(
    brreg: FakeEnhetsregisteret,
) -> None:
    brreg.faults = [503] * 15
    for _ in range(5):
        with pytest.raises(RegisterUnavailable):
            register(brreg.url).lookup([ALT])
    assert len(brreg.asked) == 15
    with pytest.raises(RegisterUnavailable):
        register(brreg.url).lookup([ALT])
    assert len(brreg.asked) == 15


def test_refusals_do_not_open_the_circuit(brreg: FakeEnhetsregisteret) -> None:
    brreg.faults = [403] * 6
    for _ in range(6):
        with pytest.raises(RegisterRefused):
            register(brreg.url).lookup([ALT])
    assert register(brreg.url).lookup([ALT]).keys() == {ALT}


def test_threads_do_not_wait_for_each_others_calls() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        service = Service("shared", url, replace(IMPATIENT, read=5.0, attempts=1))
        with ThreadPoolExecutor(2) as threads:
            calls = [threads.submit(service.get, "/x") for _ in range(2)]
            # Nobody is answered before both have asked.
            connections = [listening.accept()[0] for _ in range(2)]
            for connection in connections:
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue")
            assert [call.result(timeout=5) for call in calls] == [True, True]


def test_without_redis_the_circuit_is_closed_and_nothing_is_remembered(
    brreg: FakeEnhetsregisteret,
    settings: LazySettings,
    closed_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nowhere = f"redis://127.0.0.1:{closed_port}/0"
    settings.REDIS_URL = nowhere
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": nowhere}}
    monkeypatch.setattr(fair_weather._Rest, "until", 0.0)
    brreg.faults = [503] * 18
    for _ in range(6):
        with pytest.raises(RegisterUnavailable):
            register(brreg.url).lookup([ALT])
    assert len(brreg.asked) == 18
    assert fair_weather.is_resting()
    assert register(brreg.url).lookup([ALT]).keys() == {ALT}
    with pytest.raises(redis.ConnectionError):
        fair_weather.client(nowhere).ping()


def test_nothing_personal_is_logged(
    brreg: FakeEnhetsregisteret, capsys: pytest.CaptureFixture[str]
) -> None:
    brreg.faults = [503] * 3
    with pytest.raises(RegisterUnavailable) as failure:
        register(brreg.url).lookup([ALT, TWO])
    printed = capsys.readouterr()
    assert ALT not in printed.out + printed.err + str(failure.value)


def test_settings_that_cannot_work_stop_the_start(
    settings: LazySettings, httpserver: HTTPServer
) -> None:
    def ids() -> list[str | None]:
        return [message.id for message in checks.run_checks() if _is_ours(message)]

    assert ids() == []
    settings.PERSONS_URL = "krr.example"
    assert ids() == ["registers.E001"]
    settings.PERSONS_URL = "https://krr.example"
    settings.MASKINPORTEN_TOKEN_URL = "https://maskinporten.example/token"
    settings.MASKINPORTEN_KEY = "-----BEGIN"
    assert ids() == ["registers.E002", "registers.E003"]
    settings.MASKINPORTEN_CLIENT_ID = "x"
    settings.MASKINPORTEN_KEY = FakeMaskinporten(httpserver).pem
    assert ids() == []
    configured.persons()


def _is_ours(message: checks.CheckMessage) -> bool:
    return (message.id or "").startswith("registers.")
