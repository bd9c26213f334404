"""Schemathesis over the API, briefly: what the served schema promises holds for requests that
nobody thought of. `python -m benchmarks.api_properties` is the long run.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings

import benchmarks.api_rules as _rules  # noqa: F401 - hooks register themselves
from enrollment.grants import ALL
from notifications_platform.wsgi import application
from tests.tokens import make_token

config = schemathesis.Config.from_dict(
    {
        "auth": {
            "openapi": {
                "Bearer": {"bearer": make_token()},
                "ProducerBearer": {"bearer": make_token("prod:app", "", kind="entra")},
                "EnrollmentBearer": {"bearer": make_token("payer", ALL, kind="oauth")},
                "SmsGateway": {
                    "username": django_settings.SMS_REPORT_USER,
                    "password": django_settings.SMS_REPORT_PASSWORD,
                },
            }
        },
        "generation": {"database": "none", "deterministic": True},
    }
)
whole = schemathesis.openapi.from_wsgi("/api/schema/", application, config=config)
# A clock that moves would move for other tests too. And large bodies take long to make up: what
# cases finds by a coordinate it also finds by an id, and the long run has oppgaver, too.
left_out = (
    "^/sandbox|/by-|^/cases/.*/(oppgaver|kalenderavtaler)"
    # Those of enrollment that have a twin, and the large bodies.
    "|^/enrollment/.*(resend|history|attempts|events|businesseventdefinitions|/key/)"
)
schema = whole.exclude(path_regex=left_out)
brief = settings(
    max_examples=4,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    stateful_step_count=6,
)


@pytest.fixture(autouse=True)
def _the_tests_connection_stays_open() -> Iterator[None]:
    """As Django's test client does it: a request must not close the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@brief
@pytest.mark.django_db
def test_every_answer_is_as_the_schema_says(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate()


@pytest.mark.django_db
def test_every_answer_along_the_links_is_as_the_schema_says() -> None:
    schema.as_state_machine().run(settings=settings(brief, max_examples=10))
