"""Every text of ours has its Norwegian, and what runs is what can be read."""

import re
from pathlib import Path

import pytest

from tests.house.tree import PRODUCT, modules
from tests.languages import catalogues
from tests.languages.phrases import THEME, Phrase, in_python, in_template

_MEND = "run `make messages`, translate what is empty under locale/nb/, and run it again"
_VALUE = re.compile(r"\{\w*\}|%\(\w+\)[sd]|%[sd]")


def test_every_phrase_of_the_code_is_translated_and_no_other_is_kept() -> None:
    for folder, phrases in catalogues.phrases_by_folder():
        kept = catalogues.translations(folder)
        missing = sorted(phrase.text for phrase in phrases if phrase not in kept)
        unsaid = sorted(
            phrase.text for phrase, text in kept.items() if not catalogues.is_said(text)
        )
        gone = sorted(phrase.text for phrase in kept if phrase not in phrases)
        assert [missing, unsaid, gone] == [[], [], []], f"{folder}: {_MEND}"


@pytest.mark.parametrize("folder", [*PRODUCT, THEME])
def test_what_runs_is_compiled_from_what_can_be_read(folder: str) -> None:
    said: dict[object, str] = {}
    for phrase, text in catalogues.translations(folder).items():
        name = f"{phrase.context}\x04{phrase.text}" if phrase.context else phrase.text
        if isinstance(text, str):
            said[name] = text
        else:
            said |= {(name, number): one for number, one in enumerate(text)}
    assert catalogues.compiled(folder) == said, _MEND


@pytest.mark.parametrize("folder", [*PRODUCT, THEME])
def test_a_translation_has_the_values_and_the_edges_of_its_phrase(folder: str) -> None:
    for phrase, text in catalogues.translations(folder).items():
        for one in [text] if isinstance(text, str) else text:
            assert _values(one) <= _values(phrase.text) | _values(phrase.plural), phrase.text
            assert _values(phrase.text) - {"%(counter)s"} <= _values(one), phrase.text
            assert (one[:1].isspace(), one[-1:].isspace()) == (
                phrase.text[:1].isspace(),
                phrase.text[-1:].isspace(),
            ), phrase.text


def test_the_same_phrase_reads_the_same_everywhere() -> None:
    read: dict[Phrase, object] = {}
    for folder in (*PRODUCT, THEME):
        for phrase, text in catalogues.translations(folder).items():
            assert read.setdefault(phrase, text) == text, phrase.text


def test_phrases_are_found_in_code_and_pages() -> None:
    code = 'a = _("One " "and two")\nb = ngettext("{n} row", "{n} rows", n)\nc = _(name)'
    assert list(in_python(code)) == [Phrase("One and two"), Phrase("{n} row", "{n} rows")]
    page = (
        "<p>{% translate 'Find' %}</p>\n    {% blocktranslate trimmed with n=rows %}\n"
        "      {{ n }} rows\n    {% endblocktranslate %}"
    )
    assert list(in_template(page)) == [Phrase("Find"), Phrase("%(n)s rows")]


def test_no_value_stands_in_a_phrase_before_it_is_looked_up() -> None:
    """An f-string would be looked up with its values in it, and never be found."""
    lazy = re.compile(r"\b(?:_|n?gettext(?:_lazy)?)\(\s*f[\"']")
    bad = [str(path) for path in modules() if lazy.search(Path(path).read_text())]
    assert not bad


def _values(text: str) -> set[str]:
    return set(_VALUE.findall(text))
