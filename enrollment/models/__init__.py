"""Tables of enrollment."""

from enrollment.models.bulk_operations import BulkOperation
from enrollment.models.definitions import BusinessEventDefinition, NotificationDefinition
from enrollment.models.notifications import EnrollmentEventNotification, NotificationHistory
from enrollment.models.policies import PolicyEnrollmentEvent, PolicyState
from enrollment.models.registers import EnrollmentClient

__all__ = [
    "BulkOperation",
    "BusinessEventDefinition",
    "EnrollmentClient",
    "EnrollmentEventNotification",
    "NotificationDefinition",
    "NotificationHistory",
    "PolicyEnrollmentEvent",
    "PolicyState",
]
