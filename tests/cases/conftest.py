"""Producers of the tests, each an app that calls the GraphQL door."""

import pytest

from tests.cases.producing import FOREIGN_LABEL, LABEL, OTHER_LABEL, Api, registered, sak


@pytest.fixture
def producer(db: None) -> Api:
    """May use two labels and reach all three kinds of recipients."""
    return registered("tiltak", LABEL, OTHER_LABEL)


@pytest.fixture
def colleague(producer: Api) -> Api:
    """Another producer, which shares one label with `producer` and has one of its own."""
    return registered("arena", LABEL, FOREIGN_LABEL)


@pytest.fixture
def stranger(producer: Api) -> Api:
    """An app that no entry of the register names."""
    return Api("dev-gcp:nobody:app")


@pytest.fixture
def sak_id(producer: Api) -> str:
    """Of a live sak `sak-1` under `LABEL`."""
    return str(producer.done("nySak", **sak())["id"])
