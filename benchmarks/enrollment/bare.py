"""A client that does nothing but call: threads that take turns, a connection each.

    python -m benchmarks.enrollment.bare PORT CALLS CONNECTIONS

prints calls a second. In a process of its own, as a worker is.
"""

import http.client
import subprocess
import sys
import threading
import time

from notifications_platform.runtime.state import ROOT

# What a notification's body and headers come to.
_BODY = b'{"type": "enrollment.load_data", "data": {"padding": "' + b"x" * 350 + b'"}}'
_HEADERS = {
    "content-type": "application/json",
    "webhook-id": "een_1000000",
    "webhook-timestamp": "1900000000",
    "webhook-signature": "v1," + "A" * 44,
}


def rate(port: int, calls: int, connections: int) -> float:
    """Calls a second."""
    module = [sys.executable, "-m", "benchmarks.enrollment.bare"]
    told = subprocess.run(
        [*module, str(port), str(calls), str(connections)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return float(told.stdout)


def _call(port: int, calls: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for _ in range(calls):
        connection.request("POST", "/hook", body=_BODY, headers=_HEADERS)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    connection.close()


def _run(port: int, calls: int, connections: int) -> float:
    threads = [
        threading.Thread(target=_call, args=(port, calls // connections))
        for _ in range(connections)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return calls // connections * connections / (time.perf_counter() - began)


if __name__ == "__main__":
    print(_run(*map(int, sys.argv[1:4])))
