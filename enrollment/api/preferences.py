"""What a caller would rather have: `Prefer` (RFC 7240). What is not understood is passed over."""

from rest_framework.request import Request
from rest_framework.response import Response


class Preferences:
    """Those of a request; what was taken up is told in the answer."""

    def __init__(self, header: str) -> None:
        self._wanted: dict[str, str] = {}
        self._taken: list[str] = []
        for preference in header.split(","):
            # Parameters behind a semicolon belong to preferences that nobody knows here.
            name, _, value = preference.partition(";")[0].partition("=")
            self._wanted.setdefault(name.strip().lower(), value.strip().strip('"').lower())

    @classmethod
    def of(cls, request: Request) -> "Preferences":
        return cls(request.headers.get("Prefer", ""))

    def take(self, name: str, value: str = "") -> bool:
        """Whether it is wanted so."""
        wanted = self._wanted.get(name) == value
        if wanted:
            self._taken.append(f"{name}={value}" if value else name)
        return wanted

    def applied_to(self, answer: Response) -> Response:
        if self._taken:
            answer["Preference-Applied"] = ", ".join(self._taken)
        return answer
