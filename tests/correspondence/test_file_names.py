"""What files may be called, and how they are served (correspondence contract 5.2)."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correspondence.errors import BusinessError
from correspondence.file_names import check_file_name, content_disposition, file_type

OCTETS = "application/octet-stream"


def broken(name):
    try:
        check_file_name(name)
    except BusinessError as error:
        return error.number
    return None


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("a.pdf", None),
        ("Vedtak æøå.PDF", None),
        ("archive.tar.zip", None),
        (".pdf", None),
        ("", 2010),
        (" \t", 2010),
        ("a", 2013),
        ("a.exe", 2013),
        ("a.pdf.exe", 2013),
        ("a<b.exe", 2013),
        ("a.pdf ", 2013),
        ("a/b.pdf", 2012),
        ("..\\a.pdf", 2012),
        ("a\x00.pdf", 2012),
        ("a\n.pdf", 2012),
        ("con/.pdf", 2012),
        ("CON.pdf", 2021),
        ("com1.x.pdf", 2021),
        ("lpt9.txt", 2021),
        ("com0.pdf", None),
        ("console.pdf", None),
        ("a.con.pdf", None),
    ],
)
def test_the_rules_of_names_in_their_order(name, number):
    assert broken(name) == number


@pytest.mark.parametrize("character", '<>:"/\\|?*\x01\x1f')
def test_no_name_holds_these(character):
    assert broken(f"a{character}.pdf") == 2012


@pytest.mark.parametrize(
    ("name", "data_type", "served", "inline"),
    [
        ("a.PDF", "application/pdf", "application/pdf", True),
        ("a.jpeg", "image/jpeg", "image/jpeg", True),
        ("a.bmp", "image/bmp", "image/bmp", True),
        ("a.csv", "text/csv", "text/csv; charset=utf-8", False),
        ("a.html", "text/html", "text/html; charset=utf-8", False),
        ("a.json", "application/json", "application/json", False),
        ("a.xml", "text/xml", "application/xml", False),
        ("a.dicom", "application/dicom", "application/dicom", False),
        ("a.zip", "application/zip", OCTETS, False),
        ("a.pps", "application/vnd.ms-powerpoint", OCTETS, False),
        (
            "a.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            OCTETS,
            False,
        ),
    ],
)
def test_the_extension_says_how_a_file_is_served(name, data_type, served, inline):
    found = file_type(name)

    assert found is not None
    assert (found.data_type, found.served, found.inline) == (data_type, served, inline)


def test_a_name_stands_in_the_header_as_utf_8():
    header = content_disposition("Vedtak nr. 1.pdf", inline=True)

    assert header == "inline; filename*=UTF-8''Vedtak%20nr.%201.pdf"


@given(st.text(st.characters(exclude_categories=["Cs"])), st.booleans())
def test_no_name_can_break_the_header_and_every_name_can_be_read_back(name, inline):
    header = content_disposition(name, inline=inline)
    kind, _, written = header.partition("; filename*=UTF-8''")

    assert kind == ("inline" if inline else "attachment")
    assert written.isascii()
    assert not set(written) & set(" \r\n\";,'")
    assert unquote(written) == name


@given(st.text())
def test_whatever_passes_has_a_known_type(name):
    assert broken(name) is not None or file_type(name) is not None
