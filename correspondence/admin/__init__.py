"""`correspondence` in the back office, a module for each thing that staff look at."""

from correspondence.admin import (
    ahead,
    attachments,
    bookkeeping,
    correspondences,
    events,
    finders,
)

__all__ = ["ahead", "attachments", "bookkeeping", "correspondences", "events", "finders"]
