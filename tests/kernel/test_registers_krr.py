"""Persons from KRR, asked as its documentation has it."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.conf import LazySettings
from pytest_django import DjangoAssertNumQueries
from pytest_httpserver import HTTPServer

from notifications_platform.registers import configured, tables
from notifications_platform.registers.http_service import Service
from notifications_platform.registers.krr import KRR, LONG_AGO, SCOPE
from notifications_platform.registers.lookup import Person, RegisterUnavailable
from notifications_platform.registers.maskinporten import SigningKey, Token
from notifications_platform.registers.models import Person as PersonRow
from tests.kernel.national_registers import IMPATIENT, FakeKRR, FakeMaskinporten
from tests.kernel.register_files import KARI, OLA, PER

pytestmark = pytest.mark.django_db


@pytest.fixture
def krr(httpserver: HTTPServer) -> Iterator[FakeKRR]:
    yield FakeKRR(httpserver)
    httpserver.check_assertions()


@pytest.fixture
def maskinporten(httpserver: HTTPServer) -> FakeMaskinporten:
    return FakeMaskinporten(httpserver)


def register(krr: FakeKRR, token: Token | None = None) -> KRR:
    return KRR(Service("krr", krr.url, IMPATIENT), token=token, names=tables.Persons())


def token_of(maskinporten: FakeMaskinporten) -> Token:
    service = Service("maskinporten", maskinporten.url, IMPATIENT)
    key = SigningKey.parse(maskinporten.pem)
    return Token(service, client_id="our-client", key=key, scope=SCOPE)


def test_contact_data_comes_from_krr_and_names_from_our_table(krr: FakeKRR) -> None:
    PersonRow.objects.create(national_identity_number=KARI, name="Kari", email="old@x.example")
    krr.add(
        KARI,
        epostadresse="kari@x.example",
        epostadresse_oppdatert="2016-08-05T10:45:15.768Z",
        epostadresse_sist_verifisert="2026-02-03T23:30:00+02",
        mobiltelefonnummer="90000001",
        mobiltelefonnummer_oppdatert="2025-06-29T10:14:52+02",
    )
    krr.add(OLA, reservasjon="JA", varslingsstatus="KAN_IKKE_VARSLES")
    assert register(krr).lookup([KARI, OLA]) == {
        KARI: Person(
            national_identity_number=KARI,
            name="Kari",
            email="kari@x.example",
            mobile_number="+4790000001",
            # The older of the two: nothing is sent to what nobody confirmed for long.
            contact_confirmed=date(2025, 6, 29),
        ),
        OLA: Person(national_identity_number=OLA, reserved=True),
    }


def test_whom_krr_does_not_know_is_known_by_name_or_not_at_all(krr: FakeKRR) -> None:
    PersonRow.objects.create(national_identity_number=OLA, name="Ola", email="old@x.example")
    krr.add(PER, status="SLETTET")
    assert register(krr).lookup([KARI, OLA, PER]) == {
        OLA: Person(national_identity_number=OLA, name="Ola")
    }


def test_contact_data_that_krr_calls_outdated_was_confirmed_long_ago(krr: FakeKRR) -> None:
    krr.add(KARI, epostadresse="kari@x.example", varslingsstatus="KAN_IKKE_VARSLES")
    assert register(krr).lookup([KARI])[KARI].contact_confirmed == LONG_AGO


def test_an_impossible_number_is_not_asked_for(krr: FakeKRR) -> None:
    assert register(krr).lookup(["12345678901"]) == {}
    assert krr.asked == []


def test_a_thousand_are_asked_for_at_a_time(
    krr: FakeKRR, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    numbers = _possible_numbers(1500)
    for number in numbers:
        krr.add(number, epostadresse="x@x.example")
    with django_assert_num_queries(3):
        assert len(register(krr).lookup(numbers)) == 1500
    assert [len(asked) for asked in krr.asked] == [1000, 500]


def test_what_was_just_learned_is_not_asked_again(krr: FakeKRR) -> None:
    persons = register(krr)
    krr.add(KARI, epostadresse="kari@x.example")
    assert persons.lookup([KARI, OLA]) == persons.lookup([OLA, KARI])
    assert persons.lookup([KARI, PER]).keys() == {KARI}
    assert krr.asked == [[KARI, OLA], [PER]]


def test_an_answer_with_gaps_is_asked_to_be_completed(krr: FakeKRR) -> None:
    krr.add(KARI, epostadresse="kari@x.example")
    krr.add(OLA, epostadresse="ola@x.example")
    krr.left_out_once = {OLA}
    assert register(krr).lookup([KARI, OLA]).keys() == {KARI, OLA}
    assert krr.asked == [[KARI, OLA], [OLA]]


def test_whom_krr_leaves_out_twice_is_not_known(krr: FakeKRR) -> None:
    krr.add(KARI, epostadresse="kari@x.example")
    krr.left_out = {OLA}
    assert register(krr).lookup([KARI, OLA]).keys() == {KARI}


@pytest.mark.parametrize(
    "answer",
    [
        "[]",
        "{}",
        '{"personer": null}',
        '{"personer": [{}]}',
        '{"personer": ["x"]}',
        '{"personer": [{"personidentifikator": "05909803219", "status": "NY"}]}',
        '{"personer": [{"personidentifikator": "05909803219", "status": "AKTIV"}]}',
        '{"personer": [{"personidentifikator": "05909803219", "status": "AKTIV", '
        '"reservasjon": "NEI", "kontaktinformasjon": {"epostadresse": "a@x.example", '
        '"epostadresse_oppdatert": "yesterday"}}]}',
    ],
)
def test_an_answer_of_another_form_is_never_taken_for_not_found(krr: FakeKRR, answer: str) -> None:
    krr.faults = [answer]
    persons = register(krr)
    with pytest.raises(RegisterUnavailable):
        persons.lookup([KARI])
    assert persons.lookup([KARI]) == {}


def test_a_question_without_a_token_where_none_is_configured(krr: FakeKRR) -> None:
    register(krr).lookup([KARI])
    assert krr.tokens == [None]


def test_one_token_serves_many_questions(krr: FakeKRR, maskinporten: FakeMaskinporten) -> None:
    krr.accepted = {"Bearer token-1"}
    persons = register(krr, token_of(maskinporten))
    persons.lookup([KARI])
    persons.lookup([OLA])
    (grant,) = maskinporten.grants
    assert grant["iss"] == "our-client"
    assert grant["scope"] == "krr:global/kontaktinformasjon.read"
    assert 0 < grant["exp"] - grant["iat"] <= 120
    assert len(maskinporten.headers[0]["kid"]) == 43


def test_a_token_near_its_end_is_renewed(krr: FakeKRR, maskinporten: FakeMaskinporten) -> None:
    maskinporten.expires_in = 25
    persons = register(krr, token_of(maskinporten))
    persons.lookup([KARI])
    persons.lookup([OLA])
    assert krr.tokens == ["Bearer token-1", "Bearer token-2"]


def test_a_token_that_krr_refuses_is_replaced_once(
    krr: FakeKRR, maskinporten: FakeMaskinporten
) -> None:
    krr.accepted = {"Bearer token-2"}
    krr.add(KARI, epostadresse="kari@x.example")
    persons = register(krr, token_of(maskinporten))
    assert persons.lookup([KARI]).keys() == {KARI}
    krr.accepted = set()
    with pytest.raises(RegisterUnavailable):
        persons.lookup([OLA])
    assert len(maskinporten.grants) == 3


def test_a_grant_is_never_sent_twice(krr: FakeKRR, maskinporten: FakeMaskinporten) -> None:
    maskinporten.faults = [503, 502]
    register(krr, token_of(maskinporten)).lookup([KARI])
    assert len({grant["jti"] for grant in maskinporten.grants}) == 3


@pytest.mark.parametrize("fault", [400, "[]", '{"expires_in": 100}', '{"access_token": 7}'])
def test_no_token_means_unavailable(
    krr: FakeKRR, maskinporten: FakeMaskinporten, fault: int | str
) -> None:
    maskinporten.faults = [fault]
    with pytest.raises(RegisterUnavailable):
        register(krr, token_of(maskinporten)).lookup([KARI])
    assert krr.tokens == []


def test_the_settings_choose_krr(
    krr: FakeKRR, maskinporten: FakeMaskinporten, settings: LazySettings
) -> None:
    settings.PERSONS_URL = krr.url
    settings.MASKINPORTEN_TOKEN_URL = maskinporten.url
    settings.MASKINPORTEN_CLIENT_ID = "chosen"
    settings.MASKINPORTEN_KEY = maskinporten.pem.replace("\n", "\\n")
    krr.add(KARI, mobiltelefonnummer="+4740000001")
    assert configured.persons().lookup([KARI])[KARI].mobile_number == "+4740000001"
    assert maskinporten.grants[0]["iss"] == "chosen"


def _possible_numbers(count: int) -> list[str]:
    """Numbers of the test population, with digits that hold."""

    def check(digits: str, weights: tuple[int, ...]) -> int:
        return -sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11

    found: list[str] = []
    at = 0
    while len(found) < count:
        nine = f"0181{at // 1000 + 10:02d}{at % 1000:03d}"
        first = check(nine, (3, 7, 6, 1, 8, 9, 4, 5, 2))
        second = check(f"{nine}{first}", (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) if first < 10 else 10
        if second < 10:
            found.append(f"{nine}{first}{second}")
        at += 1
    return found
