"""Finding an item by what its producer calls it: the key alone, or its merkelapp, a blank and the
key. What is stored and indexed is a digest of the two, so every reading of a search becomes one.
"""

from uuid import UUID

from cases.admin.filters import merkelapper
from cases.coordinates import koordinat


def koordinater(term: str) -> list[UUID]:
    """The coordinates that `term` may mean, a few hundred at most by the length of a search."""
    with_own_label = [
        (term[:position].rstrip(), term[position:].lstrip())
        for position, character in enumerate(term)
        if character.isspace()
    ]
    any_label = [(merkelapp, term) for merkelapp in sorted(merkelapper())]
    return [koordinat(merkelapp, key) for merkelapp, key in (*with_own_label, *any_label)]
