"""Which tokens are well made: algorithms, keys, signatures, shapes."""

import base64
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from notifications_platform.core import clock
from tests.kernel.identity_door import refusal, trusted_issuer, who_bears
from tests.tokens import FakeIssuer, json_response

pytestmark = pytest.mark.urls("tests.kernel.identity_routes")


@pytest.fixture
def issuer(httpserver: HTTPServer, settings: Settings) -> FakeIssuer:
    return trusted_issuer(httpserver, settings)


def segment(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize(
    "algorithm",
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"],
)
def test_every_asymmetric_algorithm_is_taken(issuer: FakeIssuer, algorithm: str) -> None:
    curves: dict[str, ec.EllipticCurve] = {
        "ES256": ec.SECP256R1(),
        "ES384": ec.SECP384R1(),
        "ES512": ec.SECP521R1(),
    }
    key: Any = ec.generate_private_key(curves[algorithm]) if algorithm in curves else rsa_key()
    kind = jwt.algorithms.ECAlgorithm if algorithm in curves else jwt.algorithms.RSAAlgorithm
    jwk = kind.to_jwk(key.public_key(), as_dict=True) | {"kid": "k"}
    issuer.answers = json_response({"keys": [jwk]})
    claims = {"iss": issuer.name, "exp": clock.real().timestamp() + 60, "urn:altinn:org": "ttd"}
    token = jwt.encode(claims, key, algorithm, headers={"kid": "k"})
    assert who_bears(token)["org"] == "ttd"


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "HS256", "EdDSA", "", None, ["ES256"]]
)
def test_other_algorithms_are_refused(issuer: FakeIssuer, algorithm: object) -> None:
    _header, claims, signature = issuer.token().split(".")
    other = segment({"alg": algorithm, "typ": "JWT", "kid": issuer.keys[0].kid})
    assert refusal(f"{other}.{claims}.{signature}")
    assert refusal(f"{other}.{claims}.")


def test_hmac_with_the_public_key_as_secret_is_refused(issuer: FakeIssuer) -> None:
    key = rsa_key()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "k"}
    issuer.answers = json_response({"keys": [jwk]})
    signed = (
        segment({"alg": "HS256", "kid": "k"})
        + "."
        + segment({"iss": issuer.name, "exp": clock.real().timestamp() + 60})
    )
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = mac.sign(signed.encode(), public)
    assert refusal(f"{signed}.{segment(signature)}")


def test_an_algorithm_that_does_not_fit_the_key_is_refused(issuer: FakeIssuer) -> None:
    key = rsa_key()
    signed = (
        segment({"alg": "RS256", "kid": issuer.keys[0].kid})
        + "."
        + segment({"iss": issuer.name, "exp": clock.real().timestamp() + 60})
    )
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    assert refusal(f"{signed}.{segment(signature)}")


def test_a_key_that_the_token_brings_along_is_never_used(
    issuer: FakeIssuer, httpserver: HTTPServer
) -> None:
    mine = FakeIssuer(httpserver)
    claims = {"iss": issuer.name, "exp": clock.real().timestamp() + 60, "urn:altinn:org": "skd"}
    for kid in (issuer.keys[0].kid, mine.keys[0].kid):
        header = {
            "kid": kid,
            "jwk": dict(mine.keys[0].public_jwk),
            "jku": mine.jwks_url,
            "x5u": mine.jwks_url,
        }
        private = mine.keys[0]._private_key
        assert refusal(jwt.encode(claims, private, "ES256", headers=header))
    assert mine.reads == 0


@pytest.mark.parametrize(
    "kid", ["../../../dev/null", "' OR 1=1 --", "", "a" * 5000, None, 7, ["a"], {"a": 1}], ids=str
)
def test_strange_key_ids_are_refused(issuer: FakeIssuer, kid: object) -> None:
    _header, claims, signature = issuer.token().split(".")
    assert refusal(f"{segment({'alg': 'ES256', 'kid': kid})}.{claims}.{signature}")
    assert refusal(f"{segment({'alg': 'ES256'})}.{claims}.{signature}")


def test_a_changed_claim_breaks_the_signature(issuer: FakeIssuer) -> None:
    header, claims, signature = issuer.token().split(".")
    changed = json.loads(base64.urlsafe_b64decode(claims + "==")) | {"urn:altinn:org": "skd"}
    assert refusal(f"{header}.{segment(changed)}.{signature}") == (
        "The token's signature does not match."
    )


@pytest.mark.parametrize(
    "payload",
    [[], "text", 7, None, b"{", b"", b"\xff", b"[" * 9000, b'{"exp": NaN}', b'{"exp": 1e999}'],
    ids=repr,
)
def test_payloads_that_are_no_object_are_refused_even_when_signed(
    issuer: FakeIssuer, payload: object
) -> None:
    key = issuer.keys[0]
    signed = f"{segment({'alg': 'ES256', 'kid': key.kid})}.{segment(payload)}"
    raw = jwt.PyJWS().get_algorithm_by_name("ES256").sign(signed.encode(), key._private_key)
    assert refusal(f"{signed}.{segment(raw)}")


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "...", "a.b.c", "a.b.c.d.e", "æ.ø.å", "Bearer x", "a b", "null", "e30.e30.e30"],
)
def test_garbage_is_refused(token: str) -> None:
    assert refusal(token.encode().decode("latin-1"))
    assert refusal(token.encode().decode("latin-1"), "PlatformAccessToken")


def test_truncated_tokens_are_refused(issuer: FakeIssuer) -> None:
    token = issuer.token()
    for length in range(1, len(token), 17):
        assert refusal(token[:length])


def test_a_token_of_a_megabyte_is_refused_before_anything_is_read(issuer: FakeIssuer) -> None:
    assert refusal(issuer.token(padding="x" * 1_000_000)) == "The token is malformed."
    assert issuer.reads == 0
