"""Where HTML begins in a text, by CommonMark's definition of raw HTML. Linear in the text."""

import re

_NAME = re.compile(r"<[A-Za-z][A-Za-z0-9-]*+")
_END = re.compile(r"\s*+/?>")
_ATTRIBUTE = re.compile(
    r"\s++[A-Za-z_:][A-Za-z0-9_.:-]*+"
    r"(?:\s*+=\s*+(?:[^\s\"'=<>`]++|'[^']*+'|\"[^\"]*+\"))?"
)
_CLOSING = re.compile(r"</[A-Za-z][A-Za-z0-9-]*+\s*+>")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_LINK = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\x00-\x20<>]*+>")
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAIL = re.compile(rf"<[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]++@{_LABEL}(?:\.{_LABEL})*+>")
# Comment, processing instruction, declaration, CDATA: how each begins and what ends it.
_OTHERS = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"))
_DECLARATION = re.compile(r"<![A-Za-z]")


class TagFinder:
    """Of one text. Remembers where attempts have failed, so that no stretch is read twice."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._dead: set[int] = set()
        self._last = {end: text.rfind(end) for _, end in (*_OTHERS, ("<!", ">"))}

    def begins_at(self, at: int) -> bool:
        """Whether a tag, a comment or another piece of HTML begins at this `<`."""
        if self._text.startswith("</", at):
            return bool(_CLOSING.match(self._text, at))
        return self._is_other(at) or self._is_open_tag(at)

    def _is_other(self, at: int) -> bool:
        for begin, end in _OTHERS:
            if self._text.startswith(begin, at):
                # `<!-->` and `<!--->` are comments too.
                return self._last[end] >= at + 2
        return bool(_DECLARATION.match(self._text, at)) and self._last[">"] > at

    def _is_open_tag(self, at: int) -> bool:
        name = _NAME.match(self._text, at)
        place = name.end() if name else None
        while place is not None and place not in self._dead:
            if _END.match(self._text, place):
                return True
            self._dead.add(place)
            attribute = _ATTRIBUTE.match(self._text, place)
            place = attribute.end() if attribute else None
        return False


def line_break_at(text: str, at: int) -> int:
    """Where a `<br>` that begins here ends; 0 if there is none."""
    found = _BREAK.match(text, at)
    return found.end() if found else 0


def address_at(text: str, at: int) -> int:
    """Where a `<https://…>` or `<mail@…>` that begins here ends; 0 if there is none."""
    found = _LINK.match(text, at) or _MAIL.match(text, at)
    return found.end() if found else 0
