"""Saker and notifikasjoner as years of use would leave them, written in minutes.

Straight into the product's own tables, every column as the product writes it: five notifikasjoner
a sak, of ten one beskjed whose SMS has left, one kalenderavtale, and eight oppgaver that wait:
for their deadline, for their reminder and its e-mail. Everything is to be erased one day.
"""

from datetime import timedelta

from benchmarks.cases.calls import LABELS, ORGANIZATION, PRODUCER
from benchmarks.history import ID_AT, Connection

PER_SAK = 5
_AT_ONCE = 100_000
_TEXT = "Du har fått en ny oppgave. Logg inn hos Arbeidsgiver for å se den."
_RECEIVED = timedelta(days=730)

_PREPARED = r"""
CREATE OR REPLACE FUNCTION pg_temp.koordinat(merkelapp text, key text) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(substring(sha256(convert_to(merkelapp, 'UTF8') || '\x00'::bytea
                                   || convert_to(key, 'UTF8')) FROM 1 FOR 16), 'hex')::uuid $$;
CREATE TEMP TABLE IF NOT EXISTS chosen (
    number bigint, id uuid, merkelapp text, sak_number bigint, grupperingsid text,
    sak_koordinat uuid, ekstern_id text, at timestamptz, ms bigint, type text, waits boolean,
    varsel_id uuid, paaminnelse_id uuid, share float);
CREATE TEMP TABLE IF NOT EXISTS chosen_sak (
    number bigint, id uuid, merkelapp text, grupperingsid text, koordinat uuid, at timestamptz,
    ms bigint, share float);
TRUNCATE chosen, chosen_sak;
"""
# `share` says where in the whole a row stands: rows wait for moments spread over years.
_CHOOSE = """
INSERT INTO chosen
SELECT number, gen_random_uuid(), merkelapp, sak_number, 'bench-stored-' || sak_number,
       pg_temp.koordinat(merkelapp, 'bench-stored-' || sak_number), 'bench-stored-' || number,
       at, (extract(epoch FROM at) * 1000)::bigint,
       CASE number %% 10 WHEN 0 THEN 'Beskjed' WHEN 1 THEN 'Kalenderavtale' ELSE 'Oppgave' END,
       number %% 10 > 1, gen_random_uuid(),
       pg_temp.id_at((extract(epoch FROM at) * 1000)::bigint, number), share
FROM (SELECT number, number / %(per_sak)s AS sak_number, number / %(of)s::float AS share,
             now() - %(back)s::interval * (1 - number / %(of)s::float) AS at,
             (%(labels)s::text[])[1 + number / %(per_sak)s %% cardinality(%(labels)s::text[])]
                 AS merkelapp
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS number) AS numbered
"""
_CHOOSE_SAKER = """
INSERT INTO chosen_sak
SELECT sak_number, gen_random_uuid(), merkelapp, grupperingsid, sak_koordinat, min(at), min(ms),
       min(share)
FROM chosen GROUP BY sak_number, merkelapp, grupperingsid, sak_koordinat ORDER BY sak_number
"""
_SAKER = """
INSERT INTO cases_sak
    (id, koordinat, merkelapp, grupperingsid, virksomhetsnummer, tittel, lenke, produsent,
     kilde_app_navn, opprettet_tidspunkt, mottatt_tidspunkt, sist_endret, fingerprint,
     hard_delete_at)
SELECT id, koordinat, merkelapp, grupperingsid, %(org)s, 'Søknad om tilskudd',
       'https://bench.example/sak', %(producer)s, %(producer)s, at, at, at,
       encode(sha256(id::text::bytea), 'hex'),
       now() + interval '4 years' + interval '1 year' * share
FROM chosen_sak ORDER BY number
"""
_STATUSER = """
INSERT INTO cases_statusoppdatering
    (id, sak_id, nummer, status, tidspunkt, mottatt_tidspunkt)
SELECT gen_random_uuid(), id, 1, 'UNDER_BEHANDLING', at, at FROM chosen_sak ORDER BY number
"""
_SAK_MOTTAKERE = """
INSERT INTO cases_sakmottaker
    (sak_id, posisjon, type, virksomhetsnummer, service_code, service_edition, ressurs_id,
     naermeste_leder_fnr, ansatt_fnr)
SELECT id, 0, 'AltinnMottaker', %(org)s, '5441', '1', '', '', '' FROM chosen_sak ORDER BY number
"""
_NOTIFIKASJONER = """
INSERT INTO cases_notifikasjon
    (id, type, koordinat, sak_koordinat, merkelapp, ekstern_id, grupperingsid, virksomhetsnummer,
     tekst, lenke, produsent, kilde_app_navn, opprettet_tidspunkt, mottatt_tidspunkt, fingerprint,
     first_varsler, first_paaminnelse_varsler, tilstand, frist, utgaar_at, start_tidspunkt,
     digitalt, hard_delete_at)
SELECT id, type, pg_temp.koordinat(merkelapp, ekstern_id), sak_koordinat, merkelapp, ekstern_id,
       grupperingsid, %(org)s, %(text)s, 'https://bench.example/', %(producer)s, %(producer)s,
       at, at, encode(sha256(id::text::bytea), 'hex'),
       CASE type WHEN 'Beskjed' THEN jsonb_build_array(varsel_id) ELSE '[]' END,
       CASE WHEN waits THEN jsonb_build_array(varsel_id) END,
       CASE type WHEN 'Oppgave' THEN 'NY' WHEN 'Beskjed' THEN ''
                 ELSE 'VENTER_SVAR_FRA_ARBEIDSGIVER' END,
       CASE WHEN waits THEN frist END,
       CASE WHEN waits THEN (frist + 1)::timestamp AT TIME ZONE 'Europe/Oslo' END,
       CASE type WHEN 'Kalenderavtale' THEN now() + interval '30 days' END,
       false, now() + interval '2 years' + interval '1 year' * share
FROM (SELECT *, current_date + 400 + (number %% 300)::int AS frist FROM chosen) AS chosen
ORDER BY number
"""
_MOTTAKERE = """
INSERT INTO cases_notifikasjonmottaker
    (notifikasjon_id, posisjon, type, virksomhetsnummer, service_code, service_edition,
     ressurs_id, naermeste_leder_fnr, ansatt_fnr)
SELECT id, 0, 'AltinnMottaker', %(org)s, '5441', '1', '', '', '' FROM chosen ORDER BY number
"""
_PAAMINNELSER = """
INSERT INTO cases_paaminnelse (id, notifikasjon_id, tidspunkt, created_at)
SELECT paaminnelse_id, id, now() + interval '1 day' + interval '1 year' * share, at
FROM chosen WHERE waits ORDER BY number
"""
_VARSLER = """
INSERT INTO cases_eksterntvarsel
    (id, notifikasjon_id, paaminnelse_id, nummer, kanal, status, status_at, created_at, aarsak,
     virksomhetsnummer, produsent, correlation_id, adresse, tittel, tekst, service_code,
     service_edition, sendevindu, queued_at, open_messages)
SELECT varsel_id, id, CASE WHEN waits THEN paaminnelse_id END, 1,
       CASE WHEN waits THEN 'epost' ELSE 'sms' END, CASE WHEN waits THEN 'NY' ELSE 'SENDT' END,
       at, at, '', %(org)s, %(producer)s, md5(id::text),
       CASE WHEN waits THEN 'receiver' || number || '@bench.example' ELSE '' END,
       CASE WHEN waits THEN 'Husk' ELSE '' END, CASE WHEN waits THEN %(text)s ELSE '' END,
       '', '', 'LOEPENDE', CASE WHEN waits THEN NULL ELSE at END,
       CASE WHEN waits THEN 0 ELSE 1 END
FROM chosen WHERE type <> 'Kalenderavtale' ORDER BY number
"""
_HENDELSER = """
INSERT INTO cases_hendelse
    (id, aggregate_id, type, tidspunkt, merkelapp, virksomhetsnummer, produsent, kilde_app_navn,
     correlation_id, payload)
SELECT pg_temp.id_at(ms, number), id, type || 'Opprettet', at, merkelapp, %(org)s, %(producer)s,
       %(producer)s, md5(id::text),
       jsonb_build_object('tekst', %(text)s::text, 'lenke', 'https://bench.example/')
FROM chosen ORDER BY number
"""
_SAK_HENDELSER = """
INSERT INTO cases_hendelse
    (id, aggregate_id, type, tidspunkt, merkelapp, virksomhetsnummer, produsent, kilde_app_navn,
     correlation_id, payload)
SELECT pg_temp.id_at(ms, number + 1000000000), id, 'SakOpprettet', at, merkelapp, %(org)s,
       %(producer)s, %(producer)s, md5(id::text), '{}'
FROM chosen_sak ORDER BY number
"""
_AUDIT = """
INSERT INTO audit_entry
    (at, actor_kind, actor, action, subject_kind, subject_id, correlation_id, from_state,
     to_state, reason)
SELECT at, 'client', %(producer)s, 'cases.' || type || 'Opprettet', 'notifikasjon', id::text,
       md5(id::text), '', '', ''
FROM chosen ORDER BY number
"""
_CONTENTS = """
INSERT INTO delivery_content
    (id, channel, sender, subject, body, content_type, placeholders, "window", retry_after,
     retry_last_repeats, created_at)
SELECT pg_temp.id_at(ms + 1, number), 'sms', 'Altinn', '', %(text)s, 'text/plain', '{}', '',
       '{60,300,900,3600}', true, at
FROM chosen WHERE type = 'Beskjed' ORDER BY number
"""
_MESSAGES = """
INSERT INTO delivery_message
    (id, owner_kind, owner_id, client, correlation_id, content_id, channel, lane, address,
     recipient, parts, state, reason, created_at, state_at, not_before, attempts, provider,
     provider_reference)
SELECT pg_temp.id_at(ms + 2, number), 'cases', varsel_id, %(producer)s, md5(id::text),
       pg_temp.id_at(ms + 1, number), 'sms', 1, '+474' || lpad((number %% 10000000)::text, 7, '0'),
       '', 1, 'sent', '', at, at, at, 1, 'pswin:gateway.example', md5(id::text)::uuid::text
FROM chosen WHERE type = 'Beskjed' ORDER BY number
"""
_WRITING = (
    _SAKER,
    _STATUSER,
    _SAK_MOTTAKERE,
    _NOTIFIKASJONER,
    _MOTTAKERE,
    _PAAMINNELSER,
    _VARSLER,
    _HENDELSER,
    _SAK_HENDELSER,
    _AUDIT,
    _CONTENTS,
    _MESSAGES,
)


def store(connection: Connection, notifikasjoner: int, *, first: int = 0) -> None:
    """So many of them under all labels of the producer, received within the last two years.

    `first`: how many are there already; a multiple of five.
    """
    values = {
        "org": ORGANIZATION,
        "producer": PRODUCER,
        "text": _TEXT,
        "labels": list(LABELS),
        "per_sak": PER_SAK,
        "of": first + notifikasjoner,
        "back": _RECEIVED,
    }
    end = first + notifikasjoner
    for begin in range(first, end, _AT_ONCE):
        last = min(end, begin + _AT_ONCE) - 1
        with connection.transaction():
            connection.execute((ID_AT + _PREPARED).encode())
            for statement in (_CHOOSE, _CHOOSE_SAKER, *_WRITING):
                connection.execute(statement.encode(), values | {"first": begin, "last": last})
    connection.execute(
        "VACUUM ANALYZE cases_sak, cases_statusoppdatering, cases_sakmottaker, cases_notifikasjon, "
        "cases_notifikasjonmottaker, cases_paaminnelse, cases_eksterntvarsel, cases_hendelse, "
        "audit_entry, delivery_message, delivery_content"
    )
