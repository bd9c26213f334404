"""The tools that measure: a wrong ruler is worse than none."""

import smtplib
from email.message import EmailMessage

from benchmarks import report, speed
from benchmarks.faults.kills import Kill, _pauses
from benchmarks.load import closed_loop, quantile, request
from benchmarks.report import Finding
from benchmarks.sinks import Sink


def test_the_load_generator_counts_every_answer_once():
    with Sink("http") as sink:
        ask = [request("POST", "/orders", {"Authorization": "Bearer x"}, b"{}")]
        load = closed_loop(("127.0.0.1", sink.port), ask, connections=4, seconds=0.2)
        # What was on its way when the time was over is answered, and not counted.
        assert 0 <= sink.taken() - load.statuses[200] <= 3
    assert load.statuses.total() == load.statuses[200] == len(load.latencies) > 100
    assert 0 < load.quantile(0.5) <= load.quantile(0.99) < 0.2


def test_a_sink_keeps_who_got_what(tmp_path):
    message = EmailMessage()
    message["Message-ID"] = "<0197@demo.example>"
    message.set_content("Hei\n.\nmed punktum")
    with Sink("smtp", keep=tmp_path / "mail") as sink:
        with smtplib.SMTP("127.0.0.1", sink.port, local_hostname="test") as client:
            for receiver in ("a@demo.example", "b@demo.example"):
                client.send_message(message, "from@demo.example", [receiver])
        kept = sink.kept()
        assert sink.taken() == 2
    assert [(address, message_id) for _, address, message_id in kept] == [
        ("a@demo.example", "0197"),
        ("b@demo.example", "0197"),
    ]


def test_a_pause_lasts_until_mail_flows_at_half_its_usual_rate():
    steady = [tenth / 10 for tenth in range(100)]
    dead_for_three_seconds = [at for at in steady if not 4 <= at < 7]
    assert _pauses([Kill("send-1", 4.0, 0)], dead_for_three_seconds) == [3.0]
    assert _pauses([Kill("beat", 4.2, 0)], steady)[0] <= 0.5


def test_ratios_are_taken_round_by_round():
    finding = Finding(name="x", unit="a second", figures=[10, 30, 90], limits=[100, 100, 100])
    assert finding.kept()["ratio"] == 0.3
    assert finding.kept()["ratios"] == [0.1, 0.3, 0.9]
    assert quantile([3, 1, 2], 0.5) == 2


def test_a_goal_that_is_missed_is_told_and_no_broken_promise():
    slow = Finding("x", "a second", [10], limits=[100], limit_name="probe", least=0.5, reach=0.75)
    assert "ratio 0.10" in slow.told()
    assert "at least 0.5: not reached" in slow.told()
    assert slow.kept()["broken"] == []
    assert "at most 300: reached" in Finding("y", "MB", [299.9], most=300).told()
    assert "BROKEN: 3 were lost" in Finding("z", "MB", [1], broken=["3 were lost"]).told()


def test_only_a_broken_promise_makes_a_row_fail(monkeypatch, tmp_path):
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    monkeypatch.setattr(speed, "ROWS", {"slow": _slow, "lossy": _lossy, "dead": _dead})
    assert speed.run("slow", short=True)
    assert not speed.run("lossy", short=True)
    assert not speed.run("dead", short=True)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["lossy.jsonl", "slow.jsonl"]


def _slow(*, short: bool) -> list[Finding]:
    return [Finding("slow", "a second", [1], limits=[100], least=0.5)]


def _lossy(*, short: bool) -> list[Finding]:
    return [Finding("lossy", "a second", [100], limits=[100], least=0.5, broken=["lost 3"])]


def _dead(*, short: bool) -> list[Finding]:
    raise TimeoutError("the platform has not finished in time")
