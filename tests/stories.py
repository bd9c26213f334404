"""What a page of the back office tells: its headline and its timeline, as a reader hears them."""

import re
from html import unescape

_MOMENT = re.compile(r'<li class="bo-moment ([^"]*)">(.*?)(?=<li class="bo-moment |</ol>)', re.S)
_SPOKEN = re.compile(r"<[^>]+>")
_ICON = re.compile(r'<span class="material-symbols-outlined[^>]*>[^<]*</span>')


def headline(html: str) -> str:
    """The sentence in large letters, with the next step."""
    found = re.search(r'<p class="bo-headline[^>]*>(.*?)</p>', html, re.S)
    assert found, "no headline"
    return _spoken(found[1])


def story(html: str) -> list[str]:
    """Each moment in the order of the page, those below others included."""
    return [_spoken(body) for _tone, body in _MOMENT.findall(html)]


def links(html: str) -> list[str]:
    """Where the moments lead."""
    return re.findall(r'href="([^"]+)"', "".join(body for _tone, body in _MOMENT.findall(html)))


def order_of(html: str, *words: str) -> list[int]:
    """At what place of the story each of these is told; each must be."""
    told = story(html)
    places = []
    for word in words:
        found = [place for place, moment in enumerate(told) if word in moment]
        assert found, f"{word!r} is not told in {told}"
        places.append(found[0])
    return places


def _spoken(html: str) -> str:
    return " ".join(unescape(_SPOKEN.sub(" ", _ICON.sub("", html))).split())
