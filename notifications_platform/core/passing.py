"""What may pass by itself, so that it is worth while to try again."""

from django.db import InterfaceError, InternalError, OperationalError

# The database is away, or this process is short of memory or file handles.
MAY_PASS = (OperationalError, InterfaceError, InternalError, OSError, MemoryError)
