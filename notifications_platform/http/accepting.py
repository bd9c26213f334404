"""What an `Accept` header makes of a media type (RFC 9110, 12.5.1)."""

from rest_framework.exceptions import NotAcceptable
from rest_framework.request import Request


def quality(accept: str, media_type: str) -> float:
    """How welcome `media_type` is: 0 to 1, by the most specific range that fits; 0: not at all.
    Without ranges everything is welcome. Parameters other than `q` are of no account.
    """
    ranges = [_weighed(item) for item in accept.split(",") if item.strip()]
    if not ranges:
        return 1.0
    family = f"{media_type.partition('/')[0]}/*"
    for wanted in (media_type, family, "*/*"):
        weights = [weight for name, weight in ranges if name == wanted]
        if weights:
            return max(weights)
    return 0.0


def names(accept: str, media_type: str) -> bool:
    """Whether it asks for just this type, not only for a range that holds it."""
    return any(_weighed(item)[0] == media_type for item in accept.split(","))


def refuse_unacceptable(request: Request, produced: str) -> None:
    """`produced`: the media type of the answer to come. Raises NotAcceptable (406)."""
    if not quality(request.headers.get("Accept", ""), produced):
        raise NotAcceptable(f"This route answers with {produced}.")


def _weighed(item: str) -> tuple[str, float]:
    """A media range and its weight. A weight that is none counts as not given."""
    name, *parameters = (part.strip().lower() for part in item.split(";"))
    for parameter in parameters:
        key, _, value = parameter.replace(" ", "").partition("=")
        if key == "q":
            return name, _weight(value)
    return name, 1.0


def _weight(text: str) -> float:
    whole, _, fraction = text.partition(".")
    if whole not in ("0", "1") or not (fraction == "" or fraction.isdecimal()):
        return 1.0
    return min(float(f"{whole}.{fraction or 0}"), 1.0)
