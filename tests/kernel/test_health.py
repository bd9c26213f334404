"""Health, metrics and documentation (runtime contract 7): no token, and honest."""

import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from prometheus_client.parser import text_string_to_metric_families

from notifications_platform.core import clock, connections
from notifications_platform.core.ids import uuid7
from notifications_platform.core.metrics import LAST_SWEEP, SENDS
from notifications_platform.delivery import switching
from notifications_platform.delivery.models import Content, Message
from notifications_platform.delivery.states import Channel, Lane, State
from notifications_platform.health.readiness import Readiness, look, readiness

NOBODY = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def _asked_anew():
    readiness._valid_until = 0.0


@pytest.fixture
def without_database(monkeypatch):
    closed = {**connections.parameters("tests"), "port": 1}
    monkeypatch.setattr(connections, "parameters", lambda _purpose: closed)


@pytest.fixture
def without_broker(monkeypatch):
    monkeypatch.setattr(current_app.conf, "broker_write_url", f"redis://{NOBODY}/0")


def samples(client):
    """Value by name and labels."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").content.decode())
        for sample in family.samples
    }


def value(client, name, **labels):
    return samples(client).get((name, *sorted(labels.items())))


# --- live and ready -------------------------------------------------------------------------
def test_a_live_process_says_so_without_asking_anyone(client, without_database, without_broker):
    answer = client.get("/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "up"})


def test_a_platform_with_all_its_parts_is_ready(client, db):
    answer = client.get("/health/ready")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_a_missing_database_is_named(client, db, without_database):
    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["detail"] == "Not ready: database."
    assert "cannot be reached" in answer.json()["failing"]["database"]


def test_a_missing_broker_is_named(client, db, without_broker):
    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert list(answer.json()["failing"]) == ["broker"]


def test_a_broker_that_hangs_is_named_in_time(client, db, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        url = f"redis://127.0.0.1:{hanging.getsockname()[1]}/0"
        monkeypatch.setattr(current_app.conf, "broker_write_url", url)
        began = time.monotonic()
        answer = client.get("/health/ready")

    assert list(answer.json()["failing"]) == ["broker"]
    assert time.monotonic() - began < 4


def test_everything_that_fails_is_named(client, db, without_database, without_broker):
    assert set(client.get("/health/ready").json()["failing"]) == {"database", "broker"}


def test_a_missing_migration_is_named(client, sandbox_clock):
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM django_migrations WHERE id = (
                SELECT max(id) FROM django_migrations WHERE app = 'sandbox') RETURNING name
            """
        )
        (name,) = cursor.fetchone()
        try:
            answer = client.get("/health/ready")
        finally:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('sandbox', %s, now())",
                [name],
            )

    assert answer.status_code == 503
    assert answer.json()["failing"] == {"migrations": f"not applied: sandbox.{name}"}


def test_asking_often_costs_the_servers_nothing():
    looks = iter([{"broker": "first look"}, {"broker": "second look"}])
    remembered = Readiness(lambda: next(looks))

    assert {remembered()["broker"] for _ in range(50)} == {"first look"}


def test_neither_password_nor_host_is_given_away(db, without_database, without_broker):
    told = str(look())

    assert "127.0.0.1" not in told
    assert "@" not in told


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/sandbox/outbox"])
def test_what_is_read_only_says_so(client, path):
    answer = client.post(path)

    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"
    assert answer.json()["status"] == 405


# --- metrics --------------------------------------------------------------------------------
def test_latencies_are_counted_by_route_template(client, db):
    labels = {"method": "GET", "route": "health/live", "status": "200"}
    before = value(client, "http_request_duration_seconds_count", **labels) or 0

    client.get("/health/live")
    client.get("/health/live?to=kari@example.com")

    assert value(client, "http_request_duration_seconds_count", **labels) == before + 2


def test_paths_and_odd_methods_never_become_labels(client, db):
    client.get("/no/such/01017012345")
    client.generic("BREW", "/health/live")

    text = client.get("/metrics").content.decode()

    assert "01017012345" not in text
    assert "BREW" not in text
    assert value(
        client, "http_request_duration_seconds_count", method="GET", route="unmatched", status="404"
    )


def test_sends_are_counted_by_channel_and_result(client, db):
    before = value(client, "notifications_sends_total", channel="sms", result="sent") or 0

    SENDS.labels("sms", "sent").inc(3)

    assert value(client, "notifications_sends_total", channel="sms", result="sent") == before + 3


def test_the_last_sweep_is_told(client, db):
    at = datetime(2027, 1, 15, tzinfo=UTC).timestamp()
    LAST_SWEEP.labels("tests").set(at)

    assert value(client, "notifications_last_sweep_timestamp_seconds", sweep="tests") == at


def waiting(
    *,
    channel=Channel.EMAIL,
    lane=Lane.NORMAL,
    state=State.QUEUED,
    ago=timedelta(0),
    in_line=True,
    number=1,
):
    now = clock.real()
    content = Content.objects.create(channel=channel, body="x", retry_after=[], created_at=now)
    lease = {"lease_token": uuid7(), "lease_until": now} if state == State.CLAIMED else {}
    Message.objects.bulk_create(
        Message(
            owner_kind="tests",
            owner_id=uuid7(),
            client="tests",
            content=content,
            channel=channel,
            lane=lane,
            address="kari@example.com",
            state=state,
            created_at=now,
            state_at=now,
            not_before=now - ago,
            fair_at=now - ago if in_line else None,
            **lease,
        )
        for _ in range(number)
    )


def test_queues_are_counted_as_they_stand(client, sandbox_clock):
    waiting(number=3, ago=timedelta(minutes=5))
    waiting(number=2, in_line=False, ago=timedelta(minutes=10))
    waiting(number=4, in_line=False, ago=timedelta(minutes=-10))
    waiting(state=State.CLAIMED)
    waiting(channel=Channel.SMS, number=5, ago=timedelta(minutes=-1))
    waiting(channel=Channel.WEBHOOK, lane=Lane.INSTANT, ago=timedelta(minutes=1))
    waiting(channel=Channel.WEBHOOK, lane=Lane.BULK, ago=timedelta(minutes=20))
    waiting(channel=Channel.WEBHOOK, lane=Lane.STOPPED, ago=timedelta(minutes=90))
    switching.stop_channel("sms", because="Bills twice.", user="olga", now=clock.now())
    found = samples(client)

    def depth(channel, stage):
        name = "notifications_queue_messages"
        return found[(name, ("channel", channel), ("stage", stage))]

    def age(channel):
        return found[("notifications_queue_oldest_due_seconds", ("channel", channel))]

    assert [depth("email", stage) for stage in ("in_line", "due", "claimed")] == [3, 2, 1]
    assert [depth("sms", stage) for stage in ("in_line", "due", "claimed")] == [5, 0, 0]
    assert (depth("webhook", "in_line"), depth("webhook", "stopped")) == (2, 1)
    assert age("email") == pytest.approx(600, abs=30)
    assert age("webhook") == pytest.approx(1200, abs=30)
    assert age("sms") == 0
    assert found[("notifications_stopped", ("kind", "channel"))] == 1
    assert found[("notifications_stopped", ("kind", "client"))] == 0


def test_a_scrape_works_without_the_database_and_invents_no_figures(client, without_database):
    found = samples(client)

    assert not [key for key in found if key[0].startswith("notifications_queue")]
    assert [key for key in found if key[0].startswith("http_request_duration")]


def test_processes_that_share_a_directory_count_together(tmp_path):
    program = (
        "import sys\n"
        "from prometheus_client import generate_latest\n"
        "from notifications_platform.core.metrics import SENDS\n"
        "from notifications_platform.health.exposition import registry\n"
        "SENDS.labels('sms', 'sent').inc(int(sys.argv[1]))\n"
        "print(generate_latest(registry()).decode())\n"
    )
    environment = os.environ | {
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "notifications_platform.settings",
        "SANDBOX": "1",
    }

    def run(count):
        return subprocess.run(
            [sys.executable, "-c", program, count],
            env=environment,
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout

    run("2")
    assert 'notifications_sends_total{channel="sms",result="sent"} 5.0' in run("3")


# --- documentation --------------------------------------------------------------------------
def test_the_schema_is_open_api_3(client, db):
    schema = client.get("/api/schema/").json()

    assert schema["openapi"].startswith("3.1")
    assert schema["info"]["title"]


def test_the_documentation_is_browsable_from_local_files(client, db):
    page = client.get("/api/docs/").content.decode()

    assert '<script src="/api/docs/?script="></script>' in page
    assert "/api/schema/" in client.get("/api/docs/?script=").content.decode()
    assert "/static/drf_spectacular_sidecar/" in page
    assert "https://" not in page
    script = next(part for part in page.split('"') if part.endswith("swagger-ui-bundle.js"))
    assert finders.find(script.removeprefix("/static/"))
