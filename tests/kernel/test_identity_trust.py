"""From whom, when and for whom tokens are good; and how long a good one is remembered."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Http
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Response

from notifications_platform.core import clock
from notifications_platform.identity import tokens
from notifications_platform.identity.issuers import TrustedIssuer, trust_also
from notifications_platform.identity.jwks import RemoteKeys
from notifications_platform.identity.own_tokens import platform_token
from notifications_platform.sandbox.issuer import trust_dev_issuer
from tests.kernel.identity_door import refusal, trusted_issuer, who, who_bears
from tests.kernel.test_identity_keys import Elapsed, eventually
from tests.tokens import CREATE, FakeIssuer, bearer, make_token, new_key, platform_header

pytestmark = pytest.mark.urls("tests.kernel.identity_routes")


@pytest.fixture
def issuer(httpserver: HTTPServer, settings: Settings) -> FakeIssuer:
    return trusted_issuer(httpserver, settings)


def test_another_issuer_is_refused_without_asking_for_keys(issuer: FakeIssuer) -> None:
    unknown = "The token's issuer is not trusted here."
    assert refusal(issuer.token(iss="https://other.example")) == unknown
    assert refusal(issuer.token(iss="*")) == unknown
    assert refusal(issuer.token(iss=issuer.name + "/")) == unknown
    assert issuer.reads == 0


def test_a_key_of_one_issuer_signs_for_no_other(
    issuer: FakeIssuer, httpserver: HTTPServer, settings: Settings
) -> None:
    other = FakeIssuer(httpserver, "https://other.example")
    settings.TOKEN_ISSUERS = json.dumps([issuer.entry(), other.entry()])
    assert (
        refusal(issuer.token(iss=other.name)) == "The token's key is not among its issuer's keys."
    )
    assert refusal(make_token(claims={"iss": issuer.name}))


def test_tokens_that_the_platform_itself_sends_out_open_no_door() -> None:
    own = platform_token(scope=CREATE, ttl=timedelta(minutes=5), now=clock.real())
    assert refusal(own) == "The token's issuer is not trusted here."
    assert refusal(own, "PlatformAccessToken")


def test_dev_tokens_open_nothing_where_the_sandbox_was_not_started() -> None:
    trust_also()
    try:
        assert refusal(make_token()) == "The token's issuer is not trusted here."
        assert refusal(platform_header()["PlatformAccessToken"], "PlatformAccessToken")
    finally:
        trust_dev_issuer()


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": -31}, "The token has expired."),
        ({"exp": None}, "The token has no exp."),
        ({"nbf": 35}, "The token is not valid yet."),
        ({"iat": 35}, "The token is not valid yet."),
    ],
    ids=str,
)
def test_tokens_out_of_their_time_are_refused(claims: dict[str, Any], reason: str) -> None:
    assert refusal(make_token(claims=_from_now(claims))) == reason


@pytest.mark.parametrize("claims", [{"exp": -25}, {"nbf": 25}, {"iat": 25}, {"nbf": None}], ids=str)
def test_clocks_may_differ_by_half_a_minute(claims: dict[str, Any]) -> None:
    assert who(bearer(claims=_from_now(claims)))["org"] == "ttd"


def _from_now(claims: dict[str, Any]) -> dict[str, Any]:
    now = clock.real().timestamp()
    return {name: value if value is None else now + value for name, value in claims.items()}


def test_a_token_expires_in_real_time_although_it_was_good_before(issuer: FakeIssuer) -> None:
    with time_machine.travel(clock.real(), tick=False) as time:
        token = issuer.token(exp=clock.real().timestamp() + 40)
        assert who_bears(token)
        time.shift(69)
        assert who_bears(token)
        time.shift(2)
        assert refusal(token) == "The token has expired."


def test_the_sandbox_clock_expires_no_token() -> None:
    reader = clock._read_offset
    headers = bearer()
    try:
        clock.follow(lambda: timedelta(days=30))
        assert who(headers)["org"] == "ttd"
    finally:
        clock.follow(reader)


@pytest.mark.parametrize(
    ("audience", "taken"),
    [
        ("https://here.example", True),
        (["https://there.example", "https://here.example"], True),
        ("https://there.example", False),
        ([], False),
        (None, False),
        ("https://here.example/", False),
    ],
    ids=str,
)
def test_the_audience_is_checked_where_one_is_configured(
    issuer: FakeIssuer, settings: Settings, audience: object, taken: bool
) -> None:
    settings.TOKEN_ISSUERS = json.dumps([issuer.entry(audience="https://here.example")])
    token = issuer.token(aud=audience)
    if taken:
        assert who_bears(token)
    else:
        assert refusal(token) == "The token is meant for another audience."


def test_an_audience_is_no_matter_where_none_is_configured(issuer: FakeIssuer) -> None:
    assert who_bears(issuer.token(aud="https://elsewhere.example"))


# --- platform tokens --------------------------------------------------------------------------


def test_a_bearer_token_is_never_a_platform_token_even_with_the_same_keys(
    issuer: FakeIssuer, settings: Settings
) -> None:
    issuer.name = "plain-name"
    settings.TOKEN_ISSUERS = json.dumps([issuer.entry(), issuer.entry("platform", issuer="*")])
    assert who({"PlatformAccessToken": issuer.token(iss="ttd")})["org"] == "ttd"
    assert refusal(issuer.token(), "PlatformAccessToken")
    assert refusal(make_token(), "PlatformAccessToken")
    for name in ("https://issuer.example", "*", "", "t t d", "ttd\n", None, 7):
        assert refusal(
            issuer.keys[0].sign(
                {"exp": 9e9, "iss": name} if isinstance(name, str) else {"exp": 9e9}
            ),
            "PlatformAccessToken",
        )


def test_a_platform_token_is_no_bearer_token() -> None:
    assert refusal(platform_header()["PlatformAccessToken"])


def test_a_platform_issuer_may_be_trusted_for_one_name_only(
    issuer: FakeIssuer, settings: Settings
) -> None:
    settings.TOKEN_ISSUERS = json.dumps([issuer.entry("platform", issuer="skd")])
    assert who({"PlatformAccessToken": issuer.token(iss="skd")})["org"] == "skd"
    assert refusal(issuer.token(iss="ttd"), "PlatformAccessToken")


# --- keys behind the door ---------------------------------------------------------------------


def test_garbage_tokens_do_not_hammer_the_issuer(issuer: FakeIssuer) -> None:
    good = issuer.token()
    assert who_bears(good)
    for _ in range(25):
        assert refusal(issuer.token(new_key()))
    assert issuer.reads == 1
    assert who_bears(good)


def test_several_entries_share_one_reading(issuer: FakeIssuer, settings: Settings) -> None:
    second = issuer.entry(issuer="https://second.example")
    settings.TOKEN_ISSUERS = json.dumps([issuer.entry(), second])
    assert who_bears(issuer.token())
    assert who_bears(issuer.token(iss="https://second.example"))
    assert issuer.reads == 1


def test_while_no_key_was_ever_read_tokens_are_refused(issuer: FakeIssuer) -> None:
    issuer.answers = Response("", status=503)
    assert refusal(issuer.token()) == "The token's key is not among its issuer's keys."


@pytest.fixture
def elapsed(issuer: FakeIssuer) -> Iterator[Elapsed]:
    """The issuer again, trusted with keys whose age the test decides."""
    elapsed = Elapsed()
    keys = RemoteKeys(issuer.jwks_url, elapsed=elapsed)
    issuer.name = "https://aged.example"
    trusted = (TrustedIssuer("altinn", issuer.name, keys),)
    trust_also(lambda: trusted)
    yield elapsed
    trust_dev_issuer()


def test_a_remembered_token_is_forgotten_with_its_key(issuer: FakeIssuer, elapsed: Elapsed) -> None:
    token = issuer.token()
    assert who_bears(token)
    issuer.keys = [new_key()]
    elapsed.seconds += 301
    Http().get("/who", headers={"Authorization": f"Bearer {token}"})
    assert eventually(lambda: _status(token) == 401)
    assert who_bears(issuer.token())


def test_a_remembered_token_is_good_while_its_issuer_is_down(
    issuer: FakeIssuer, elapsed: Elapsed
) -> None:
    token = issuer.token()
    assert who_bears(token)
    issuer.answers = Response("", status=500)
    elapsed.seconds += 3600
    assert who_bears(token)
    assert who_bears(issuer.token())


def test_a_good_token_is_not_verified_again_within_a_minute(
    issuer: FakeIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    check = tokens._check_signature

    def counted(token: str, *more: Any) -> None:
        checked.append(token)
        check(token, *more)

    monkeypatch.setattr(tokens, "_check_signature", counted)
    with time_machine.travel(clock.real(), tick=False) as time:
        token = issuer.token()
        for _ in range(5):
            assert who_bears(token)
        assert len(checked) == 1
        time.shift(61)
        assert who_bears(token)
        assert len(checked) == 2


def test_a_token_is_forgotten_when_its_issuer_is_no_longer_trusted(
    issuer: FakeIssuer, settings: Settings
) -> None:
    token = issuer.token()
    assert who_bears(token)
    settings.TOKEN_ISSUERS = "[]"
    assert refusal(token)


def test_the_memory_of_good_tokens_is_bounded(
    issuer: FakeIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED_TOKENS", 3)
    memory = tokens._Memory()
    monkeypatch.setattr(tokens, "_memory", memory)
    for number in range(5):
        assert who_bears(issuer.token(jti=str(number)))
    assert len(memory._verified) == 3


def _status(token: str) -> int:
    return Http().get("/who", headers={"Authorization": f"Bearer {token}"}).status_code
