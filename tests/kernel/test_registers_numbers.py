"""National numbers, and telephone numbers as registers write them (orders contract 7.3)."""

import pytest

from notifications_platform.core.numbers import (
    is_national_identity_number,
    is_organization_number,
    register_mobile_number,
)


@pytest.mark.parametrize(
    "number",
    [
        "05909803219",  # the national test population: month + 80
        "17858230187",
        "45909803202",  # a D-number of it: day + 40
        "01010750160",  # nothing added
    ],
)
def test_numbers_that_can_have_been_issued(number: str) -> None:
    assert is_national_identity_number(number)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "05909803218",  # the last check digit
        "05909803229",  # the first one
        "31909803219",  # 31 October is a day, but the digits do not hold
        "00000000000",  # digits hold, no such day
        "0590980321",
        "059098032190",
        " 05909803219",
        "05909803219\n",
        "٠٥٩٠٩٨٠٣٢١٩",
    ],
)
def test_numbers_that_cannot(number: str) -> None:
    assert not is_national_identity_number(number)


def test_the_test_population_can_be_refused() -> None:
    assert not is_national_identity_number("05909803219", synthetic=False)
    assert is_national_identity_number("01010750160", synthetic=False)


@pytest.mark.parametrize("number", ["991825827", "310131075", "310000043"])
def test_organisation_numbers(number: str) -> None:
    assert is_organization_number(number)


@pytest.mark.parametrize(
    "number", ["", "991825828", "99182582", "9918258270", "99182582X", "991 825 827"]
)
def test_no_organisation_numbers(number: str) -> None:
    assert not is_organization_number(number)


def test_test_organisations_can_be_refused() -> None:
    assert not is_organization_number("310131075", synthetic=False)
    assert is_organization_number("991825827", synthetic=False)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("+4740000001", "+4740000001"),
        ("004740000001", "+4740000001"),
        ("40000001", "+4740000001"),
        ("900 00 001", "+4790000001"),
        (" +47 40 00 00 01 ", "+4740000001"),
        ("+233242426224", "+233242426224"),
    ],
)
def test_register_numbers_become_e164(written: str, meant: str) -> None:
    assert register_mobile_number(written) == meant


@pytest.mark.parametrize(
    "written", ["", "22000000", "4740000001", "+4750000004", "ukjent", "4000000"]
)
def test_register_numbers_of_no_use_count_as_absent(written: str) -> None:
    assert register_mobile_number(written) == ""
