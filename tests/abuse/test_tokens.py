"""Forged and worn-out tokens at a real route of the real process (runtime contract 3).

What each check of a token does in detail, with issuers of the tests' own (keys rotated and
withdrawn, an issuer that is down, slow or floods), stands in tests/kernel/test_identity_*.py.
"""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_httpserver import HTTPServer

from tests.abuse.server import ORDERS, WebProcess
from tests.tokens import FakeIssuer, make_token, new_key

PATH = f"{ORDERS}?sendersReference=x"
DEV_KEYS = "/sandbox/api/v1/jwks.json"
Forge = Callable[[WebProcess, FakeIssuer], str]


def segment(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def opened(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Header, claims and signature."""
    header, claims, signature = token.split(".")
    read = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, claims)]
    return read[0], read[1], signature


def changed(header: Mapping[str, Any] | None = None, **claims: Any) -> str:
    """A good token whose header or claims were written over, under its old signature."""
    its_header, its_claims, signature = opened(make_token())
    return f"{segment(its_header | dict(header or {}))}.{segment(its_claims | claims)}.{signature}"


def public_key(web: WebProcess) -> dict[str, Any]:
    answer = web.ask(DEV_KEYS).raw.partition(b"\r\n\r\n")[2]
    key: dict[str, Any] = json.loads(answer)["keys"][0]
    return key


def signed_by_hmac(web: WebProcess, secret: bytes) -> str:
    header, claims, _ = opened(make_token())
    text = f"{segment(header | {'alg': 'HS256'})}.{segment(claims)}"
    return f"{text}.{segment(hmac.digest(secret, text.encode(), 'sha256'))}"


def pem(jwk: dict[str, Any]) -> bytes:
    key: Any = jwt.PyJWK(jwk).key
    return bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def with_own_key(evil: FakeIssuer, **header: Any) -> str:
    """A good token's claims, signed with the attacker's key, which its header points to."""
    its_header, claims, _ = opened(make_token())
    mine = evil.keys[0]
    pointed = its_header | {"alg": "ES256", "jwk": dict(mine.public_jwk)} | header
    del pointed["alg"], pointed["typ"]
    return jwt.encode(claims, mine._private_key, "ES256", headers=pointed)


FORGED: dict[str, Forge] = {
    "alg none": lambda *_: changed({"alg": "none"}).rpartition(".")[0] + ".",
    "alg None, signed": lambda *_: changed({"alg": "None"}),
    "HMAC with the public key as JWK": lambda web, _: signed_by_hmac(
        web, json.dumps(public_key(web)).encode()
    ),
    "HMAC with the public key as PEM": lambda web, _: signed_by_hmac(web, pem(public_key(web))),
    "HMAC with nothing": lambda web, _: signed_by_hmac(web, b""),
    "another algorithm": lambda *_: changed({"alg": "PS256"}),
    "an algorithm of another key": lambda *_: changed({"alg": "ES256"}),
    "kid leads to a file": lambda *_: changed({"kid": "../../../../dev/null"}),
    "kid is SQL": lambda *_: changed({"kid": "' UNION SELECT 'x' --"}),
    "kid is a list": lambda *_: changed({"kid": ["a"]}),
    "kid unknown": lambda *_: changed({"kid": "unknown"}),
    "jwk within": lambda _, evil: with_own_key(evil),
    "jku": lambda _, evil: with_own_key(evil, jku=evil.jwks_url),
    "jku, kid of the attacker": lambda _, evil: with_own_key(
        evil, jku=evil.jwks_url, kid=evil.keys[0].kid
    ),
    "x5u": lambda _, evil: with_own_key(evil, x5u=evil.jwks_url),
    "crit": lambda *_: changed({"crit": ["exp"], "b64": False}),
    "wrong issuer": lambda _, evil: evil.token(),
    "issuer written over": lambda *_: changed(iss="https://evil.example"),
    "organisation written over": lambda *_: changed({}, **{"urn:altinn:org": "skd"}),
    "scope written over": lambda *_: changed(scope="everything"),
    "expired": lambda *_: make_token(ttl=timedelta(minutes=-5)),
    "never expires": lambda *_: make_token(claims={"exp": None}),
    "expires at the end of numbers": lambda *_: make_token(claims={"exp": 1e400}),
    "not yet valid": lambda *_: make_token(claims={"nbf": 99_999_999_999}),
    "issued in the future": lambda *_: make_token(claims={"iat": 99_999_999_999}),
    "of another kind": lambda *_: make_token("any", kind="entra"),
    "of a stranger's key": lambda *_: new_key().sign(opened(make_token())[1]),
    "truncated": lambda *_: make_token()[:-10],
    "without signature": lambda *_: make_token().rpartition(".")[0],
    "four parts": lambda *_: make_token() + ".e30",
    "no base64": lambda *_: "a.b.c",
    "claims nested deeply": lambda *_: f"{segment({'alg': 'RS256'})}.{segment(b'[' * 9000)}.x",
    "a hundred thousand characters": lambda *_: "e" * 100_000,
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_bad_token_opens_nothing(web: WebProcess, httpserver: HTTPServer, forged: str) -> None:
    evil = FakeIssuer(httpserver, "https://evil.example")
    token = FORGED[forged](web, evil)
    lines = len(web.logged())

    answers = web.ask(PATH, Authorization=f"Bearer {token}")

    assert answers.statuses == [401]
    assert b"www-authenticate: Bearer\r\n" in answers.raw
    assert answers.seconds < 2
    assert evil.reads == 0
    said = [line for line in web.logged()[lines:] if line["event"] == "token.refused"]
    assert len(said) == 1
    assert token[-40:] not in json.dumps(said)


def test_a_good_token_opens_the_same_route(web: WebProcess) -> None:
    """Else everything above would prove nothing."""
    assert web.ask(PATH, Authorization=f"Bearer {make_token()}").statuses == [200]


@pytest.mark.parametrize(
    ("bearer", "platform", "statuses"),
    [
        (make_token, lambda: make_token("digdir", "", kind="platform"), [200]),
        (make_token, lambda: changed({"kid": "x"}), [401]),
        (make_token, lambda: "", [401]),
        (make_token, make_token, [401]),
        (lambda: changed({"kid": "x"}), lambda: make_token("ttd", "", kind="platform"), [401]),
        (lambda: "", lambda: make_token("ttd", "", kind="platform"), [401]),
    ],
    ids=["both good", "bad platform", "empty platform", "bearer twice", "bad bearer", "empty"],
)
def test_of_two_headers_none_excuses_the_other(
    web: WebProcess, bearer: Callable[[], str], platform: Callable[[], str], statuses: list[int]
) -> None:
    """Of two clients the platform token's decides, see test_isolation.py; both must be good."""
    answers = web.ask(PATH, Authorization=f"Bearer {bearer()}", PlatformAccessToken=platform())

    assert answers.statuses == statuses


@pytest.mark.parametrize("header", ["Authorization", "PlatformAccessToken"])
def test_a_header_sent_twice_is_not_two_callers(web: WebProcess, header: str) -> None:
    """Two values of one header would let a proxy see one client and us another."""
    good = make_token() if header == "Authorization" else make_token("ttd", "", kind="platform")
    prefix = "Bearer " if header == "Authorization" else ""
    lines = f"{header}: {prefix}{good}\r\n" * 2
    request = f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n"

    assert web.say(request.encode()).statuses == [401]
