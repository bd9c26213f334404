"""From eksterne varsler to messages of the delivery engine (cases contract 10)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from cases.models import EksterntVarsel
from cases.states import OWNER, Kanal
from cases.varsler.windows import window
from notifications_platform.delivery.channels.sms.gsm7 import measure
from notifications_platform.delivery.outbox import (
    Cause,
    NewContent,
    Outgoing,
    Unwritten,
    schedule,
    unwritten,
    write_contents,
)
from notifications_platform.delivery.states import Channel

RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
RETRY_FOR = timedelta(hours=24)
LEAST_ATTEMPTS = 3


class Contacts(NamedTuple):
    """Where the message of an Altinn service goes: all of `addresses`, by `channel`."""

    channel: Channel
    addresses: Sequence[str]


def queue(
    varsler: Sequence[EksterntVarsel],
    *,
    contacts: Mapping[UUID, Contacts] | None = None,
    now: datetime,
) -> None:
    """Write their texts and messages, in the caller's transaction: a bulk insert and a COPY.

    `contacts` has the addresses of those of Altinn services, by the id of the varsel.
    """
    if not varsler:
        return
    planned = [_plan(varsel, (contacts or {}).get(varsel.id), now) for varsel in varsler]
    write_contents([cause.content for cause, _ in planned], now=now)
    schedule(_messages(planned), clients={varsel.produsent for varsel in varsler}, now=now)


def as_rows(varsler: Sequence[EksterntVarsel], *, now: datetime) -> Unwritten:
    """The same of a handful of SMS and e-mails, for a caller that stores them with its rows."""
    if not varsler:
        return Unwritten()
    planned = [_plan(varsel, None, now) for varsel in varsler]
    contents = [cause.content for cause, _ in planned]
    clients = {varsel.produsent for varsel in varsler}
    return unwritten(contents, list(_messages(planned)), clients=clients, now=now)


def _messages(planned: Sequence[tuple[Cause, Sequence[str]]]) -> Iterator[Outgoing]:
    for cause, addresses in planned:
        by_sms = cause.content.channel is Channel.SMS
        parts = measure(cause.content.body).parts if by_sms else None
        for address in addresses:
            yield Outgoing(cause, address, parts=parts)


def _plan(
    varsel: EksterntVarsel, contacts: Contacts | None, now: datetime
) -> tuple[Cause, Sequence[str]]:
    content = _content(varsel, contacts)
    cause = Cause(
        owner_kind=OWNER,
        owner_id=varsel.id,
        client=varsel.produsent,
        content=content,
        not_before=varsel.tidspunkt or now,
        correlation_id=varsel.correlation_id,
    )
    return cause, contacts.addresses if contacts else [varsel.adresse]


def _content(varsel: EksterntVarsel, contacts: Contacts | None) -> NewContent:
    if varsel.kanal == Kanal.SMS:
        return _sms(varsel, varsel.tekst)
    if varsel.kanal == Kanal.EPOST:
        return _email(varsel, varsel.tittel, content_type="text/html")
    tittel = title_of_altinntjeneste(varsel.tittel)
    if contacts and contacts.channel is Channel.SMS:
        return _sms(varsel, tittel + varsel.tekst)
    # The template that the service is sent with, TokenTextOnly, takes text: one and the same
    # `innhold` has to read well by SMS, too.
    return _email(varsel, tittel, content_type="text/plain")


def title_of_altinntjeneste(tittel: str) -> str:
    """Ends in a full stop and a blank, exactly once."""
    return tittel.rstrip(" .") + ". "


def _sms(varsel: EksterntVarsel, text: str) -> NewContent:
    return NewContent(
        channel=Channel.SMS,
        sender=settings.SMS_SENDER,
        body=text,
        window=window(varsel.sendevindu, by_sms=True),
        retry_after=RETRY_AFTER,
        retry_for=RETRY_FOR,
        least_attempts=LEAST_ATTEMPTS,
    )


def _email(varsel: EksterntVarsel, subject: str, *, content_type: str) -> NewContent:
    return NewContent(
        channel=Channel.EMAIL,
        sender=settings.EMAIL_FROM,
        subject=subject,
        body=varsel.tekst,
        content_type=content_type,
        window=window(varsel.sendevindu, by_sms=False),
        retry_after=RETRY_AFTER,
        retry_for=RETRY_FOR,
        least_attempts=LEAST_ATTEMPTS,
    )
