"""Letters as years of use would leave them, written in minutes: published ones, half of them read.

Straight into the product's own tables, every column as the product writes it.
"""

from benchmarks.history import ID_AT, Connection

RECIPIENT = "310131075"
_AT_ONCE = 100_000
_URN = "urn:altinn:organization:identifier-no:"
_BODY = "## Vedtak\n\nDu har fått **innvilget** søknaden din.\n\n" * 10

_CHOSEN = """
CREATE TEMP TABLE IF NOT EXISTS chosen (
    number bigint, letter_id uuid, id uuid, at timestamptz, is_read boolean);
TRUNCATE chosen;
"""
_CHOOSE = """
INSERT INTO chosen
SELECT number, pg_temp.id_at(ms, number), pg_temp.id_at(ms + 1, number), at, number %% 2 = 0
FROM (SELECT number, at, (extract(epoch FROM at) * 1000)::bigint AS ms
      FROM (SELECT number, now() - interval '700 days' * (1 - number / %(of)s::float) AS at
            FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS number) AS moment
     ) AS numbered
"""
_LETTERS = """
INSERT INTO correspondence_letter
    (id, resource_id, service_owner, sender, senders_reference, message_sender, language, title,
     summary, body, external_references, property_list, reply_options, is_confirmation_needed,
     is_confidential, allow_forwarding, client, correlation_id, created_at)
SELECT letter_id, %(resource)s, 'ttd', %(sender)s, 'stored-' || number, '', 'nb', 'Vedtak', '',
       %(body)s, '[]', '{}', '[]', false, false, false, 'ttd', md5(number::text), at
FROM chosen ORDER BY number
"""
# Every tenth one went to the recipient that reads here, the others to as many others.
_CORRESPONDENCES = """
INSERT INTO correspondence_correspondence
    (id, letter_id, position, resource_id, sender, recipient, recipient_name, status, status_text,
     status_changed, ever, requested_publish_time, published, read, created_at)
SELECT id, letter_id, 0, %(resource)s, %(sender)s,
       %(urn)s || CASE number %% 10 WHEN 0 THEN %(recipient)s
                  ELSE lpad((300000000 + number)::text, 9, '0') END,
       'Receiver AS', CASE WHEN is_read THEN 4 ELSE 2 END,
       CASE WHEN is_read THEN 'Read' ELSE 'Published' END, at,
       CASE WHEN is_read THEN 23 ELSE 7 END, at, at, CASE WHEN is_read THEN at END, at
FROM chosen ORDER BY number
"""
_HISTORY = """
INSERT INTO correspondence_statusentry (correspondence_id, status, text, at, party)
SELECT id, status, text, at, '' FROM chosen,
    (VALUES (0, 'Initialized'), (1, 'ReadyForPublish'), (2, 'Published')) AS entry (status, text)
ORDER BY number, status
"""
_TABLES = "correspondence_letter, correspondence_correspondence, correspondence_statusentry"


def store(connection: Connection, letters: int) -> None:
    values = {
        "of": letters,
        "resource": "ttd-letters",
        "sender": f"{_URN}991825827",
        "urn": _URN,
        "recipient": RECIPIENT,
        "body": _BODY,
    }
    for begin in range(0, letters, _AT_ONCE):
        last = min(letters, begin + _AT_ONCE) - 1
        with connection.transaction():
            connection.execute((ID_AT + _CHOSEN).encode())
            for statement in (_CHOOSE, _LETTERS, _CORRESPONDENCES, _HISTORY):
                connection.execute(statement.encode(), values | {"first": begin, "last": last})
    connection.execute(f"VACUUM ANALYZE {_TABLES}".encode())
