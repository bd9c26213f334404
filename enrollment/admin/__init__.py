"""`enrollment` in the back office, a module for each thing that staff look at."""

from enrollment.admin import (
    ahead,
    bulk_operations,
    clients,
    definitions,
    finders,
    notifications,
    policies,
    signs,
)

__all__ = [
    "ahead",
    "bulk_operations",
    "clients",
    "definitions",
    "finders",
    "notifications",
    "policies",
    "signs",
]
