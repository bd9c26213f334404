"""Bodies of requests to send a letter. All parties are synthetic."""

from typing import Any

ORGANIZATION = "0192:314100107"
ORGANIZATION_URN = "urn:altinn:organization:identifier-no:314100107"
PERSON = "01819590008"


def body(**letter: Any) -> dict[str, Any]:
    """The least that is needed, with `letter` over it."""
    return {
        "correspondence": {
            "resourceId": "ttd-letters",
            "sendersReference": "2031/77-3",
            "content": {"messageTitle": "Decision", "messageBody": "**Granted**"},
        }
        | letter,
        "recipients": [ORGANIZATION],
    }
