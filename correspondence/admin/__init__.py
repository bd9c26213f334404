"""`correspondence` in the back office, a module for each thing that staff look at."""

from correspondence.admin import attachments, bookkeeping, correspondences, events

__all__ = ["attachments", "bookkeeping", "correspondences", "events"]
