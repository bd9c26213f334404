"""Keys are read from a real JWKS on a real socket; only elapsed time is made up."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from notifications_platform.identity import jwks
from notifications_platform.identity.jwks import RemoteKeys
from notifications_platform.identity.keys import key_set
from tests.tokens import FakeIssuer, new_key

DAY = 24 * 3600


class Elapsed:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def issuer(httpserver: HTTPServer) -> FakeIssuer:
    return FakeIssuer(httpserver)


@pytest.fixture
def elapsed() -> Elapsed:
    return Elapsed()


@pytest.fixture
def keys(issuer: FakeIssuer, elapsed: Elapsed) -> RemoteKeys:
    return RemoteKeys(issuer.jwks_url, elapsed=elapsed)


def has(keys: RemoteKeys, kid: str) -> bool:
    return keys.find(kid, "ES256") is not None


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_keys_are_read_once_and_kept(issuer: FakeIssuer, keys: RemoteKeys) -> None:
    assert all(has(keys, issuer.keys[0].kid) for _ in range(50))
    assert issuer.reads == 1


def test_many_threads_with_nothing_read_yet_ask_once(issuer: FakeIssuer, keys: RemoteKeys) -> None:
    start = threading.Barrier(16)

    def find(_: int) -> bool:
        start.wait()
        return has(keys, issuer.keys[0].kid)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(find, range(16)))
    assert issuer.reads == 1


def test_unknown_key_ids_do_not_hammer_the_issuer(
    issuer: FakeIssuer, keys: RemoteKeys, elapsed: Elapsed
) -> None:
    assert has(keys, issuer.keys[0].kid)
    for second in range(30):
        elapsed.seconds = 1000 + second
        assert not any(has(keys, f"made-up-{n}") for n in range(20))
    assert issuer.reads == 3


def test_a_new_key_is_found_after_the_cooldown(
    issuer: FakeIssuer, keys: RemoteKeys, elapsed: Elapsed
) -> None:
    assert has(keys, issuer.keys[0].kid)
    issuer.keys.append(new_key())
    elapsed.seconds += 9.9
    assert not has(keys, issuer.keys[1].kid)
    elapsed.seconds += 0.1
    assert has(keys, issuer.keys[1].kid)
    assert issuer.reads == 2


def test_a_removed_key_stops_working_at_the_next_reading(
    issuer: FakeIssuer, keys: RemoteKeys, elapsed: Elapsed
) -> None:
    removed = issuer.keys[0].kid
    assert has(keys, removed)
    issuer.keys = [new_key()]
    elapsed.seconds += 301
    # Whoever comes now starts the reading and does not wait for it.
    has(keys, removed)
    assert eventually(lambda: not has(keys, removed))
    assert has(keys, issuer.keys[0].kid)


def test_after_ten_idle_minutes_the_issuer_is_asked_before_a_key_is_used(
    issuer: FakeIssuer, keys: RemoteKeys, elapsed: Elapsed
) -> None:
    removed = issuer.keys[0].kid
    assert has(keys, removed)
    issuer.keys = [new_key()]
    elapsed.seconds += 600
    assert not has(keys, removed)


def test_nobody_with_a_usable_key_waits_for_a_slow_issuer(
    httpserver: HTTPServer, elapsed: Elapsed
) -> None:
    issuer = FakeIssuer(httpserver)
    may_answer = threading.Event()
    may_answer.set()

    def slow(_request: Request) -> Response:
        may_answer.wait(5)
        return Response(json.dumps(issuer.key_set()))

    httpserver.expect_request("/slow").respond_with_handler(slow)
    keys = RemoteKeys(httpserver.url_for("/slow"), elapsed=elapsed)
    assert has(keys, issuer.keys[0].kid)
    may_answer.clear()
    elapsed.seconds += 301
    started = time.monotonic()
    assert all(has(keys, issuer.keys[0].kid) for _ in range(20))
    assert time.monotonic() - started < 1
    may_answer.set()


@pytest.mark.parametrize(
    "answer",
    [
        Response("down", status=503),
        Response("", status=404),
        Response("<html>", status=200),
        Response("[]"),
        Response('{"keys": []}'),
        Response('{"keys": {}}'),
        Response('{"keys": [null, 1, {"kty": "oct", "kid": "a", "k": "c2VjcmV0"}]}'),
        Response("", status=302, headers={"Location": "/elsewhere"}),
        Response(" " * ((1 << 20) + 1)),
    ],
    ids=["503", "404", "html", "list", "empty", "object", "unusable", "redirect", "too long"],
)
def test_keys_go_on_serving_for_a_day_while_the_issuer_is_ill(
    issuer: FakeIssuer, keys: RemoteKeys, elapsed: Elapsed, answer: Response
) -> None:
    kid = issuer.keys[0].kid
    assert has(keys, kid)
    issuer.answers = answer
    elapsed.seconds += 599
    assert has(keys, kid)
    assert issuer.reads == 2
    elapsed.seconds += DAY - 600
    assert has(keys, kid)
    elapsed.seconds += 2
    assert not has(keys, kid)
    issuer.answers = None
    elapsed.seconds += 10
    assert has(keys, kid)


def test_an_issuer_that_is_gone_costs_no_waiting(httpserver: HTTPServer, elapsed: Elapsed) -> None:
    with HTTPServer() as own:
        issuer = FakeIssuer(own)
        keys = RemoteKeys(issuer.jwks_url, elapsed=elapsed)
        assert has(keys, issuer.keys[0].kid)
    elapsed.seconds += 3600
    assert has(keys, issuer.keys[0].kid)
    assert not has(keys, "made-up")


def test_an_issuer_that_is_down_at_first_is_asked_again_after_the_cooldown(
    issuer: FakeIssuer, keys: RemoteKeys, elapsed: Elapsed
) -> None:
    issuer.answers = Response("", status=500)
    assert not any(has(keys, issuer.keys[0].kid) for _ in range(10))
    assert issuer.reads == 1
    issuer.answers = None
    elapsed.seconds += 10
    assert has(keys, issuer.keys[0].kid)


def test_an_answer_that_drips_is_given_up(
    httpserver: HTTPServer, elapsed: Elapsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "TIMEOUT_SECONDS", 0.3)

    def pieces() -> Iterator[bytes]:
        yield json.dumps(FakeIssuer(httpserver).key_set()).encode()
        for _ in range(100):
            time.sleep(0.05)
            yield b" "

    def drip(_request: Request) -> Response:
        return Response(pieces())

    httpserver.expect_request("/drip").respond_with_handler(drip)
    started = time.monotonic()
    assert not has(RemoteKeys(httpserver.url_for("/drip"), elapsed=elapsed), "a")
    assert 0.2 < time.monotonic() - started < 3


def rsa_jwk(bits: int = 2048, **members: Any) -> dict[str, Any]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return RSAAlgorithm.to_jwk(key, as_dict=True) | {"kid": "a", "key_ops": ["verify"]} | members


def test_of_a_private_key_in_a_key_set_only_the_public_half_is_read() -> None:
    [key] = key_set([rsa_jwk()])["a"]
    assert not hasattr(key.public_key, "private_numbers")
    assert "ES256" not in key.algorithms
    assert {"RS256", "PS512"} <= key.algorithms


@pytest.mark.parametrize(
    "members",
    [
        {"use": "enc"},
        {"key_ops": ["encrypt"]},
        {"key_ops": "verify"},
        {"alg": "HS256"},
        {"alg": "none"},
        {"alg": "RSA-OAEP"},
        {"kid": None},
        {"kid": 7},
        {"kid": ""},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "EC"},
        {"n": 12},
        {"n": "####"},
        {"e": ""},
    ],
    ids=str,
)
def test_keys_that_tokens_cannot_be_checked_with_are_passed_over(members: dict[str, Any]) -> None:
    good = new_key()
    assert list(key_set([rsa_jwk(**members), dict(good.public_jwk)])) == [good.kid]


def test_short_rsa_keys_are_passed_over() -> None:
    assert not key_set([rsa_jwk(bits=1024)])
