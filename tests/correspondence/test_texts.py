"""Plain texts, and Markdown without HTML (correspondence contract 4.2)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correspondence.texts import is_markdown, is_plain_text, not_markdown, not_plain


def place_of(fragment):
    assert fragment is not None
    return fragment.place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Vedtak om byggesak, 1.234 kr & 5 < 6 > 4",
        "- item",
        "* item *em* _em_ `code` \\ #404",
        "1. item",
        "#nothing",
        "a # b",
        "a > b",
        "a <b",
        "<3 and <- and x<y",
        "\u00a0 irregular\t white   space ",
        "[1] (see)",
        "[a] [b]",
        "see [a](",
        "](u)",
        "\\[a](u)",
        "<https://example.com>",
        "<kari@example.com>",
        "a\n\n\nb",
    ],
)
def test_plain_texts(text):
    assert is_plain_text(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("<b>", "line 1, character 1"),
        ("a </b>", "line 1, character 3"),
        ("a<br>b", "line 1, character 2"),
        ("`<b>`", "line 1, character 2"),
        ("<!-- x -->", "line 1, character 1"),
        ("<a href='x>y'\nb>", "line 1, character 1"),
        ("# a", "line 1, character 1"),
        ("a\r\n###### b", "line 2, character 1"),
        ("a\r> b", "line 2, character 1"),
        ("see [t](u)", "line 1, character 5"),
        ("![t](u 'title')", "line 1, character 2"),
        ("[a [b] c](u)", "line 1, character 1"),
        ("[t](<u v>)", "line 1, character 1"),
        ("x [y] [t](u) <b>", "line 1, character 7"),
    ],
)
def test_texts_that_are_not_plain(text, place):
    assert place_of(not_plain(text)) == place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Heading\n\n> quotation\n\n[link](https://example.com) ![image](a.png)",
        "a < b and c > d, <3, <- x",
        "a <b c",
        "line<br>line<BR/>line<br />line",
        "<https://example.com/a?b=c> <mailto:a@example.com> <kari@example.com>",
        "code `<b>` and ``<i>`</i>``",
        "code over `two\n<b>` lines",
        "    <b>indented</b>",
        "\t<b>indented</b>",
        "a\n\n    <b>\n\n    </b>\n",
        "```html\n<b>\n```",
        "~~~\n<b>\n```\n<i>\n~~~",
        "```\n<b> never closed",
        "````\n```\n<b>\n````",
        "- item\n  ```\n  <b>\n  ```\n- item",
        "1. item\n\n       <b>indented in an item</b>",
        "> ```\n> <b>\n> ```",
        "> - ```\n>   <b>",
        "\\<b>",
        "&lt;b&gt;",
        "# `<b>`",
        "| a | `<b>` |\n|---|---|",
        "[link](https://example.com/a_(b)) and `<b>`",
        '[link](https://example.com "title") and `<b>`',
        "<b\n\n>",
    ],
)
def test_markdown_without_html(text):
    assert is_markdown(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("<b>", "line 1, character 1"),
        ("a </b>", "line 1, character 3"),
        ("a <b\nclass='c'> d", "line 1, character 3"),
        ("<br class='x'>", "line 1, character 1"),
        ("<!-- x -->", "line 1, character 1"),
        ("a <!-- x\n-->", "line 1, character 3"),
        ("<?php ?>", "line 1, character 1"),
        ("<!DOCTYPE html>", "line 1, character 1"),
        ("<div\nonclick", "line 1, character 1"),
        ("<script", "line 1, character 1"),
        ("# <b>", "line 1, character 3"),
        ("- a\n- <b>", "line 2, character 3"),
        ("> a\n<b>", "line 2, character 1"),
        # What only looks like code.
        ("`a` <b> `c`", "line 1, character 5"),
        ("`a\n\n<b>`", "line 3, character 1"),
        ("\\`<b>`", "line 1, character 3"),
        ("``<b>`", "line 1, character 3"),
        ("a\n    <b>", "line 2, character 5"),
        ("- a\n\n    <b>", "line 3, character 5"),
        ("-\t<b>", "line 1, character 3"),
        ("```\na\n```\n<b>", "line 4, character 1"),
        ("```\na\n~~~\n```\n<b>", "line 5, character 1"),
        ("``` `\n<b>", "line 2, character 1"),
        ("- ```\n<b>\n```", "line 2, character 1"),
        ("> ```\n<b>\n```", "line 2, character 1"),
        ("    ```\n<b>\n```", "line 2, character 1"),
        ("a `b\n# c\n<b>`", "line 3, character 1"),
        ("a `b\n---\n<b>`", "line 3, character 1"),
        ("[a](`b)<b>`", "line 1, character 8"),
        ("[a]: `b\n<b>`", "line 2, character 1"),
        ("<br>\n`<b>`", "line 2, character 2"),
        ("<br>\n\\<b>", "line 2, character 2"),
        ("<http://`> <b>`", "line 1, character 12"),
        ("> <br>\n<br>\n`<b>`", "line 3, character 2"),
        ("1. a\n2. `b\n3. <b>`", "line 3, character 4"),
        ("a\r\n\r\n<b>", "line 3, character 1"),
        ("<script>" + "x" * 99_000, "line 1, character 1"),
        ("> " * 50 + "a", "line 1, character 1"),
    ],
)
def test_markdown_with_html(text, place):
    assert place_of(not_markdown(text)) == place


_PIECES = [
    *("<b>", "</b>", "<b", "<a b='", "'>", "<br>", "<!--", "-->", "<https://a.b>", "<a@b.c>"),
    *("`", "``", "```", "~~~", "\n", "\n\n", "    ", " ", "\t", "> ", "- ", "1. ", "# ", "---"),
    *("a", "[", "](", "]:", ")", '"', "\\", "=", ">", "<div", "æ"),
]
_TEXTS = st.lists(st.sampled_from(_PIECES), max_size=12).map("".join)
_WITHOUT = st.text(st.characters(exclude_characters="<", exclude_categories=["Cs"]), max_size=60)


@given(_TEXTS)
def test_every_text_is_read_and_html_after_all_is_html(text):
    assert isinstance(is_plain_text(text), bool)
    if is_markdown(text):
        assert is_markdown(text.replace("\n", "\r\n"))
        assert not is_markdown("<b>\n\n" + text)


@given(_WITHOUT)
def test_without_an_angle_bracket_there_is_no_html(text):
    assert is_markdown(text)


@given(_TEXTS)
def test_any_text_may_stand_indented_or_in_a_fence(text):
    lines = text.split("\n")
    assert is_markdown("\n".join("    " + line for line in lines))
    assert is_markdown("`````\n" + text + "\n`````\n\nafter")


@given(_WITHOUT, st.sampled_from(["<b>", "</b>", "<i a='b' c>", "<!-- x -->", "<script>"]))
def test_a_tag_in_a_paragraph_of_its_own_is_found_and_its_place_told(before, tag):
    # Lines that would make a fence, a list or code of it are another matter.
    before = "".join(one for one in before if one.isalnum() or one == "\n")

    for text in (f"{before}\n\nx {tag} y", f"{before}\n\nx <br> {tag}"):
        line, character = _numbers(place_of(not_markdown(text)))
        assert text.split("\n")[line - 1][character - 1 :].startswith(tag)


def _numbers(place):
    _, line, _, character = place.split()
    return int(line.rstrip(",")), int(character)


_HOSTILE = [
    *("<", "`", "[", "![", "]", ">", "> ", "- ", "\\", "\n", "\t", "<!--", "<?", "<a ", "a <b"),
    *("<a b='", '<a b="', "<a b='\"<c d=\"'", "[a](", "[a](<b", "[x](y ", '[x](y "', "](a(b)"),
    *("<a@", "<http:", "```\n", "` `` ", "- - -", "* ", "_", "#", "1.", "1. ", "<br ", "<a\n"),
    *("[a]: b\n", "a\n===\n", "~", "<a" + " b" * 50, "<br" + " " * 300, "  a\n", "<a b" + " " * 99),
]


@pytest.mark.parametrize("piece", _HOSTILE)
def test_hostile_texts_take_no_longer_than_others(piece):
    text = piece * (30_000 // len(piece))

    started = time.process_time()
    not_markdown(text)
    not_plain(text)

    # A quadratic reading takes more than ten seconds.
    assert time.process_time() - started < 2


def test_runs_of_backticks_of_all_lengths_take_no_longer_than_others():
    text = "".join("`" * length + "a" for length in range(1, 244))

    started = time.process_time()
    assert is_markdown(text)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "lines", ["> " * 20 + "\n", "\n", "- " * 20 + "a\n", "    " * 20 + "- a\n"]
)
def test_deep_nesting_takes_no_longer_than_other_texts(lines):
    text = "- " * 20 + "a\n" + lines * (30_000 // len(lines))

    started = time.process_time()
    not_markdown(text)
    assert time.process_time() - started < 2
