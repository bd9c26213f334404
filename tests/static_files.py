"""Finds the static files once, instead of for each browser of each test.

A test's browser has middleware of its own, made at its first request; the one that serves static
files looks at 200 of them then, which takes longer than most tests.
"""

from whitenoise.middleware import WhiteNoiseMiddleware


def install() -> None:
    """Let every middleware have the files that the first one of this process has found."""
    find = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, object] = {}

    def find_once(middleware: WhiteNoiseMiddleware) -> None:
        if not found:
            find(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    WhiteNoiseMiddleware.add_files_from_finders = find_once
