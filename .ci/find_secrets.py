"""Looks through the files under version control for what must never be there."""

import re
import subprocess
import sys
from pathlib import Path

_KINDS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*\n[A-Za-z0-9+/=]{32}",
    "a webhook secret": r"whsec_[A-Za-z0-9+/]{24,}",
    "a signed token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "an AWS key": r"\bAKIA[0-9A-Z]{16}\b",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
    "a password in a URL": r"\b(?:postgresql|rediss?|amqps?)://[^\s:@/{}]*:[^\s@/{}\[\"']{12,}@",
}


def main() -> int:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 (git from PATH, like every developer's)
        capture_output=True,
        text=True,
        check=True,
    )
    found = [line for name in listed.stdout.split("\0") if name for line in _in_file(Path(name))]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


def _in_file(path: Path) -> list[str]:
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError):
        return []
    return [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {kind}"
        for kind, pattern in _KINDS.items()
        for match in re.finditer(pattern, text)
    ]


if __name__ == "__main__":
    sys.exit(main())
