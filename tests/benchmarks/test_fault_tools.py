"""The tools that judge a fault: one that sees nothing proves nothing."""

import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.faults import promises
from benchmarks.faults.arrivals import Arrivals
from benchmarks.faults.timeline import Timeline
from benchmarks.ledger import Ledger
from benchmarks.orderer import PROBLEM, Answer, ask
from benchmarks.sinks import Sink

_NOTHING_WRONG = Ledger(
    accepted=10,
    without_answer=0,
    refused=0,
    arrived=10,
    failed=0,
    duplicates=0,
    lost=set(),
    invented=set(),
    repeated=set(),
    unexplained=set(),
    in_part=set(),
    half_written=0,
    unknown_attempts=0,
    open_messages=0,
    open_orders=0,
)


def _changed(**fields: object) -> Ledger:
    return Ledger(**{name: getattr(_NOTHING_WRONG, name) for name in Ledger.__slots__} | fields)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"lost": {"a@x.no"}}, "1 accepted messages are lost"),
        ({"invented": {"a@x.no"}}, "1 messages nobody ordered arrived"),
        ({"unexplained": {"a@x.no"}}, "1 arrived twice without a trace"),
        ({"duplicates": 4}, "4 duplicates, 3 were in flight"),
        ({"in_part": {"a@x.no"}}, "1 messages of orders sent in part"),
        ({"half_written": 2}, "2 orders are half written"),
        ({"open_messages": 1}, "1 messages and 0 orders never ended"),
        ({"open_orders": 1}, "0 messages and 1 orders never ended"),
    ],
)
def test_each_broken_promise_is_told(fields, told):
    assert promises.broken_in(_changed(**fields), in_flight=3) == [told]


def test_duplicates_of_what_was_in_flight_break_nothing():
    assert promises.broken_in(_changed(duplicates=3), in_flight=3) == []


def _steady(*, without: tuple[float, float] = (0, 0)) -> list[float]:
    hundredths = (at / 100 for at in range(4000))
    return [at for at in hundredths if not without[0] <= at < without[1]]


def test_a_pause_lasts_until_mail_flows_at_half_its_usual_rate():
    arrivals = _steady(without=(10, 13))
    found = promises.recovery(arrivals, [10.0], baseline=(1, 8), end=39)
    assert found.usual_rate == 100
    assert found.seconds == pytest.approx([2.5])  # the second from then on is half full
    assert found.broken() == []


def test_a_fault_that_nobody_noticed_has_no_pause():
    assert promises.recovery(_steady(), [10.2], baseline=(1, 8), end=39).seconds == [0]


def test_a_fault_before_the_recovery_of_another_takes_over_its_clock():
    arrivals = _steady(without=(10, 16))
    found = promises.recovery(arrivals, [10.0, 14.0], baseline=(1, 8), end=39)
    assert found.overtaken == 1
    assert found.seconds == pytest.approx([1.5])


def test_a_pause_that_never_ends_lasts_until_the_load_does():
    arrivals = _steady(without=(10, 40))
    found = promises.recovery(arrivals, [10.0], baseline=(1, 8), end=39)
    assert found.seconds == [29]
    assert found.broken() == ["not back to full speed for 29.0 s"]


def test_only_a_problem_that_says_when_to_come_again_is_a_clear_refusal():
    clear = {"content-type": f"{PROBLEM}; charset=utf-8", "retry-after": "5"}
    assert Answer(0, 0, 503, clear).is_clear_refusal
    assert not Answer(0, 0, 500, clear).is_clear_refusal
    assert not Answer(0, 0, 503, {"content-type": "text/html", "retry-after": "5"}).is_clear_refusal
    assert not Answer(0, 0, 503, {"content-type": PROBLEM}).is_clear_refusal


def test_an_answer_that_never_comes_is_no_answer_and_an_empty_port_is_nobody():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = silent.getsockname()
        assert ask(address, "GET", "/", headers={}, timeout=0.2).status == 0
    with pytest.raises(ConnectionRefusedError):
        ask(address, "GET", "/", headers={})


def test_arrivals_are_followed_line_by_line(tmp_path):
    kept = tmp_path / "mail"
    with Sink("smtp", keep=kept) as sink:
        arrivals = Arrivals(sink)
        kept.write_text("1.500 a@x.no 17\n2.500 a@x.no 18\n3.0")
        arrivals.look()
        assert arrivals.times == {"a@x.no": [1.5, 2.5]}
        assert arrivals.wait_for(["b@x.no"], seconds=0.1) is None
        later = threading.Timer(0.2, kept.write_text, [kept.read_text() + "00 b@x.no 19\n"])
        later.start()
        assert arrivals.wait_for(["a@x.no", "b@x.no"], seconds=5) == 3.0
        later.join()


class _Clock:
    """Takes every move."""

    def call(self, _method: str, _path: str, _body: object) -> tuple[int, dict[str, object]]:
        return 200, {}


def test_the_timeline_knows_what_the_clock_showed():
    timeline = Timeline(_Clock())  # type: ignore[arg-type]
    before = time.time() - 60
    timeline.go_to(datetime(2031, 3, 4, 12, tzinfo=UTC))
    moved = time.time()
    assert timeline.now() - datetime(2031, 3, 4, 12, tzinfo=UTC) < timedelta(seconds=5)
    assert timeline.shown(before) == [datetime.fromtimestamp(before, UTC)]
    assert [shown.year for shown in timeline.shown(moved + 60)] == [2031]
    assert len(timeline.shown(moved + 0.5)) == 2, "around a move either may have been shown"
    assert timeline.moves == 1
