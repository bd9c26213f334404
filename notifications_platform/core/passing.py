"""What may pass by itself, so that it is worth while to try again."""

from django.db import InterfaceError, InternalError, OperationalError

# The database is away, or this process is short of memory or file handles.
MAY_PASS = (OperationalError, InterfaceError, InternalError, OSError, MemoryError)
# SQLSTATE: connections, rolled back for another's sake, no resources, a lock that was not to be
# had in time, shut down.
_OF_THE_SERVER = ("08", "40", "53", "55P03", "57P")


def database_is_away(error: BaseException | None) -> bool:
    """Whether the database could not be reached or has no room just now.

    The driver calls it an OperationalError, too, when a statement goes beyond what the server
    can do at all: whoever sends that again gets the same again.
    """
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    return sqlstate is None or sqlstate.startswith(_OF_THE_SERVER)
