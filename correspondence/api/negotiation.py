"""`Accept` that cannot be met is 406 here (correspondence contract 2)."""

import re
from collections.abc import Iterator

from rest_framework.exceptions import NotAcceptable
from rest_framework.request import Request

JSON = "application/json"
_NOTHING = re.compile(r"q\s*=\s*0(\.0{0,3})?")


def refuse_unacceptable(request: Request, produced: str) -> None:
    """`produced`: the media type of the answer to come. Raises NotAcceptable (406).

    Of the ranges that cover it the most specific one decides, whatever their order (RFC 9110,
    12.5.1); weight zero is no leave.
    """
    accepted = request.headers.get("Accept", "")
    if not accepted.strip():
        return
    ranges = ["*/*", f"{produced.partition('/')[0]}/*", produced]
    said = [(ranges.index(name), leave) for name, leave in _items(accepted) if name in ranges]
    if not max(said, default=(0, False))[1]:
        raise NotAcceptable(f"This route answers with {produced}.")


def _items(accepted: str) -> Iterator[tuple[str, bool]]:
    for item in accepted.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        yield name, not any(_NOTHING.fullmatch(one) for one in parameters)
