"""Organisations from Enhetsregisteret, asked as its documentation has it."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from pytest_httpserver import HTTPServer

from notifications_platform.registers import configured
from notifications_platform.registers.enhetsregisteret import Enhetsregisteret
from notifications_platform.registers.http_service import Service
from notifications_platform.registers.lookup import Organization, RegisterUnavailable
from tests.kernel.national_registers import IMPATIENT, FakeEnhetsregisteret
from tests.kernel.register_files import ALT, TWO

THREE = "310131091"
FOUR = "310131105"


@pytest.fixture
def brreg(httpserver: HTTPServer) -> Iterator[FakeEnhetsregisteret]:
    yield FakeEnhetsregisteret(httpserver)
    httpserver.check_assertions()


def register(brreg: FakeEnhetsregisteret) -> Enhetsregisteret:
    return Enhetsregisteret(Service("enhetsregisteret", brreg.url, IMPATIENT))


def test_one_main_unit(brreg: FakeEnhetsregisteret) -> None:
    brreg.add(
        ALT,
        navn="ALT AS",
        epostadresse=" post@alt.example ",
        mobil="900 00 001",
        telefon="22 00 00 00",
        hjemmeside="alt.example",
        overordnetEnhet=TWO,
    )
    assert register(brreg).lookup([ALT]) == {
        ALT: Organization(
            organization_number=ALT,
            name="ALT AS",
            email_addresses=("post@alt.example",),
            mobile_numbers=("+4790000001",),
            parent=TWO,
        )
    }
    assert brreg.asked == [f"enheter/{ALT}"]


def test_one_sub_unit_without_addresses(brreg: FakeEnhetsregisteret) -> None:
    brreg.add(ALT, sub=True, mobil="ukjent", epostadresse=None)
    assert register(brreg).lookup([ALT]) == {
        ALT: Organization(organization_number=ALT, name=f"ENHET {ALT}")
    }
    assert brreg.asked == [f"enheter/{ALT}", f"underenheter/{ALT}"]


def test_unknown_removed_and_struck_off_units_are_not_found(brreg: FakeEnhetsregisteret) -> None:
    brreg.removed = {TWO}
    brreg.add(THREE, slettedato="2024-01-31", respons_klasse="SlettetEnhet")
    organizations = register(brreg)
    for number in (ALT, TWO, THREE):
        assert organizations.lookup([number]) == {}
    assert organizations.lookup([TWO, THREE, FOUR]) == {}


def test_many_units_are_searched_for_at_once(brreg: FakeEnhetsregisteret) -> None:
    brreg.add(ALT)
    brreg.add(TWO)
    brreg.add(THREE, sub=True)
    assert register(brreg).lookup([ALT, TWO, THREE, FOUR]).keys() == {ALT, TWO, THREE}
    assert brreg.asked == ["enheter", "underenheter"]


def test_a_malformed_number_is_not_asked_for(brreg: FakeEnhetsregisteret) -> None:
    assert register(brreg).lookup(["310131076", "12", "x"]) == {}
    assert brreg.asked == []


def test_an_answer_is_kept_for_a_while_also_that_there_is_none(
    brreg: FakeEnhetsregisteret,
) -> None:
    brreg.add(ALT)
    brreg.add(TWO)
    first = register(brreg).lookup([ALT, TWO, THREE])
    brreg.asked.clear()
    assert register(brreg).lookup([THREE, TWO, ALT]) == first
    assert brreg.asked == []


def test_an_answer_that_is_cut_short_is_unavailable(brreg: FakeEnhetsregisteret) -> None:
    brreg.add(ALT)
    brreg.add(TWO)
    brreg.cut_short = True
    with pytest.raises(RegisterUnavailable):
        register(brreg).lookup([ALT, TWO])
    brreg.cut_short = False
    assert register(brreg).lookup([ALT, TWO]).keys() == {ALT, TWO}


@pytest.mark.parametrize("answer", ["[]", "{}", '"x"', "7", '{"_embedded": {}, "page": {}}'])
def test_a_search_of_another_form_is_never_taken_for_not_found(
    brreg: FakeEnhetsregisteret, answer: str
) -> None:
    brreg.faults = [answer]
    with pytest.raises(RegisterUnavailable):
        register(brreg).lookup([ALT, TWO])


@pytest.mark.parametrize("answer", ["[]", "{}", '"x"', '{"organisasjonsnummer": "310131075"}'])
def test_a_unit_of_another_form_is_never_taken_for_not_found(
    brreg: FakeEnhetsregisteret, answer: str
) -> None:
    brreg.faults = [answer]
    with pytest.raises(RegisterUnavailable):
        register(brreg).lookup([ALT])


@pytest.mark.parametrize("suffix", ["", "/enhetsregisteret/api"])
def test_the_settings_choose_enhetsregisteret(
    brreg: FakeEnhetsregisteret, settings: LazySettings, suffix: str
) -> None:
    settings.ORGANIZATIONS_URL = brreg.url.rstrip("/") + suffix
    brreg.add(ALT)
    assert configured.organizations().lookup([ALT]).keys() == {ALT}
