"""How long an SMS is (delivery contract 4, orders contract 8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications_platform.delivery.channels.sms.gsm7 import measure


@pytest.mark.parametrize(
    ("text", "parts", "ucs2"),
    [
        ("", 1, False),
        ("a" * 160, 1, False),
        ("a" * 161, 2, False),
        ("a" * 268, 2, False),
        ("a" * 269, 3, False),
        ("æøåÆØÅ£@Δ\n" * 16, 1, False),
        ("€" * 80, 1, False),
        ("€" * 80 + "a", 2, False),
        ("€" * 134, 2, False),
        ("ê" * 70, 1, True),
        ("ê" * 71, 2, True),
        ("ê" * 134, 2, True),
        ("ê" * 135, 3, True),
        ("😀" * 35, 1, True),
        ("😀" * 36, 2, True),
        ("`", 1, True),
        ("\t", 1, True),
    ],
)
def test_parts(text, parts, ucs2):
    measured = measure(text)
    assert (measured.text, measured.parts, measured.ucs2) == (text, parts, ucs2)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a" * 3000, "a" * 2144),
        ("€" * 1100, "€" * 1072),
        ("a" + "€" * 1100, "a" + "€" * 1071),
        ("ê" * 1100, "ê" * 1072),
        ("😀" * 600, "😀" * 536),
        ("ê" + "😀" * 600, "ê" + "😀" * 535),
    ],
)
def test_beyond_sixteen_parts_is_cut_between_characters(text, kept):
    measured = measure(text)
    assert (measured.text, measured.parts) == (kept, 16)


@given(st.text(max_size=3000))
def test_what_is_kept_is_the_beginning_and_fits(text):
    measured = measure(text)
    assert text.startswith(measured.text)
    assert 1 <= measured.parts <= 16
    if measured.ucs2:
        units = len(measured.text.encode("utf-16-be", "surrogatepass")) // 2
        assert units <= 16 * 67
    again = measure(measured.text)
    assert again.text == measured.text
