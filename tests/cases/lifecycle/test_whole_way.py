"""From the producer's call to the receiver's phone, on the movable clock and over real sockets."""

import email
import email.policy
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings

from cases.models import EksterntVarsel
from notifications_platform.core import clock
from notifications_platform.delivery.channels import configured as channels
from notifications_platform.delivery.channels.email.smtp import SmtpTransport
from notifications_platform.delivery.states import Channel
from notifications_platform.registers.models import Organization
from notifications_platform.sandbox import clock_moves
from notifications_platform.sandbox.models import Received
from tests.cases.lifecycle.living import fired, let_leave
from tests.cases.producing import ORG, Api, altinntjeneste, epost, oppgave, paaminnelse, sms
from tests.kernel.sinks import eventually, forget_everything, running_sinks

pytestmark = pytest.mark.usefixtures("sandbox_clock", "sinks")

AT_ONCE = {"sendevindu": "LOEPENDE"}


@pytest.fixture
def sinks(transactional_db: None, settings: Settings) -> Iterator[None]:
    """A mail server and an SMS gateway that keep what they get."""
    with running_sinks() as ports:
        settings.EMAIL_URL = f"smtp://127.0.0.1:{ports.smtp}"
        settings.SMS_GATEWAY_URL = f"pswin+http://sandbox:sandbox@127.0.0.1:{ports.sms}/"
        channels.forget()
        yield
        for transport in channels.transports(Channel.EMAIL):
            if isinstance(transport, SmtpTransport):
                transport.pool.close()
        channels.forget()
        forget_everything()


def received(channel: Channel) -> list[Received]:
    return list(Received.objects.filter(channel=channel).order_by("recipient", "id"))


def read_mail(one: Received) -> tuple[str, str, str]:
    """Subject, media type and text."""
    mail = email.message_from_bytes(bytes(one.content), policy=email.policy.default)
    body = mail.get_body(("html", "plain"))
    assert body is not None
    return mail["Subject"], body.get_content_type(), body.get_content().strip()


def test_messages_arrive_once_with_their_words_and_the_reminder_when_it_is_time(
    producer: Api,
) -> None:
    Organization.objects.create(
        organization_number=ORG, name="Demo", email_addresses=["kontakt@example.no"]
    )
    made = producer.done(
        "nyOppgave",
        nyOppgave=oppgave(
            eksterneVarsler=[
                sms(smsTekst="Ny oppgave: æøå"),
                epost(epostTittel="Tittel", epostHtmlBody="<p>Blåbær</p>", sendetidspunkt=AT_ONCE),
                altinntjeneste(tittel="Varsel.", innhold="Innhold", sendetidspunkt=AT_ONCE),
            ],
            paaminnelse=paaminnelse(sms_text="Husk!", etterOpprettelse="P2D"),
        ),
    )
    let_leave()
    let_leave()

    (text,) = eventually(lambda: received(Channel.SMS))
    assert text.recipient.removeprefix("+").removeprefix("00") == "4799887766"
    assert bytes(text.content).decode() == "Ny oppgave: æøå"
    html, plain = received(Channel.EMAIL)
    assert (html.recipient, plain.recipient) == ("kari@example.no", "kontakt@example.no")
    assert read_mail(html) == ("Tittel", "text/html", "<p>Blåbær</p>")
    assert read_mail(plain)[0].strip() == "Varsel."
    assert read_mail(plain)[2] == "Innhold"
    item = producer.item(made["id"])
    assert [varsel["status"] for varsel in item["eksterneVarsler"]] == ["SENDT"] * 3

    clock_moves.move({"advance": "P2DT1M"}, real=clock.real())
    let_leave()
    let_leave()

    assert fired(made["id"]) == 1
    first, second = received(Channel.SMS)
    assert bytes(second.content).decode() == "Husk!"
    assert second.at - first.at >= timedelta(days=2)
    assert not EksterntVarsel.objects.exclude(status="SENDT").exists()
