"""Run by the peer's own Python: queues so many mails, then sends them and prints the seconds.

python -m benchmarks.peer.send COUNT PROCESSES LOCK_FILE < body
"""

import sys
import time

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection

_QUEUED, _SENT = 2, 0


def main(count: int, processes: int, lock_file: str) -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    post_office = apps.get_app_config("post_office")
    emails = post_office.get_model("Email")._default_manager
    logs = post_office.get_model("Log")._default_manager
    body = sys.stdin.read()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE post_office_email CASCADE")
    emails.bulk_create(
        [
            emails.model(
                from_email="noreply@altinn.no",
                to=[f"receiver{number}@bench.example"],
                subject="Nytt brev",
                message=body,
                status=_QUEUED,
                priority=1,
            )
            for number in range(count)
        ],
        batch_size=1000,
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE post_office_email")
    connection.close()  # its processes are forked, as in a command of its own
    began = time.perf_counter()
    call_command("send_queued_mail", processes=processes, lockfile=lock_file)
    seconds = time.perf_counter() - began
    assert emails.filter(status=_SENT).count() == logs.filter(status=_SENT).count() == count
    print(seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
