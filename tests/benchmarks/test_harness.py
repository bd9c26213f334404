"""The tools that measure: a wrong ruler is worse than none."""

import smtplib
from email.message import EmailMessage

from benchmarks.load import closed_loop, quantile, request
from benchmarks.report import Finding
from benchmarks.sinks import Sink


def test_the_load_generator_counts_every_answer_once():
    with Sink("http") as sink:
        ask = [request("POST", "/orders", {"Authorization": "Bearer x"}, b"{}")]
        load = closed_loop(("127.0.0.1", sink.port), ask, connections=4, seconds=0.2)
        # What was on its way when the time was over is answered, and counted apart.
        assert load.late == {200: 3}
        assert sink.taken() == load.statuses[200] + 3
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


def test_ratios_are_taken_round_by_round():
    finding = Finding(name="x", unit="a second", figures=[10, 30, 90], limits=[100, 100, 100])
    assert finding.kept()["ratio"] == 0.3
    assert finding.kept()["ratios"] == [0.1, 0.3, 0.9]
    assert quantile([3, 1, 2], 0.5) == 2
