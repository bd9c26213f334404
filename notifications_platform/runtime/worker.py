"""A worker of `make run`: Celery's own, without its command line.

That line alone takes 7 MB of each process; `celery -A notifications_platform worker` does the
same with the same options.
"""

import argparse

from celery.concurrency import get_implementation
from celery.utils.nodenames import default_nodename, host_format

from notifications_platform.celery import app


def main() -> int:
    """The exit code, once a signal has stopped it and its last work is done."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--queues", required=True)
    options.add_argument("--hostname", required=True, help="worker@%%h: %%h is the machine's name")
    options.add_argument("--concurrency", type=int, required=True, help="threads")
    given = options.parse_args()
    worker = app.Worker(
        queues=given.queues,
        hostname=host_format(default_nodename(given.hostname)),
        concurrency=given.concurrency,
        pool_cls=get_implementation("threads"),
        loglevel="warning",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


if __name__ == "__main__":
    raise SystemExit(main())
