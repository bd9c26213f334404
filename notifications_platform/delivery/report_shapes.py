"""The gateway's delivery reports in the served schema (delivery contract 4)."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse

_TEXT = {"type": "string"}


def _list_of(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "xml": {"name": "MSGLST"},
        "properties": {"MSG": {"type": "array", "items": {"type": "object", **message}}},
    }


REPORTS = _list_of(
    {
        "properties": {
            "ID": {**_TEXT, "description": "What the answer refers to."},
            "REF": {**_TEXT, "description": "The gateway's reference, given when it took the SMS."},
            "RCV": {**_TEXT, "examples": ["4799999999"]},
            "STATE": {
                **_TEXT,
                "description": "DELIVRD, EXPIRED, DELETED, UNDELIV, UNKNOWN, REJECTD, FAILED, NULL"
                " or BARRED. Another state is kept and changes nothing.",
                "examples": ["DELIVRD"],
            },
            "DELIVERYTIME": {
                **_TEXT,
                "description": "Norwegian time.",
                "examples": ["2031.03.04 09:15:23"],
            },
        }
    }
)
AS_TEXT = {**_TEXT, "description": "The same XML."}
TAKEN = OpenApiResponse(
    _list_of({"properties": {"ID": _TEXT, "STATUS": {"const": "OK"}}}), "Every report was taken."
)
