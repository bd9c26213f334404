"""How many runs of one job a process has at once."""

import threading
from collections.abc import Callable


class Gate:
    """Lets in as many runs as there is room for. Who finds it full need not wait: one of those
    inside looks for work once more when it is done, so that nothing that was there by then is
    left lying.
    """

    def __init__(self, room: int = 1) -> None:
        self._room = threading.Semaphore(room)
        self._again = threading.Event()

    def asked_again(self) -> bool:
        """For the job at work: whether somebody found the gate full since it last looked; it
        looks for work for them, then.
        """
        asked = self._again.is_set()
        self._again.clear()
        return asked

    def run(self, job: Callable[[], int]) -> int:
        """Run `job`, again if somebody asked meanwhile; what its runs add up to, 0 if full."""
        self._again.set()
        done = 0
        while self._again.is_set() and self._room.acquire(blocking=False):
            try:
                self._again.clear()
                done += job()
            finally:
                self._room.release()
        return done
