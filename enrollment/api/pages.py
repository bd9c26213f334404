"""A page of a search, and the way to the others (enrollment contract 5)."""

from typing import Any
from urllib.parse import quote, urlencode

from enrollment.api import presenting
from enrollment.api.links import COLLECTION, Link, address, link
from enrollment.callers import Caller
from enrollment.searching import Page, Search


def page(found: Page, asked: Search, *, caller: Caller) -> presenting.Body:
    return presenting.without_blanks(
        {
            "items": [presenting.notification(one, caller=caller) for one in found.items],
            "offset": asked.offset,
            "limit": asked.limit,
            "count": len(found.items),
            "hasMore": found.has_more,
            "totalResults": found.total,
            "links": _links(found, asked),
        }
    )


def _links(found: Page, asked: Search) -> list[Link]:
    """They lead to the same search by GET, also from one that came in a body."""
    links = [_link("self", asked, asked.offset)]
    if asked.offset:
        links.append(_link("first", asked, 0))
        links.append(_link("prev", asked, max(asked.offset - asked.limit, 0)))
    if found.has_more:
        links.append(_link("next", asked, asked.offset + asked.limit))
    return links


def _link(rel: str, asked: Search, offset: int) -> Link:
    parameters: dict[str, Any] = {**asked.parameters, "offset": offset, "limit": asked.limit}
    query = urlencode(parameters, quote_via=quote)
    return link(rel, f"{address(f'generic/{COLLECTION}')}?{query}")
