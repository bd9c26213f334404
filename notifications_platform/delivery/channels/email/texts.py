"""The texts of a content, cut at their placeholders: subject, body, plain-text alternative."""

import re
from dataclasses import dataclass

from notifications_platform.delivery.channels.base import Content
from notifications_platform.delivery.channels.email.alternative import plain_text
from notifications_platform.delivery.channels.email.headers import one_line
from notifications_platform.delivery.channels.placeholders import Cut, cut

# While HTML becomes text, two noncharacters stand for a placeholder: no tag, white space or
# character reference has them, so that what was one place stays one, and none is added.
_HIGH, _LOW, _BASE = 0xFDD0, 0xFDE0, 16
_STAND_IN = re.compile("([\ufdd0-\ufddf])([\ufde0-\ufdef])")
_NONCHARACTERS = dict.fromkeys(range(0xFDD0, 0xFDF0))
_MOST_NAMES = _BASE * _BASE


@dataclass(frozen=True, slots=True)
class Texts:
    """`html` is None for a plain body. Values go into it escaped, into the others as they are."""

    subject: Cut
    plain: Cut
    html: Cut | None


def texts(content: Content) -> Texts:
    """Raises ValueError for more than 256 different placeholders in an HTML body."""
    subject = cut(one_line(content.subject), content.placeholders)
    body = cut(content.body, content.placeholders)
    if content.content_type != "text/html":
        return Texts(subject, body, None)
    return Texts(subject, _alternative(body), body)


def _alternative(html: Cut) -> Cut:
    names = sorted(set(html.names))
    if len(names) > _MOST_NAMES:
        raise ValueError("too many placeholders")
    stand_ins = {
        name: chr(_HIGH + number // _BASE) + chr(_LOW + number % _BASE)
        for number, name in enumerate(names)
    }
    clean = html.map(lambda literal: literal.translate(_NONCHARACTERS))
    pieces = _STAND_IN.split(plain_text(clean.fill(stand_ins)))
    highs, lows = pieces[1::3], pieces[2::3]
    return Cut(
        tuple(pieces[::3]),
        tuple(
            names[(ord(high) - _HIGH) * _BASE + ord(low) - _LOW]
            for high, low in zip(highs, lows, strict=True)
        ),
    )
