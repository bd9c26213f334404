"""What a caller may do, one grant per integration point (enrollment contract 8)."""

from collections.abc import Collection
from enum import StrEnum

ALL = "ohi:enrollment.all"


class Grant(StrEnum):
    """The scope that carries it. No grant implies another."""

    CANCEL = "ohi:enrollment.notifications.cancel"
    RESEND = "ohi:enrollment.notifications.resend"
    READ = "ohi:enrollment.notifications.read"
    EVENTS = "ohi:enrollment.events.write"
    POLICIES = "ohi:enrollment.policies.write"
    DEFINITIONS = "ohi:enrollment.definitions.write"


PERMISSIONS = {
    Grant.CANCEL: "enrollment.cancel_notification",
    Grant.RESEND: "enrollment.resend_notification",
    Grant.READ: "enrollment.view_enrollmenteventnotification",
    Grant.EVENTS: "enrollment.add_policyenrollmentevent",
    Grant.POLICIES: "enrollment.change_policystate",
    Grant.DEFINITIONS: "enrollment.change_notificationdefinition",
}


def granted(scopes: Collection[str], ceiling: Collection[str]) -> frozenset[Grant]:
    """What a token's `scopes` allow under the register's `ceiling`; an empty one is none."""
    allowed = _expanded(scopes)
    return allowed & _expanded(ceiling) if ceiling else allowed


def _expanded(scopes: Collection[str]) -> frozenset[Grant]:
    if ALL in scopes:
        return frozenset(Grant)
    return frozenset(grant for grant in Grant if grant.value in scopes)
