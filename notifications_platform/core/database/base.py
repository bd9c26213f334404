"""Django's PostgreSQL backend with a cheap answer to "is this connection still alive?".

Django asks at the first query of each request, by a query of its own. A server that went away
closes its end, which the system tells for nothing; only a connection on which something
waits is asked the expensive way.
"""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return not waiting.poll(0) or super().is_usable()
