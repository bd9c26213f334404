"""Requests of a sender of letters, as ready-made bytes, and receivers for them."""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.load import request
from benchmarks.platform import TOKEN_SECONDS, Platform

BASE = "/correspondence/api/v1"
RESOURCE = "ttd-letters"
_SCOPES = "altinn:correspondence.write altinn:correspondence.read"
_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
_FIRST_NUMBER = 310_900_00
_BODY = "## Vedtak\n\nDu har fått **innvilget** søknaden din.\n\n" * 10
_numbers = itertools.count()


def token(platform: Platform) -> str:
    """The service owner's, which sends."""
    return platform.manage(
        "token", "--client", "ttd", "--scope", _SCOPES, "--ttl", str(TOKEN_SECONDS)
    )


def organizations(count: int) -> list[str]:
    """So many organisation numbers with good check digits."""
    numbers = map(_with_check_digit, itertools.count(_FIRST_NUMBER))
    return list(itertools.islice((number for number in numbers if number), count))


def _with_check_digit(body: int) -> str:
    weighed = sum(int(digit) * weight for digit, weight in zip(str(body), _WEIGHTS, strict=True))
    check = -weighed % 11
    return f"{body}{check}" if check < 10 else ""


def register(platform: Platform, numbers: Sequence[str]) -> None:
    """Make them known, each with an address."""
    file = platform.folder / "receivers.json"
    _write(file, numbers)
    platform.manage("load_registers", str(file))


def _write(file: Path, numbers: Sequence[str]) -> None:
    known = [
        {
            "organizationNumber": number,
            "name": f"Receiver {number} AS",
            "emailAddresses": [f"post@{number}.bench.example"],
        }
        for number in numbers
    ]
    file.write_text(json.dumps({"organizations": known}))
    # PostgreSQL's own user does not read it, the platform's does.
    file.chmod(0o644)


def headers(token: str, content_type: str = "application/json") -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": content_type}


def letters(token: str, numbers: Sequence[str]) -> Iterator[bytes]:
    """Letters to all of them with a notification, to be published in a year."""
    while True:
        body = letter(f"bench-{next(_numbers)}", numbers)
        yield request("POST", f"{BASE}/correspondence", headers(token), json.dumps(body).encode())


def letter(reference: str, numbers: Sequence[str]) -> dict[str, Any]:
    return {
        "correspondence": {
            "resourceId": RESOURCE,
            "sendersReference": reference,
            "requestedPublishTime": "2099-01-01T12:00:00Z",
            "content": {"language": "nb", "messageTitle": "Vedtak", "messageBody": _BODY},
            "notification": {
                "notificationTemplate": "GenericAltinnMessage",
                "notificationChannel": "Email",
                "sendReminder": False,
            },
        },
        "recipients": [f"0192:{number}" for number in numbers],
    }


def read(token: str, path: str) -> bytes:
    return request("GET", f"{BASE}{path}", headers(token))
