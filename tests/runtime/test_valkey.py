"""The embedded Valkey: keeps what it was told, behind a password."""

import os
import signal

import pytest
import redis

from notifications_platform.runtime.processes import wait_until
from tests.runtime.servers_here import started, valkey_in


def test_what_was_queued_is_there_after_a_stop(tmp_path):
    with started(valkey_in(tmp_path)) as server, redis.Redis.from_url(server.url) as client:
        client.rpush("send", "task")
    with started(valkey_in(tmp_path)) as server, redis.Redis.from_url(server.url) as client:
        assert client.lrange("send", 0, -1) == [b"task"]


def test_a_killed_server_starts_again_with_what_was_on_disk(tmp_path):
    with started(valkey_in(tmp_path)) as server:
        with redis.Redis.from_url(server.url) as client:
            client.set("kept", 1)
            assert client.waitaof(1, 0, 5000) == [1, 0]
        os.kill(_pid(tmp_path), signal.SIGKILL)
        assert wait_until(lambda: not server.is_running(), seconds=5)

        server.start()

        with redis.Redis.from_url(server.url) as client:
            assert client.get("kept") == b"1"


def test_a_server_that_outlived_its_supervisor_is_replaced(tmp_path):
    with started(valkey_in(tmp_path)):
        left_over = _pid(tmp_path)
        with started(valkey_in(tmp_path)):
            assert _pid(tmp_path) != left_over


def test_nobody_gets_in_without_the_password(tmp_path):
    with started(valkey_in(tmp_path)) as server:
        url = server.url.replace(server.password, "wrong")
        with redis.Redis.from_url(url) as client, pytest.raises(redis.AuthenticationError):
            client.ping()


def test_the_password_is_for_its_owner_only(tmp_path):
    with started(valkey_in(tmp_path)):
        assert (tmp_path / "valkey" / "valkey.conf").stat().st_mode & 0o077 == 0


def _pid(folder) -> int:
    return int((folder / "valkey" / "valkey.pid").read_text())
