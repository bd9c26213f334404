"""Ports of the embedded servers."""

import json
import socket

import pytest

from notifications_platform.runtime.ports import PortBook, is_free


def test_a_port_is_the_same_at_the_next_start(tmp_path):
    port = PortBook(tmp_path / "run" / "ports.json").port("postgres")

    assert PortBook(tmp_path / "run" / "ports.json").port("postgres") == port


def test_a_port_in_use_is_replaced_and_the_new_one_remembered(tmp_path):
    port = PortBook(tmp_path / "ports.json").port("postgres")
    with socket.create_server(("127.0.0.1", port)):
        other = PortBook(tmp_path / "ports.json").port("postgres")

    assert other != port
    assert PortBook(tmp_path / "ports.json").port("postgres") == other


def test_two_servers_never_get_the_same_port(tmp_path):
    book = PortBook(tmp_path / "ports.json")

    assert len({book.port(name) for name in ("postgres", "valkey", "smtp", "sms")}) == 4


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps({"postgres": "many"})])
def test_a_spoiled_book_is_begun_anew(tmp_path, content):
    (tmp_path / "ports.json").write_text(content)

    assert is_free(PortBook(tmp_path / "ports.json").port("postgres"))


def test_a_port_somebody_listens_on_everywhere_is_not_free():
    with socket.create_server(("0.0.0.0", 0)) as other:  # noqa: S104 (a stranger's server)
        assert not is_free(other.getsockname()[1])
