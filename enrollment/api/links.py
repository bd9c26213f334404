"""Addresses in answers: absolute, and only those that are open to this caller (contract 1, 2)."""

from typing import Any

from django.conf import settings

from enrollment.callers import Caller
from enrollment.grants import Grant
from enrollment.models import EnrollmentEventNotification
from enrollment.states import Status

COLLECTION = "enrollmenteventnotifications"
COLLECTIONS = (COLLECTION, "businesseventdefinitions", "notificationdefinitions")
_RESOURCE = "enrollmenteventnotification"
_OPERATIONS = {"cancel": Grant.CANCEL, "resend": Grant.RESEND}

Link = dict[str, Any]


def address(path: str) -> str:
    """`path` below the root of the API, without a leading slash."""
    root = settings.ENROLLMENT_API_CONTEXT_ROOT
    return "/".join(part for part in (settings.PUBLIC_URL, root, path) if part)


def link(rel: str, href: str) -> Link:
    return {"href": href, "rel": rel}


def of_notification(one: EnrollmentEventNotification, caller: Caller) -> list[Link]:
    """Clients go by an operation's link: it is there if the operation is open to them now."""
    links = [link("self", address(f"generic/{COLLECTION}/{one.pk}"))]
    if one.status != Status.FAILED or one.obsolete:
        return links
    return links + [
        link(f"{_RESOURCE}:{operation}", address(f"{COLLECTION}/{one.pk}/{operation}"))
        | {"httpMethod": "PUT"}
        for operation, grant in _OPERATIONS.items()
        if grant in caller.grants
    ]
