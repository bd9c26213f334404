"""Bodies that are small to send and dear to read: XML and JSON bombs, at the real process."""

import base64
import json

import pytest
from django.conf import settings

from notifications_platform.delivery.models import Receipt
from orders.models import Order
from tests.abuse.server import ORDERS, REPORTS, WebProcess
from tests.tokens import make_token

LIMIT = 30_000_000
SECONDS, MEGABYTES = 10, 200

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
XML = {
    "billion laughs": f'<!DOCTYPE m [<!ENTITY l0 "lol">{LAUGHS}]><MSGLST>&l9;</MSGLST>',
    "quadratic": f'<!DOCTYPE m [<!ENTITY a "{"a" * 100_000}">]><MSGLST>{"&a;" * 10_000}</MSGLST>',
    "external entity": '<!DOCTYPE m [<!ENTITY f SYSTEM "file:///etc/passwd">]><MSGLST>&f;</MSGLST>',
    "entity over HTTP": '<!DOCTYPE m [<!ENTITY f SYSTEM "http://127.0.0.1:1/">]><MSGLST>&f;</MSGLST>',
    "parameter entity": '<!DOCTYPE m [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><MSGLST/>',
    "external DTD with entities": '<!DOCTYPE m SYSTEM "file:///x" [<!ENTITY a "b">]><MSGLST/>',
    "another root": "<SESSION/>",
    "nested": "<MSGLST>" + "<a>" * 200_000,
    "attributes": "<MSGLST " + "".join(f'a{n}="b" ' for n in range(100_000)),
    "UTF-7": '<?xml version="1.0" encoding="utf-7"?><MSGLST/>',
}
DEEP = "[" * 500_000
HUGE = "9" * 5_000
JSON = {
    "deep lists": DEEP,
    "deep objects": '{"a":' * 200_000,
    "deep and closed": DEEP + "]" * 500_000,
    "a number without end": f'{{"recipients": {HUGE}}}',
    "an exponent without end": '{"recipients": 1e999999999}',
    "NaN": '{"recipients": NaN}',
    "lone surrogate": '{"subject": "\\ud800", "body": "b", "recipients": []}',
    "surrogates the wrong way round": '{"subject": "\\udc00\\ud800"}',
    "NUL": '{"subject": "a\\u0000b"}',
    "a hundred thousand names": json.dumps({f"n{n}": n for n in range(100_000)}),
    "one name a hundred thousand times": "{" + ",".join(['"subject": "a"'] * 100_000) + "}",
    "two spellings, deep": '{"subject": "a", "SUBJECT": ' + "[" * 900 + "]" * 900 + "}",
    "colliding hashes": json.dumps({str((2**61 - 1) * n): n for n in range(50_000)}),
    "a list instead": "[" + ",".join(["{}"] * 300_000) + "]",
}


def gateway() -> str:
    known = f"{settings.SMS_REPORT_USER}:{settings.SMS_REPORT_PASSWORD}"
    return f"Basic {base64.b64encode(known.encode()).decode()}"


@pytest.mark.parametrize("bomb", XML)
def test_xml_that_explodes_is_refused(web: WebProcess, bomb: str) -> None:
    before = web.megabytes()

    answers = web.ask(
        REPORTS, "POST", XML[bomb].encode(), Authorization=gateway(), Content_Type="text/xml"
    )

    assert answers.statuses == [400]
    assert b"root:" not in answers.raw
    assert answers.seconds < SECONDS
    assert web.megabytes() - before < MEGABYTES
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("bomb", JSON)
def test_json_that_explodes_is_refused(web: WebProcess, bomb: str) -> None:
    before = web.megabytes()

    answers = web.ask(
        f"{ORDERS}/email",
        "POST",
        JSON[bomb].encode(),
        Authorization=f"Bearer {make_token()}",
        Content_Type="application/json",
    )

    assert answers.statuses == [400]
    assert len(answers.raw) < 10_000
    assert answers.seconds < SECONDS
    assert web.megabytes() - before < MEGABYTES
    assert not Order.objects.exists()


def test_a_body_of_the_largest_size_that_says_nothing_costs_little(web: WebProcess) -> None:
    before = web.megabytes()

    answers = web.ask(
        f"{ORDERS}/email",
        "POST",
        b'{"subject": "' + b"x" * (LIMIT - 30) + b'"}',
        Authorization=f"Bearer {make_token()}",
        Content_Type="application/json",
    )

    assert answers.statuses == [400]
    assert answers.seconds < SECONDS
    assert web.megabytes() - before < MEGABYTES


def test_a_compressed_body_is_not_unpacked(web: WebProcess) -> None:
    answers = web.ask(
        f"{ORDERS}/email",
        "POST",
        b"\x1f\x8b\x08\x00" + b"\x00" * 100,
        Authorization=f"Bearer {make_token()}",
        Content_Type="application/json",
        Content_Encoding="gzip",
    )

    assert answers.statuses == [400]
