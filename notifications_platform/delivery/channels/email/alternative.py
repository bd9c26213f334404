"""The plain text that goes along with an HTML body.

Its own tokens rather than `html.parser`, which takes minutes over some malformed documents of
a hundred kilobytes and stops at others; here every pattern ends at the next `<`.
"""

import re
from html import unescape

_TOKEN = re.compile(
    r"""
      (?P<comment> <!--.*?(?:-->|\Z) | <[!?][^<>]*+> )
    | <(?P<closing>/?)(?P<tag>[a-zA-Z][a-zA-Z0-9:-]*+)
      (?P<attributes>(?:[^<>"'] | "[^"<]*+" | '[^'<]*+')*+)>
    | (?P<text>[^<]++|<)
    """,
    re.VERBOSE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""\b(href|alt)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>]++))""", re.I)
# `int` refuses thousands of digits; eight are beyond Unicode already.
_DECIMAL = re.compile(r"&#(?=[0-9])0*+([0-9]*+)")
_BLANKS = re.compile(r"[ \t\r\n\f\xa0]+")
_SILENT = {"script", "style", "head", "title", "template", "noscript"}
_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre"}
_LINES = {"div", "tr", "section", "article", "header", "footer", "address", "dt", "dd", "br"}
_LONGEST = 500_000
_LINKS = ("http://", "https://", "mailto:", "tel:")


def plain_text(html: str) -> str:
    """Paragraphs, line breaks, lists and the addresses of links; no scripts, no styles. Takes
    any text, however malformed, in time that grows with its length only; what stands beyond
    half a million characters is left out: one thread writes the mail of many connections.
    """
    return _Writer().written(html[:_LONGEST])


class _Writer:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.lists: list[int | None] = []
        # The address of the link we are in, and the first of the pieces it shows.
        self.link = "", 0

    def written(self, html: str) -> str:
        position = 0
        while token := _TOKEN.match(html, position):
            position = token.end()
            if token["text"]:
                self.pieces.append(_unescaped(token["text"]))
            elif token["tag"]:
                tag = token["tag"].lower()
                if tag in _SILENT and not token["closing"]:
                    position = _after_silence(html, tag, position)
                elif token["closing"]:
                    self.close(tag)
                else:
                    self.open(tag, token["attributes"])
        return _tidied("".join(self.pieces))

    def open(self, tag: str, attributes: str) -> None:
        if tag in {"ul", "ol"}:
            self.lists.append(0 if tag == "ol" else None)
        if tag in _PARAGRAPHS and len(self.lists) < 2:
            self.pieces.append("\n\n")
        elif tag in _LINES:
            self.pieces.append("\n")
        elif tag == "li":
            self.pieces.append(f"\n{self._bullet()} ")
        elif tag in {"td", "th"}:
            self.pieces.append(" ")
        elif tag == "hr":
            self.pieces.append("\n----\n")
        elif tag == "img":
            self.pieces.append(_attribute(attributes, "alt"))
        elif tag == "a":
            self.end_link()
            self.link = _attribute(attributes, "href"), len(self.pieces)

    def close(self, tag: str) -> None:
        if tag in {"ul", "ol"} and self.lists:
            self.lists.pop()
        if tag in _PARAGRAPHS and not self.lists:
            self.pieces.append("\n\n")
        elif tag in _LINES and tag != "br":
            self.pieces.append("\n")
        elif tag == "a":
            self.end_link()

    def end_link(self) -> None:
        """The address behind a link, unless the link's own text shows it."""
        address, begins = self.link
        self.link = "", 0
        shown = address.removeprefix("mailto:").removeprefix("tel:")
        if address.lower().startswith(_LINKS) and shown not in "".join(self.pieces[begins:]):
            self.pieces.append(f" ({shown})")

    def _bullet(self) -> str:
        if not self.lists or self.lists[-1] is None:
            return "-"
        self.lists[-1] += 1
        return f"{self.lists[-1]}."


def _after_silence(html: str, tag: str, position: int) -> int:
    end = re.compile(rf"</{tag}\b[^<>]*+>", re.I).search(html, position)
    return end.end() if end else len(html)


def _attribute(attributes: str, name: str) -> str:
    for found in _ATTRIBUTE.finditer(attributes):
        if found[1].lower() == name:
            return _unescaped(found[2] or found[3] or found[4] or "").strip()
    return ""


def _unescaped(text: str) -> str:
    bounded = _DECIMAL.sub(lambda found: f"&#0{found[1][:8]}", text)
    return _BLANKS.sub(" ", unescape(bounded))


def _tidied(text: str) -> str:
    text = re.sub(r" {2,}", " ", text)
    text = text.replace(" \n", "\n").replace("\n ", "\n")
    return re.sub(r"\n{3,}", "\n\n", text).strip(" \n")
