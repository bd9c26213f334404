"""Mobile numbers and e-mail addresses of external messages (cases contract 5, 17)."""

import re
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cases.errors import UgyldigInput
from cases.parsing import forms
from cases.parsing.texts import is_email
from tests.cases.parsing import arguments as some

eight_digits = st.from_regex(r"[49][0-9]{7}", fullmatch=True)


def read(message: dict[str, object]) -> str:
    new = forms.ny_beskjed(some.ny_beskjed(eksterneVarsler=[message]))
    return new.eksterne_varsler[0].adresse


@given(eight_digits, st.sampled_from(["", "+47", "0047"]))
def test_a_norwegian_mobile_is_known_however_it_is_written(number, prefix):
    assert read(some.sms(prefix + number)) == f"+47{number}"


@given(st.text(alphabet="+0123456789٤९ \n", max_size=14))
@example("99887766\n")
@example("+4799887766 ")
@example("٩٩٨٨٧٧٦٦")
@example("4799887766")
@example("+46701234567")
def test_no_other_text_is_one(text):
    assume(not re.fullmatch(r"(\+47|0047)?[49][0-9]{7}", text))

    with pytest.raises(UgyldigInput):
        read(some.sms(text))


letters = st.characters(categories=["Lu", "Ll", "Lt", "Lm", "Lo"])
locals_ = st.text(st.one_of(letters, st.sampled_from("0123456789._%+-")), min_size=1, max_size=20)
domains = st.text(st.one_of(letters, st.sampled_from("0123456789.-")), min_size=1, max_size=20)
tops = st.text(letters, min_size=2, max_size=8)


@given(locals_, domains, tops)
@example("kari.nordmann+x%_-", "næringsliv", "no")
@example("田中", "例え", "テスト")
def test_an_address_may_have_letters_of_any_script(local, domain, top):
    address = f"{local}@{domain}.{top}"

    assert read(some.epost(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "a.no",
        "@b.no",
        "a@",
        "a@b",
        "a@.no",
        "a@b.n",
        "a@b.n0",
        "a@b.no.",
        "a@b@c.no",
        "a b@c.no",
        " a@b.no",
        "a@b.no ",
        "a@b.no\n",
        "a\r\n@b.no",
        "a@b_c.no",
        "a@b%c.no",
        "a!@b.no",
        '"a"@b.no',
        "Kari <a@b.no>",
        "a@b.no,c@d.no",
        "²@b.no",
        "٣@b.no",
        "a@٣.no",
        "a\u030a@b.no",
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(UgyldigInput):
        read(some.epost(text))


@given(locals_, domains, st.data())
def test_any_other_sign_within_spoils_an_address(local, domain, data):
    address = f"{local}@{domain}.no"
    sign = data.draw(st.characters().filter(_is_foreign))
    place = data.draw(st.integers(0, len(address)))

    assert is_email(address)
    assert not is_email(address[:place] + sign + address[place:])


def _is_foreign(char: str) -> bool:
    letter = unicodedata.category(char).startswith("L")
    return not letter and char not in "0123456789.-_%+"
