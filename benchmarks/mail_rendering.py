"""How fast messages are written, and handed to a mail server on this machine.

    python -m benchmarks.mail_rendering

Three figures for writing (one core): a text without placeholders, one with two of them, and
the same by the standard library alone. Then messages a second over SMTP to a sink that does
nothing, over one connection and over four, with and without 20 ms of thinking per message.
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from uuid import uuid4

from benchmarks.sinks import Sink
from notifications_platform.core import clock
from notifications_platform.delivery.channels.base import Content, Parcel, Sent
from notifications_platform.delivery.channels.email.address import mailbox
from notifications_platform.delivery.channels.email.connection import Server
from notifications_platform.delivery.channels.email.skeleton import date_header, skeleton
from notifications_platform.delivery.channels.email.smtp import SmtpTransport

NAMES = ("$recipientName$", "$recipientNumber$")
TEXT = "Du har fått en ny melding i Altinn. Logg inn for å lese den.\n" * 20
BARE = Content(id=uuid4(), sender="noreply@altinn.no", subject="Ny melding", body=TEXT)
NAMED = Content(
    id=uuid4(),
    sender="noreply@altinn.no",
    subject="Ny melding til $recipientName$",
    body=f"Hei $recipientName$ ($recipientNumber$)\n\n{TEXT}",
    placeholders=NAMES,
)
VALUES = {"$recipientName$": "Bjørn Åsen", "$recipientNumber$": "991825827"}


def per_second(work: Callable[[], object], seconds: float = 1.0) -> float:
    """The best of three runs."""
    best = 0.0
    for _ in range(3):
        count, begun = 0, time.perf_counter()
        while (spent := time.perf_counter() - begun) < seconds:
            for _ in range(100):
                work()
            count += 100
        best = max(best, count / spent)
    return best


def parcel(content: Content, number: int = 0) -> Parcel:
    return Parcel(
        id=uuid4(), address=f"receiver{number}@example.no", content=content, values=VALUES
    )


def write(one: Parcel, date: bytes) -> bytes:
    return skeleton(one.content).message(one, mailbox(one.address), date)


def write_by_the_library(one: Parcel) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = one.content.sender, one.address
    message["Subject"] = one.content.subject.replace(NAMES[0], VALUES[NAMES[0]])
    message["Message-ID"] = f"<{one.id}@altinn.no>"
    text = one.content.body.replace(NAMES[0], VALUES[NAMES[0]])
    message.set_content(text.replace(NAMES[1], VALUES[NAMES[1]]))
    return message.as_bytes()


def send(threads: int, messages: int, delay_ms: float) -> float:
    """Messages a second, `messages` in all."""
    with Sink("smtp", delay_ms=delay_ms) as sink:
        server = Server(host="127.0.0.1", port=sink.port, timeout=timedelta(seconds=30))
        transport = SmtpTransport(server)

        def run() -> None:
            for start in range(0, messages // threads, transport.batch):
                batch = [parcel(NAMED, start + number) for number in range(transport.batch)]
                assert all(isinstance(one, Sent) for one in transport.send(batch))

        workers = [threading.Thread(target=run) for _ in range(threads)]
        begun = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        spent = time.perf_counter() - begun
        transport.pool.close()
        return sink.taken() / spent


def main() -> None:
    date = date_header(clock.real())
    bare, named = parcel(BARE), parcel(NAMED)
    print(f"written without placeholders {per_second(lambda: write(bare, date)):10,.0f} /s")
    print(f"written with placeholders    {per_second(lambda: write(named, date)):10,.0f} /s")
    print(
        f"by the standard library      {per_second(lambda: write_by_the_library(named)):10,.0f} /s"
    )
    for threads in (1, 4):
        print(f"sent by {threads} thread(s)           {send(threads, 20_000, 0):10,.0f} /s")
    for threads in (1, 16):
        rate = send(threads, 150 * threads, 20)
        print(f"sent by {threads:2} thread(s), 20 ms each{rate:10,.0f} /s")


if __name__ == "__main__":
    main()
