"""What the texts of a letter may hold (correspondence contract 4.2). Linear in the text."""

import re
from dataclasses import dataclass

from correspondence import markdown
from correspondence.tags import TagFinder

_HEADING_OR_QUOTE = re.compile(r"^(?:#{1,6} |> )", re.MULTILINE)
_BRACKET = re.compile(r"\\.|[\[\]]", re.DOTALL)
_TARGET = re.compile(
    r"\]\(\s*+(?!\))(?:<[^<>\r\n]*+>|[^\s()]*+(?:\([^\s()]*+\)[^\s()]*+)*+)"
    r"(?:\s++(?:\"[^\"]*+\"|'[^']*+'|\([^()]*+\)))?\s*+\)"
)
_LINE_END = re.compile(r"\r\n?")
RECIPIENT_NAME = "{{recipientName}}"
# What a `<` is followed by where it may begin HTML.
HTML_BEGINS = re.compile(r"<(?=[A-Za-z/!?])")
_LINK_TARGET_BEGINS = re.compile(r"\](?=\()")


@dataclass(frozen=True, slots=True)
class Fragment:
    """The first piece of a text that is not allowed: where it begins, and what it is."""

    place: str
    what: str


def is_plain_text(text: str) -> bool:
    return not_plain(text) is None


def is_markdown(text: str) -> bool:
    return not_markdown(text) is None


def not_plain(text: str) -> Fragment | None:
    """Why a text is not plain: HTML, a heading, a quotation, an inline link or image."""
    text = _LINE_END.sub("\n", text)
    found = [one for one in (_html(text), _heading(text), _link(text)) if one is not None]
    if not found:
        return None
    at, what = min(found)
    line = text.rfind("\n", 0, at) + 1
    return _fragment(text.count("\n", 0, at) + 1, at - line + 1, what)


def not_markdown(text: str) -> Fragment | None:
    """Why a text is no Markdown without HTML. `<br>` is allowed."""
    found = markdown.first_html(_LINE_END.sub("\n", text))
    return _fragment(found.line, found.character, found.what) if found else None


def _fragment(line: int, character: int, what: str) -> Fragment:
    return Fragment(f"line {line}, character {character}", what)


def with_name(text: str, name: str) -> str:
    """The text for a recipient of this name."""
    return text.replace(RECIPIENT_NAME, as_inserted(name)) if RECIPIENT_NAME in text else text


def as_inserted(name: str) -> str:
    """A name as it may stand in a checked text: it brings neither HTML, nor a link, nor a line
    of its own.
    """
    name = HTML_BEGINS.sub("< ", " ".join(name.split()))
    return _LINK_TARGET_BEGINS.sub("] ", name)


def _html(text: str) -> tuple[int, str] | None:
    finder = TagFinder(text)
    at = text.find("<")
    while at >= 0:
        if finder.begins_at(at):
            return at, "HTML"
        at = text.find("<", at + 1)
    return None


def _heading(text: str) -> tuple[int, str] | None:
    found = _HEADING_OR_QUOTE.search(text)
    if found is None:
        return None
    return found.start(), "a quotation" if found[0].startswith(">") else "a heading"


def _link(text: str) -> tuple[int, str] | None:
    opened: list[int] = []
    for bracket in _BRACKET.finditer(text):
        if bracket[0] == "[":
            opened.append(bracket.start())
        elif bracket[0] == "]" and opened:
            at = opened.pop()
            if _TARGET.match(text, bracket.start()):
                return at, "a link or image"
    return None
