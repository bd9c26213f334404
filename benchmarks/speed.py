"""`make bench`: every benchmark once, in a few minutes. Each module alone takes options."""

import time

from benchmarks import accept, deliver
from benchmarks.report import RESULTS, tell


def main() -> None:
    began = time.monotonic()
    for finding in accept.measure(rounds=3, seconds=3):
        tell(finding)
    for workers, rounds in ((1, 3), (2, 2)):
        for finding in deliver.measure(workers=workers, rounds=rounds, orders=10):
            tell(finding)
    print(f"{time.monotonic() - began:.0f} s; one line of JSON each in {RESULTS}")


if __name__ == "__main__":
    main()
