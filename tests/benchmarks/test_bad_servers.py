"""The servers of `make faults` do what they are told, and keep what they take."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from benchmarks.faults import bad_gateway, bad_smtp
from benchmarks.faults.bad_gateway import BadGateway, Reports, running_bad_gateway
from benchmarks.faults.bad_smtp import BadSmtp, running_bad_smtp

KARI = "kari@faults.example"
MAIL = "Message-ID: <one@faults.example>\r\n\r\nHei!\r\n"


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[BadSmtp]:
    with running_bad_smtp(tmp_path) as server:
        yield server


@contextmanager
def secured(server: BadSmtp) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context(cafile=server.authority)
    with smtplib.SMTP("127.0.0.1", server.port, timeout=5) as client:
        client.starttls(context=context)
        yield client


def send(server: BadSmtp) -> None:
    with secured(server) as client:
        client.sendmail("a@faults.example", KARI, MAIL)


def taken_ids(server: BadSmtp) -> list[tuple[str, str]]:
    return [(one.address, one.message_id) for one in server.taken]


def test_mail_is_taken_over_tls_and_kept_with_its_id(mail: BadSmtp):
    send(mail)
    assert taken_ids(mail) == [(KARI, "one")]


def test_a_greylisted_receiver_is_taken_the_second_time(mail: BadSmtp):
    mail.fates[KARI] = bad_smtp.Fate.GREYLISTED
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(mail)
    assert mail.taken == []
    send(mail)
    assert taken_ids(mail) == [(KARI, "one")]


def test_a_receiver_that_is_gone_stays_gone(mail: BadSmtp):
    mail.fates[KARI] = bad_smtp.Fate.GONE
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(mail)
    assert mail.taken == []


def test_a_refused_sender_is_refused_to_the_end_of_a_pipelined_group(mail: BadSmtp):
    with secured(mail) as client:
        client.ehlo()
        client.send(f"MAIL FROM:<{bad_smtp.REFUSED_SENDER}>\r\nRCPT TO:<{KARI}>\r\nDATA\r\n")
        assert [client.getreply()[0] for _ in range(3)] == [553, 503, 503]
    assert mail.taken == []


@pytest.mark.parametrize(
    ("fate", "kept"), [(bad_smtp.Fate.CLOSED, []), (bad_smtp.Fate.MUTE, [(KARI, "one")])]
)
def test_a_connection_closed_without_an_answer(mail: BadSmtp, fate: bad_smtp.Fate, kept):
    mail.fates[KARI] = fate
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(mail)
    assert taken_ids(mail) == kept


@pytest.mark.parametrize(
    ("mood", "failure"),
    [
        (bad_smtp.Mood.REFUSES, smtplib.SMTPConnectError),
        (bad_smtp.Mood.CLOSING, smtplib.SMTPSenderRefused),
        (bad_smtp.Mood.NO_TLS, smtplib.SMTPResponseException),
        (bad_smtp.Mood.WRONG_TLS, ssl.SSLCertVerificationError),
        (bad_smtp.Mood.HANGS_UP, smtplib.SMTPServerDisconnected),
    ],
)
def test_a_mood_is_met_by_everybody_until_it_passes(mail: BadSmtp, mood, failure):
    mail.change(mood)
    with pytest.raises(failure):
        send(mail)
    assert mail.taken == []
    mail.change(bad_smtp.Mood.WELL)
    send(mail)
    assert taken_ids(mail) == [(KARI, "one")]


@pytest.fixture
def gateway() -> Iterator[BadGateway]:
    with running_bad_gateway() as server:
        yield server


def post(gateway: BadGateway, *receivers: str) -> requests.Response:
    listed = "".join(
        f"<MSG><ID>{number}</ID><TEXT>Hei</TEXT><RCV>{receiver}</RCV></MSG>"
        for number, receiver in enumerate(receivers, start=1)
    )
    body = f"<SESSION><MSGLST>{listed}</MSGLST></SESSION>"
    return requests.post(f"http://127.0.0.1:{gateway.port}/", data=body, timeout=5)


def test_each_message_meets_its_fate(gateway: BadGateway):
    gateway.fates = {"472": bad_gateway.Fate.BUSY, "473": bad_gateway.Fate.INVALID}
    first, second = post(gateway, "471", "472", "473").text, post(gateway, "472", "473").text
    assert (first.count("OK</STATUS>"), first.count("FAIL</STATUS>")) == (1, 2)
    assert (second.count("OK</STATUS>"), second.count("Invalid RCV")) == (1, 1)
    assert [one.receiver for one in gateway.taken] == ["471", "472"]


def test_one_message_spoils_its_whole_call(gateway: BadGateway):
    gateway.fates = {"472": bad_gateway.Fate.POISON}
    assert post(gateway, "471", "472").status_code == 500
    assert gateway.taken == []


def test_early_reports_leave_before_the_answer_and_later_ones_are_due(gateway: BadGateway):
    early: list[bad_gateway.Report] = []
    gateway.hand_in = early.extend
    gateway.scripts["471"] = Reports(early=["UNDELIV"], later=["DELIVRD"])
    post(gateway, "471")
    (taken,) = gateway.taken
    assert early == [(taken.reference, "UNDELIV")]
    assert gateway.due == [(taken.reference, "DELIVRD")]


def test_a_call_cut_off_was_taken_without_an_answer(gateway: BadGateway):
    gateway.mood = bad_gateway.Mood.CUT
    with pytest.raises(requests.ConnectionError):
        post(gateway, "471")
    assert [one.unanswered for one in gateway.taken] == [True]


def test_a_gateway_that_is_away_takes_nothing(gateway: BadGateway):
    for mood, status in ((bad_gateway.Mood.AWAY, 503), (bad_gateway.Mood.LOGON, 200)):
        gateway.mood = mood
        assert post(gateway, "471").status_code == status
    assert gateway.taken == []
