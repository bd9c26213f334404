"""The catalogues of what staff read in Norwegian: one for each package, and one for the theme.

`make messages` brings them up to the code: new phrases are there to be translated, those that are
gone go, and the compiled form, which is what runs, is written beside. Nothing else is needed for
it than what the tests need.
"""

import gettext
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tests.house.tree import PRODUCT, ROOT
from tests.languages.phrases import THEME, Phrase, of_package, of_theme

LANGUAGE = "nb"
# Not the day it was written: the same phrases shall give the same files.
_ALWAYS = datetime(2026, 11, 22, tzinfo=UTC)
Translation = str | tuple[str, ...]


def phrases_by_folder() -> Iterator[tuple[str, Mapping[Phrase, set[str]]]]:
    """Each folder that has a catalogue, and what belongs into it. What the kernel says is not
    said again by an app: it has one translation.
    """
    kernel = of_package(PRODUCT[0])
    yield PRODUCT[0], kernel
    theme = of_theme()
    yield THEME, {phrase: where for phrase, where in theme.items() if phrase not in kernel}
    for package in PRODUCT[1:]:
        own = of_package(package)
        yield package, {phrase: where for phrase, where in own.items() if phrase not in kernel}


def path_of(folder: str) -> Path:
    return ROOT / folder / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def translations(folder: str) -> dict[Phrase, Translation]:
    """As the readable form has them; empty where nobody has translated yet."""
    path = path_of(folder)
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalog = read_po(file, locale=LANGUAGE)
    found: dict[Phrase, Translation] = {}
    for message in catalog:
        if message.id:
            one, plural = (message.id, "") if isinstance(message.id, str) else message.id
            said = (
                message.string if isinstance(message.string, str) else tuple(message.string or "")
            )
            found[Phrase(one, plural, message.context or "")] = said
    return found


def compiled(folder: str) -> dict[object, str]:
    """As Django reads them, whatever is beside."""
    with path_of(folder).with_suffix(".mo").open("rb") as file:
        read: dict[object, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {key: text for key, text in read.items() if key}


def write_all() -> int:
    """How many phrases wait for a translation."""
    folders = [(folder, phrases) for folder, phrases in phrases_by_folder()]
    known: dict[Phrase, Translation] = {}
    for folder, _phrases in reversed(folders):
        known |= {phrase: text for phrase, text in translations(folder).items() if is_said(text)}
    return sum(_write(folder, phrases, known) for folder, phrases in folders)


def _write(
    folder: str, phrases: Mapping[Phrase, set[str]], known: Mapping[Phrase, Translation]
) -> int:
    """The readable form has every phrase, the compiled one those that are translated."""
    readable, ready = _catalog(), _catalog()
    for phrase in sorted(phrases):
        name = (phrase.text, phrase.plural) if phrase.plural else phrase.text
        where = [(file, 0) for file in sorted(phrases[phrase])]
        text = known.get(phrase, "")
        readable.add(name, text, locations=where, context=phrase.context or None)
        if text:
            ready.add(name, text, context=phrase.context or None)
    path = path_of(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, readable, width=100, include_lineno=False)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, ready)
    return sum(phrase not in known for phrase in phrases)


def _catalog() -> Catalog:
    return Catalog(
        locale=LANGUAGE,
        header_comment="# What staff read. `make messages` keeps it up to the code.",
        fuzzy=False,
        creation_date=_ALWAYS,
        revision_date=_ALWAYS,
        last_translator="the maintainers",
        language_team=LANGUAGE,
        msgid_bugs_address="the issues of the project",
        project="notifications-platform",
        version="1",
    )


def is_said(text: Translation) -> bool:
    return bool(text) and all([text] if isinstance(text, str) else text)
