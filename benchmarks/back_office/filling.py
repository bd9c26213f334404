"""A platform that has been in use for long: every system with its rows, written in minutes."""

from dataclasses import dataclass

from benchmarks import history
from benchmarks.cases import history as cases
from benchmarks.correspondence import history as letters
from benchmarks.enrollment.calls import Client
from benchmarks.platform import Platform

ENROLLMENT_CLIENT = "bench-back-office"


@dataclass(frozen=True, slots=True)
class Stored:
    """How many of each; `notifications` are NAV's, and as many of enrollment, half of which
    failed."""

    messages: int
    orders: int
    notifications: int
    letters: int


LARGE = Stored(messages=1_000_000, orders=200_000, notifications=200_000, letters=200_000)
SMALL = Stored(messages=5_000, orders=1_000, notifications=1_000, letters=500)


def fill(platform: Platform, stored: Stored) -> None:
    # A connection each: what they choose next lies in a table of the connection's own.
    with platform.connect() as connection:
        history.finish(connection, stored.messages, per_order=stored.messages // stored.orders)
    with platform.connect() as connection:
        cases.store(connection, stored.notifications)
    with platform.connect() as connection:
        letters.store(connection, stored.letters)
    half = stored.notifications // 2
    Client(platform, ENROLLMENT_CLIENT).seed(failed=half, sent=half)
    with platform.connect() as connection:
        connection.execute("VACUUM ANALYZE")
