"""`manage.py token` (runtime contract 3)."""

import os
import subprocess
import sys
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from notifications_platform.registers import service_owners
from notifications_platform.registers.models import ServiceOwner
from tests.kernel.identity_door import refusal, who, who_bears

pytestmark = [pytest.mark.urls("tests.kernel.identity_routes"), pytest.mark.django_db]
TTD = "991825827"


@pytest.fixture(autouse=True)
def _registers() -> Any:
    service_owners.forget()
    ServiceOwner.objects.create(org="ttd", organization_number=TTD, name="Testdepartementet")
    yield
    service_owners.forget()


def token(*arguments: str) -> str:
    """What the command prints: the token, one line, nothing else."""
    out = StringIO()
    call_command("token", *arguments, stdout=out)
    line = out.getvalue()
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert line.count(".") == 2
    return line.strip()


def test_the_default_is_an_altinn_token_of_a_registered_service_owner() -> None:
    assert who_bears(token("--client", "ttd", "--scope", "a b")) == {
        "kind": "altinn",
        "org": "ttd",
        "organization_number": TTD,
        "scopes": ["a", "b"],
    }


def test_a_client_that_is_not_registered_gets_an_altinn_token_all_the_same() -> None:
    assert who_bears(token("--client", "skd")) == {"kind": "altinn", "org": "skd"}


def test_a_client_may_be_given_by_organisation_number() -> None:
    assert who_bears(token("--client", TTD))["org"] == "ttd"
    caller = who_bears(token("--client", "310000043"))
    assert caller == {"kind": "altinn", "organization_number": "310000043"}


def test_a_maskinporten_token_names_the_service_owner_by_number() -> None:
    caller = who_bears(token("--client", "ttd", "--kind", "maskinporten"))
    assert (caller["org"], caller["organization_number"]) == ("ttd", TTD)


def test_a_maskinporten_token_needs_a_number() -> None:
    with pytest.raises(CommandError, match="No service owner 'skd' in the registers"):
        token("--client", "skd", "--kind", "maskinporten")
    caller = who_bears(token("--client", "310000043", "--kind", "maskinporten"))
    assert caller["organization_number"] == "310000043"


def test_a_platform_token_goes_into_its_own_header() -> None:
    printed = token("--client", "ttd", "--kind", "platform")
    assert who({"PlatformAccessToken": printed})["org"] == "ttd"


@pytest.mark.parametrize(
    ("kind", "claim"),
    [("entra", "client_name"), ("entra", "client_id"), ("oauth", "client_id"), ("idporten", "pid")],
)
def test_the_client_fills_the_claims_of_its_kind(kind: str, claim: str) -> None:
    assert who_bears(token("--client", "13875512345", "--kind", kind))[claim] == "13875512345"


def test_claims_are_json_or_text_and_come_on_top() -> None:
    details = '[{"type": "urn:altinn:systemuser", "systemuser_id": ["abc"]}]'
    caller = who_bears(
        token(
            *("--client", "ttd", "--claim", "urn:altinn:org=skd"),
            *("--claim", f"authorization_details={details}"),
            *("--claim", "note=a=b"),
        )
    )
    assert (caller["org"], caller["system_user"]) == ("skd", "abc")


def test_a_number_stays_a_text_where_a_text_belongs() -> None:
    arguments = ("--client", "x", "--kind", "idporten", "--claim", "pid=13875512345")
    assert who_bears(token(*arguments))["pid"] == "13875512345"


def test_bad_tokens_can_be_made_on_purpose() -> None:
    assert refusal(token("--client", "ttd", "--claim", "exp=1")) == "The token has expired."
    assert refusal(token("--client", "ttd", "--claim", "exp=null")) == "The token has no exp."
    assert refusal(token("--client", "ttd", "--ttl", "-60")) == "The token has expired."
    assert refusal(token("--client", "ttd", "--claim", "iss=https://other.example"))


@pytest.mark.parametrize(
    "arguments",
    [[], ["--client", "x", "--kind", "saml"], ["--client", "x", "--claim", "novalue"]],
    ids=str,
)
def test_what_cannot_be_understood_is_said(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        token(*arguments)


def test_there_is_no_dev_issuer_outside_the_sandbox(settings: Settings) -> None:
    settings.SANDBOX = False
    with pytest.raises(CommandError, match="not in sandbox mode"):
        token("--client", "ttd")


def test_the_command_does_not_exist_outside_the_sandbox() -> None:
    environment = {
        **os.environ,
        "SANDBOX": "0",
        "SECRET_KEY": "abcdefghij" * 4,
        "SIGNING_KEY": "x",
        "DJANGO_SETTINGS_MODULE": "notifications_platform.settings",
    }
    answer = subprocess.run(
        [sys.executable, "manage.py", "token", "--client", "ttd"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode != 0
    assert answer.stdout == ""
    assert "Unknown command: 'token'" in answer.stderr
