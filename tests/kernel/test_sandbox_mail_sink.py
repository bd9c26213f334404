"""The mail sink, spoken to over SMTP (runtime contract 6, delivery contract 3)."""

import smtplib
import socket
import threading
from email.message import EmailMessage

import pytest
from django.db import connection

from notifications_platform.sandbox.models import Received
from notifications_platform.sandbox.sinks import magic, recording
from tests.kernel.sinks import eventually, forget_everything, running_sinks

OUTBOX = "/sandbox/api/v1/outbox"


@pytest.fixture(scope="module")
def served(django_db_setup):
    with running_sinks() as ports:
        yield ports


@pytest.fixture
def sinks(served, db):
    # The sinks commit on connections of their own: what they stored outlives the test's.
    yield served
    forget_everything()


@pytest.fixture
def smtp(sinks):
    with smtplib.SMTP("127.0.0.1", sinks.smtp, local_hostname="test.invalid") as client:
        client.ehlo()
        yield client


def mail(to="kari@example.com", subject="Hei på deg", body="Brevet er her.\n", **headers):
    message = EmailMessage()
    message["From"] = "Testdepartementet <noreply@altinn.no>"
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = "<m1@altinn.no>"
    for name, value in headers.items():
        message[name] = value
    message.set_content(body)
    return message


def outbox(client, **query):
    return client.get(OUTBOX, query).json()


def test_a_mail_is_in_the_outbox_as_soon_as_it_is_accepted(smtp, client):
    smtp.send_message(mail())

    (item,) = outbox(client)
    assert item.pop("at").endswith("Z")
    assert item == {
        "channel": "email",
        "to": "kari@example.com",
        "sender": "noreply@altinn.no",
        "subject": "Hei på deg",
        "body": "Brevet er her.",
        "contentType": "text/plain",
        "messageId": "<m1@altinn.no>",
    }


def test_of_an_html_mail_the_html_is_shown(smtp, client):
    message = mail(body="Plain")
    message.add_alternative("<p>Blåbærsyltetøy &amp; mer</p>", subtype="html")

    smtp.send_message(message)

    (item,) = outbox(client)
    assert item["contentType"] == "text/html"
    assert item["body"] == "<p>Blåbærsyltetøy &amp; mer</p>"


@pytest.mark.parametrize("encoding", ["7bit", "quoted-printable", "base64", "8bit"])
@pytest.mark.parametrize("body", ["one line", "two\nlines", ".dots\n..at\n.the start", "a\n\n"])
def test_a_text_arrives_as_it_was_written(smtp, client, body, encoding):
    message = mail()
    message.set_content(body if encoding == "base64" else body + "\n", cte=encoding)

    smtp.send_message(message)

    expected = body + "\n" if encoding == "base64" and not body.endswith("\n") else body
    assert outbox(client)[0]["body"] == expected


def test_an_international_address_is_taken_with_smtputf8(smtp, client):
    smtp.sendmail("a@altinn.no", ["ola@blåbær.no"], mail().as_bytes(), ["SMTPUTF8"])

    assert outbox(client)[0]["to"] == "ola@blåbær.no"


def test_an_international_address_without_smtputf8_is_refused(sinks, client):
    with socket.create_connection(("127.0.0.1", sinks.smtp), timeout=5) as raw:
        raw.sendall("EHLO x\r\nMAIL FROM:<a@b.no>\r\nRCPT TO:<ola@blåbær.no>\r\nQUIT\r\n".encode())
        said = read_to_the_end(raw)

    assert "553 5.6.7" in said
    assert outbox(client) == []


def test_commands_may_be_pipelined(sinks, client):
    one = b"MAIL FROM:<a@b.no>\r\nRCPT TO:<%s@example.com>\r\nDATA\r\nSubject: %s\r\n\r\n.\r\n"
    with socket.create_connection(("127.0.0.1", sinks.smtp), timeout=5) as raw:
        raw.sendall(b"EHLO x\r\n" + one % (b"one", b"1") + one % (b"two", b"2") + b"QUIT\r\n")
        said = read_to_the_end(raw)

    assert said.count("250 2.0.0 Taken") == 2
    assert {item["to"] for item in outbox(client)} == {"one@example.com", "two@example.com"}


def test_an_empty_content_is_a_message_too(sinks, client):
    with socket.create_connection(("127.0.0.1", sinks.smtp), timeout=5) as raw:
        raw.sendall(b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.no>\r\nDATA\r\n.\r\nQUIT\r\n")
        read_to_the_end(raw)

    assert [(item["to"], item["body"], item["subject"]) for item in outbox(client)] == [
        ("a@b.no", "", "")
    ]


@pytest.mark.parametrize(
    ("spoken", "code"),
    [
        (b"RCPT TO:<a@b.no>", "503"),
        (b"DATA", "503"),
        (b"MAIL FROM:a@b.no", "501"),
        (b"MAIL FROM:<a\x00@b.no>", "501"),
        (b"MAIL FROM:<a@b.no>\r\nRCPT TO:<nobody>", "501"),
        (b"MAIL FROM:<a@b.no>\r\nRCPT TO:<a b@c.no>", "501"),
        (b"STARTTLS", "502"),
        (b"\xff\xfe", "500"),
        (b"NOOP " + b"x" * 5000, "500"),
    ],
)
def test_what_breaks_the_protocol_is_refused(sinks, client, spoken, code):
    with socket.create_connection(("127.0.0.1", sinks.smtp), timeout=5) as raw:
        raw.sendall(b"EHLO x\r\n" + spoken + b"\r\nQUIT\r\n")
        said = read_to_the_end(raw)

    assert f"\n{code} " in said
    assert outbox(client) == []


@pytest.mark.parametrize(
    ("local", "code"), [("refuse", 550), ("malformed", 553), ("full", 452), ("Refuse+x", 550)]
)
def test_a_recipient_that_is_refused_spoils_neither_connection_nor_others(
    smtp, client, local, code
):
    refused = smtp.send_message(mail(), to_addrs=[f"{local}@example.com", "good@example.com"])
    smtp.send_message(mail(), to_addrs=["next@example.com"])

    assert [answer for answer, _ in refused.values()] == [code]
    assert [item["to"] for item in outbox(client)] == ["next@example.com", "good@example.com"]


@pytest.mark.parametrize(("local", "code"), [("content", 554), ("spam", 550)])
def test_content_can_be_refused(smtp, client, local, code):
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        smtp.send_message(mail(to=f"{local}@example.com"))

    assert refusal.value.smtp_code == code
    assert outbox(client) == []


def test_each_message_to_a_greylisted_address_is_put_off_once(smtp, client):
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
            smtp.send_message(mail(to="greylist@example.com"))
        assert [code for code, _ in refusal.value.recipients.values()] == [451]
        smtp.send_message(mail(to="greylist@example.com"))

    assert len(outbox(client)) == 2


def test_a_busy_server_says_421_and_hangs_up(smtp, client):
    smtp.docmd("MAIL", "FROM:<a@altinn.no>")
    assert smtp.docmd("RCPT", "TO:<busy@example.com>")[0] == 421
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.noop()
    assert outbox(client) == []


def test_a_connection_can_break_after_the_content(smtp, client):
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.send_message(mail(to="drop@example.com"))
    assert outbox(client) == []


def test_a_bounce_follows_to_the_envelope_sender(smtp, client):
    smtp.send_message(mail(to="bounce@example.com"), from_addr="bounces@altinn.no")

    (notice,) = outbox(client, to="bounces@altinn.no")
    assert notice["sender"] == "mailer-daemon@sandbox.invalid"
    assert "bounce@example.com" in notice["body"]


def test_a_client_that_gives_up_while_it_waits_leaves_nothing_behind(smtp, client):
    smtp.sock.settimeout(0.3)
    with pytest.raises((smtplib.SMTPServerDisconnected, TimeoutError)):
        smtp.send_message(mail(to="stall@example.com"))
    smtp.close()

    assert outbox(client) == []


def test_what_cannot_be_stored_is_not_accepted(smtp, client, monkeypatch):
    monkeypatch.setattr(recording, "_PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(recording, "_STORE", "SELECT * FROM no_such_table")

    with pytest.raises(smtplib.SMTPDataError) as refusal:
        smtp.send_message(mail())

    assert refusal.value.smtp_code == 451
    assert not Received.objects.exists()


def test_a_lost_database_connection_costs_no_message(smtp, client):
    smtp.send_message(mail(to="first@example.com"))
    eventually(lambda: terminated("notifications sinks"))

    smtp.send_message(mail(to="second@example.com"))

    assert [item["to"] for item in outbox(client)] == ["second@example.com", "first@example.com"]


def test_many_connections_store_every_message_once(sinks, client):
    def send_five(number):
        with smtplib.SMTP("127.0.0.1", sinks.smtp, local_hostname="test.invalid") as one:
            for part in range(5):
                one.send_message(mail(to=f"n{number}-{part}@example.com"))

    threads = [threading.Thread(target=send_five, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    received = [item["to"] for item in outbox(client)]
    assert len(received) == len(set(received)) == 80


def test_every_magic_address_differs_from_an_ordinary_one():
    assert magic.of_address("kari@example.com") is None
    assert all(magic.of_address(f"{local}+x@example.com") for local in magic.MAIL)


def terminated(application: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = %s AND datname = current_database()",
            [application],
        )
        return bool(cursor.fetchone()[0])


def read_to_the_end(raw: socket.socket) -> str:
    pieces = []
    while piece := raw.recv(65536):
        pieces.append(piece)
    return b"".join(pieces).decode()
