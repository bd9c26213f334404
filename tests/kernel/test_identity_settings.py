"""What is said about TOKEN_ISSUERS and SIGNING_KEY before anything starts."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.checks import run_checks
from pytest_django import Settings

from notifications_platform.identity.checks import check_signing_key, check_token_issuers

GOOD = {"kind": "altinn", "issuer": "https://a.example", "jwks_url": "https://a.example/jwks"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "TOKEN_ISSUERS is not JSON"),
        ("https://issuer.example", "TOKEN_ISSUERS is not JSON"),
        ("{}", "TOKEN_ISSUERS must be a JSON list."),
        ("null", "TOKEN_ISSUERS must be a JSON list."),
        ("[1]", "TOKEN_ISSUERS[0] must be an object."),
        (json.dumps([GOOD, GOOD | {"kind": "saml"}]), "TOKEN_ISSUERS[1].kind: 'saml' is none of"),
        (json.dumps([GOOD | {"kind": None}]), "TOKEN_ISSUERS[0].kind must be a text"),
        (json.dumps([GOOD | {"issuer": " "}]), "TOKEN_ISSUERS[0].issuer must be a text"),
        (json.dumps([GOOD | {"issuer": "*"}]), 'is for the kind "platform" only'),
        (json.dumps([GOOD | {"audience": 7}]), "TOKEN_ISSUERS[0].audience must be a text"),
        (json.dumps([GOOD | {"jwksUrl": "x"}]), "TOKEN_ISSUERS[0] has an unknown member 'jwksUrl'"),
        (json.dumps([GOOD | {"jwks_url": None}]), "TOKEN_ISSUERS[0].jwks_url must be a text"),
        (json.dumps([GOOD | {"jwks_url": "file:///etc/passwd"}]), "is not an http(s) address"),
        (json.dumps([GOOD | {"jwks_url": "issuer.example/jwks"}]), "is not an http(s) address"),
        (json.dumps([GOOD | {"jwks_url": "https://a:x/jwks"}]), "is not an http(s) address"),
        (json.dumps([GOOD | {"jwks_url": "https://[/jwks"}]), "is not an http(s) address"),
    ],
    ids=str,
)
def test_bad_issuers_stop_the_start_with_one_clear_line(
    settings: Settings, text: str, says: str
) -> None:
    settings.TOKEN_ISSUERS = text
    errors = [message for message in run_checks() if message.id == "identity.E001"]
    assert len(errors) == 1
    assert says in errors[0].msg
    assert "\n" not in errors[0].msg
    assert errors[0].hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        json.dumps([GOOD, GOOD | {"kind": "idporten", "audience": "https://here.example"}]),
        json.dumps([GOOD | {"audience": None}, GOOD | {"kind": "platform", "issuer": "*"}]),
    ],
)
def test_good_issuers_pass(settings: Settings, text: str) -> None:
    settings.TOKEN_ISSUERS = text
    assert check_token_issuers() == []


@pytest.mark.parametrize(
    ("entries", "warned"),
    [
        ([], ["identity.W001"]),
        ([GOOD], []),
        ([GOOD | {"jwks_url": "http://issuer.example/jwks"}], ["identity.W002"]),
        ([GOOD | {"jwks_url": "http://127.0.0.1:9/jwks"}], []),
        ([GOOD | {"jwks_url": "http://localhost:9/jwks"}], []),
    ],
    ids=str,
)
def test_outside_the_sandbox_what_is_probably_wrong_is_warned_of(
    settings: Settings, entries: list[dict[str, Any]], warned: list[str]
) -> None:
    settings.SANDBOX = False
    settings.TOKEN_ISSUERS = json.dumps(entries)
    assert [message.id for message in check_token_issuers()] == warned


def pem(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("not a key", "it is not a PEM private key"),
        ("", "it is not a PEM private key"),
        (pem(rsa.generate_private_key(65537, 1024)), "it has 1024 bits"),  # noqa: S505
        (pem(ec.generate_private_key(ec.SECP256K1())), "it must be an RSA key or one on the curve"),
    ],
    ids=["text", "empty", "weak", "curve"],
)
def test_a_signing_key_that_cannot_be_used_stops_the_start(
    settings: Settings, key: str, says: str
) -> None:
    settings.SIGNING_KEY = key
    [error] = check_signing_key()
    assert (error.id, says in error.msg) == ("identity.E002", True)
    assert error.hint


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=str)
def test_a_signing_key_may_be_on_a_curve_and_on_one_line(
    settings: Settings, curve: ec.EllipticCurve
) -> None:
    settings.SIGNING_KEY = pem(ec.generate_private_key(curve)).replace("\n", "\\n")
    assert check_signing_key() == []
