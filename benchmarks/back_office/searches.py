"""One term of every kind that a caller may give, each of something that is stored."""

from collections.abc import Mapping

from benchmarks.platform import Platform

_QUERIES = {
    "order": "SELECT id FROM orders_order ORDER BY id LIMIT 1",
    "sender's reference": "SELECT senders_reference FROM orders_order ORDER BY id LIMIT 1",
    "message": "SELECT id FROM delivery_message ORDER BY id LIMIT 1",
    "e-mail": "SELECT address FROM delivery_message WHERE channel = 'email' ORDER BY id LIMIT 1",
    "mobile": "SELECT address FROM delivery_message WHERE channel = 'sms' ORDER BY id LIMIT 1",
    "provider reference": "SELECT provider_reference FROM delivery_message"
    " WHERE provider_reference <> '' ORDER BY id LIMIT 1",
    "letter": "SELECT id FROM correspondence_correspondence ORDER BY id LIMIT 1",
    "letter's reference": "SELECT senders_reference FROM correspondence_letter LIMIT 1",
    "sak": "SELECT id FROM cases_sak ORDER BY id LIMIT 1",
    "grupperingsid": "SELECT grupperingsid FROM cases_sak ORDER BY id LIMIT 1",
    "notifikasjon": "SELECT id FROM cases_notifikasjon ORDER BY id LIMIT 1",
    "eksternId": "SELECT ekstern_id FROM cases_notifikasjon WHERE ekstern_id <> '' LIMIT 1",
    "enrollment notification": "SELECT 'een_' || id"
    " FROM enrollment_enrollmenteventnotification LIMIT 1",
    "policy": "SELECT policy_code FROM enrollment_enrollmenteventnotification LIMIT 1",
    "national identity number": "SELECT national_identity_number FROM registers_person LIMIT 1",
}
# Every sak and notifikasjon, and many letters, are to it.
_FIXED = {"organisation number": "910825526", "receiver of letters": "310131075", "nothing": "-"}


def terms(platform: Platform) -> Mapping[str, str]:
    with platform.connect() as connection:
        found = {
            kind: connection.execute(query.encode()).fetchone() for kind, query in _QUERIES.items()
        }
    return {kind: str(row[0]) for kind, row in found.items() if row} | _FIXED
