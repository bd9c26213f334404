"""`Accept` that cannot be met is 406 here (correspondence contract 2)."""

from rest_framework.exceptions import NotAcceptable
from rest_framework.request import Request

JSON = "application/json"


def refuse_unacceptable(request: Request, produced: str) -> None:
    """`produced`: the media type of the answer to come. Raises NotAcceptable (406)."""
    accepted = request.headers.get("Accept", "")
    if accepted.strip() and not any(_allows(one, produced) for one in accepted.split(",")):
        raise NotAcceptable(f"This route answers with {produced}.")


def _allows(item: str, produced: str) -> bool:
    """A media range, with whatever parameters; one of weight zero is no leave."""
    accepted, *parameters = (part.strip().lower() for part in item.split(";"))
    if any(one.replace(" ", "") in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for one in parameters):
        return False
    return accepted in {"*/*", f"{produced.partition('/')[0]}/*", produced}
