"""Rows as years of use would leave them, written in minutes: finished orders, and waiting ones.

Straight into the product's own tables, with every column as the product writes it: ids in the
order of time, one order in five by SMS with its delivery report, one message in a hundred
bounced, texts, attempts and audit entries. Rows pass through all indexes; the three whose
entries come in random order are made anew behind a large history, as that takes half the time.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import psycopg

Connection = psycopg.Connection[Any]
CLIENTS = ("ttd", "digdir", "skd", "nav", "brg")
HISTORY = timedelta(days=30)
_AT_ONCE = 200_000
_RANDOM_INDEXES = ("message_of_address", "message_provider_reference", "order_reference")

# Version 7 of RFC 9562 from milliseconds and a number below 2^62, the same one for the same two.
ID_AT = """
CREATE OR REPLACE FUNCTION pg_temp.id_at(at bigint, number bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(at), 12, '0') || '7' || lpad(to_hex(number % 4096), 3, '0')
            || '9' || substr(md5(at || '-' || number), 1, 15))::uuid $$;
"""
_PREPARED = f"""
{ID_AT}
CREATE TEMP TABLE IF NOT EXISTS chosen (
    number bigint, id uuid, content_id uuid, at timestamptz, ms bigint, client text, channel text,
    size int)
"""
_BODY = "Hei! Du har fått et nytt brev i innboksen. Logg inn for å lese det. " * 3
_EMAIL = orjson.dumps(
    {
        "body": _BODY,
        "subject": "Nytt brev",
        "contentType": "Plain",
        "fromAddress": "noreply@altinn.no",
    }
).decode()
_SMS = orjson.dumps({"body": _BODY, "senderNumber": "Altinn"}).decode()

_CHOOSE = """
INSERT INTO chosen
SELECT number, pg_temp.id_at(ms, number), pg_temp.id_at(ms + 1, number + %(salt)s), at, ms,
       coalesce(%(client)s, (%(clients)s::text[])[1 + number / 5 %% 5]),
       CASE WHEN %(sms)s AND number %% 5 = 0 THEN 'sms' ELSE 'email' END, %(size)s
FROM (SELECT number, at, (extract(epoch FROM at) * 1000)::bigint AS ms
      FROM (SELECT number, %(from)s::timestamptz + %(step)s::interval * number AS at
            FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS number) AS moment
      ) AS numbered
"""
_ORDERS = """
INSERT INTO orders_order
    (id, type, creator, senders_reference, created_at, requested_send_time, channel, recipients,
     recipient_count, email_template, sms_template, sms_policy, correlation_id, placed_by,
     condition_subject, idempotency_kind, status, status_changed_at, tries, email_generated,
     email_succeeded, sms_generated, sms_succeeded, open_notifications)
SELECT id, 'Notification', client, 'case-' || number, at, at,
       CASE channel WHEN 'sms' THEN 'Sms' ELSE 'Email' END,
       (SELECT jsonb_agg(jsonb_build_object(
            CASE channel WHEN 'sms' THEN 'mobileNumber' ELSE 'emailAddress' END,
            pg_temp.address_of(channel, number, place)))
        FROM generate_series(1, size) AS place),
       size, CASE channel WHEN 'email' THEN %(email)s::jsonb END,
       CASE channel WHEN 'sms' THEN %(text)s::jsonb END, '', md5(id::text), '', '', '',
       %(status)s, at, 0,
       CASE channel WHEN 'email' THEN size ELSE 0 END,
       CASE WHEN channel = 'email' AND %(done)s THEN size - size / 100 ELSE 0 END,
       CASE channel WHEN 'sms' THEN size ELSE 0 END,
       CASE WHEN channel = 'sms' AND %(done)s THEN size - size / 100 ELSE 0 END,
       CASE WHEN %(done)s THEN 0 ELSE size END
FROM chosen ORDER BY number
"""
_ADDRESS_OF = """
CREATE OR REPLACE FUNCTION pg_temp.address_of(channel text, number bigint, place bigint)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE channel WHEN 'sms' THEN '+474' || lpad(((number * 997 + place) % 10000000)::text,
                                                       7, '0')
                        ELSE 'receiver' || number || '-' || place || '@bench.example' END $$
"""
_CONTENTS = """
INSERT INTO delivery_content
    (id, channel, sender, subject, body, content_type, placeholders, "window", retry_after,
     retry_last_repeats, created_at)
SELECT content_id, channel, CASE channel WHEN 'sms' THEN 'Altinn' ELSE 'noreply@altinn.no' END,
       CASE channel WHEN 'sms' THEN '' ELSE 'Nytt brev' END, %(body)s, 'text/plain', '{}', '',
       '{60,120,300,600,1800}', true, at
FROM chosen ORDER BY number
"""
_AUDIT = """
INSERT INTO audit_entry
    (at, actor_kind, actor, action, subject_kind, subject_id, correlation_id, from_state,
     to_state, reason)
SELECT at, 'client', client, 'orders.place', 'order', id::text, md5(id::text), '', '', ''
FROM chosen ORDER BY number
"""
_MESSAGE_COLUMNS = """
    (id, owner_kind, owner_id, client, correlation_id, content_id, channel, lane, address,
     recipient, parts, state, reason, created_at, state_at, not_before, fair_at, expires_at,
     lapses_at, final_at, attempts, provider, provider_reference)
"""
_MESSAGE_BEGIN = """
SELECT pg_temp.id_at(ms + 2, number * 10000 + place), 'orders', id, client, md5(id::text),
       content_id, channel, 1, pg_temp.address_of(channel, number, place), '',
       CASE channel WHEN 'sms' THEN 2 END,
"""
# The places of one order come one after the other, so that ids rise with the rows.
_EACH = "FROM chosen, generate_series(1, size) AS place ORDER BY number, place"
_FINISHED = f"""
INSERT INTO delivery_message {_MESSAGE_COLUMNS} {_MESSAGE_BEGIN}
       CASE WHEN place % 100 = 0 THEN 'failed' WHEN channel = 'sms' THEN 'delivered'
            ELSE 'sent' END,
       CASE WHEN place % 100 = 0 THEN 'bounced' ELSE '' END,
       at, at + interval '2 s', at, at + place * interval '1 ms', at + interval '48 h',
       at + interval '48 h 5 min', at + interval '2 s', 1,
       CASE channel WHEN 'sms' THEN 'pswin:gateway.example' ELSE 'smtp:mail.example:25' END,
       CASE WHEN channel = 'sms' THEN md5(number || '/' || place)::uuid::text ELSE '' END
{_EACH}
"""
_ATTEMPTS = f"""
INSERT INTO delivery_attempt
    (message_id, number, at, worker, provider, result, answer, duration_ms)
SELECT pg_temp.id_at(ms + 2, number * 10000 + place), 1, at + interval '1 s',
       'worker.example:4711:1024',
       CASE channel WHEN 'sms' THEN 'pswin:gateway.example' ELSE 'smtp:mail.example:25' END,
       CASE WHEN place % 100 = 0 AND channel = 'email' THEN 'permanent' ELSE 'sent' END,
       CASE WHEN place % 100 = 0 AND channel = 'email' THEN '550 5.1.1 no such user'
            WHEN channel = 'email' THEN '250 2.0.0 Ok: queued as 4Xk2yT1zQvz2xZ' ELSE '' END,
       4
{_EACH}
"""
_RECEIPTS = f"""
INSERT INTO delivery_receipt
    (id, provider, provider_reference, state, reason, raw, received_at, settled_at,
     changed_message, message_id)
SELECT pg_temp.id_at(ms + 2000, number * 10000 + place), 'pswin',
       md5(number || '/' || place)::uuid::text,
       CASE WHEN place % 100 = 0 THEN 'failed' ELSE 'delivered' END,
       CASE WHEN place % 100 = 0 THEN 'bounced' ELSE '' END,
       '<MSG><ID>' || place || '</ID><REF>' || md5(number || '/' || place) || '</REF><RCV>'
           || pg_temp.address_of(channel, number, place) || '</RCV><STATE>DELIVRD</STATE>'
           || '<DELIVERYTIME>2026.02.23 15:23:23</DELIVERYTIME></MSG>',
       at + interval '2 s', at + interval '2 s', true,
       pg_temp.id_at(ms + 2, number * 10000 + place)
{_EACH.replace("ORDER BY", "WHERE channel = 'sms' ORDER BY")}
"""
_QUEUED = f"""
INSERT INTO delivery_message {_MESSAGE_COLUMNS} {_MESSAGE_BEGIN}
       'queued', '', now(), now(), now() + %(wait)s::interval,
       CASE WHEN %(in_line)s
            THEN now() + row_number() OVER (PARTITION BY client ORDER BY number, place)
                         * interval '1 ms' END,
       now() + %(wait)s::interval + interval '48 h',
       now() + %(wait)s::interval + interval '48 h 5 min', NULL, 0, '', ''
{_EACH}
"""


def finish(connection: Connection, messages: int, *, per_order: int = 100) -> None:
    """`messages` that left within the last thirty days, and were recorded."""
    orders = -(-messages // per_order)
    with _without_random_indexes(connection):
        for first in range(1, orders + 1, max(1, _AT_ONCE // per_order)):
            last = min(orders, first - 1 + max(1, _AT_ONCE // per_order))
            with connection.transaction():
                _choose(connection, first, last, per_order, back=HISTORY, of=orders, sms=True)
                _write_orders(connection, done=True)
                for statement in (_FINISHED, _ATTEMPTS, _RECEIPTS):
                    connection.execute(statement.encode())
    connection.execute(
        "VACUUM ANALYZE delivery_message, delivery_attempt, delivery_receipt, "
        "delivery_content, orders_order, audit_entry"
    )


def queue(  # noqa: PLR0913 one fact of the rows each
    connection: Connection,
    messages: int,
    *,
    per_order: int = 1000,
    wait: timedelta = timedelta(0),
    in_line: bool = True,
    client: str | None = "ttd",
) -> list[UUID]:
    """Processed orders whose e-mails wait: in line, or until `wait` is over. The orders' ids.

    `client`: who placed them; None for five clients in turns.
    """
    orders = -(-messages // per_order)
    made: list[UUID] = []
    for first in range(1, orders + 1, max(1, _AT_ONCE // per_order)):
        last = min(orders, first - 1 + max(1, _AT_ONCE // per_order))
        with connection.transaction():
            _choose(connection, first, last, per_order, of=orders, client=client)
            _write_orders(connection, done=False)
            connection.execute(_QUEUED.encode(), {"wait": wait, "in_line": in_line})
            made += [row[0] for row in connection.execute("SELECT id FROM chosen ORDER BY number")]
    return made


def _choose(  # noqa: PLR0913 one fact of the rows each
    connection: Connection,
    first: int,
    last: int,
    size: int,
    *,
    of: int,
    back: timedelta = timedelta(0),
    sms: bool = False,
    client: str | None = None,
) -> None:
    """The orders to write next, in a table of this connection's own."""
    connection.execute((_PREPARED + ";" + _ADDRESS_OF).encode())
    connection.execute("TRUNCATE chosen")
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row
    connection.execute(
        _CHOOSE.encode(),
        {
            "salt": of + 1,
            "client": client,
            "clients": list(CLIENTS),
            "sms": sms,
            "size": size,
            "from": row[0] - back,
            "step": back / (of + 1) if back else timedelta(milliseconds=3),
            "first": first,
            "last": last,
        },
    )


def _write_orders(connection: Connection, *, done: bool) -> None:
    status = "Completed" if done else "Processed"
    connection.execute(
        _ORDERS.encode(), {"email": _EMAIL, "text": _SMS, "status": status, "done": done}
    )
    connection.execute(_CONTENTS.encode(), {"body": _BODY})
    connection.execute(_AUDIT.encode())


@contextmanager
def _without_random_indexes(connection: Connection) -> Iterator[None]:
    rows: Sequence[tuple[str, str]] = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY(%s)",
        [list(_RANDOM_INDEXES)],
    ).fetchall()
    for name, _ in rows:
        connection.execute(f"DROP INDEX {name}".encode())
    yield
    connection.execute("SET maintenance_work_mem = '512MB'")
    for _, definition in rows:
        connection.execute(definition.encode())
