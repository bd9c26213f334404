"""Whom the message of an Altinn service reaches (cases contract 10)."""

from collections.abc import Collection, Mapping

import pytest

from cases.models import EksterntVarsel
from cases.varsler import altinntjeneste
from cases.varsler.queueing import Contacts, title_of_altinntjeneste
from notifications_platform.delivery.states import Channel
from notifications_platform.registers import configured
from notifications_platform.registers.lookup import Organization, RegisterUnavailable
from tests.cases.producing import ORG
from tests.cases.varsler.reachable import contact_point, organization

pytestmark = pytest.mark.django_db

MAIN = "974760673"
OTHER = "310131113"


def varsel(number: str = ORG) -> EksterntVarsel:
    return EksterntVarsel(virksomhetsnummer=number, service_code="5441", service_edition="1")


def reached(number: str = ORG) -> Contacts:
    one = varsel(number)
    return altinntjeneste.look_up([one])[one.id]


def by_email(*addresses: str) -> Contacts:
    return Contacts(Channel.EMAIL, list(addresses))


def by_sms(*addresses: str) -> Contacts:
    return Contacts(Channel.SMS, list(addresses))


@pytest.mark.parametrize(
    ("resources", "is_reached"),
    [
        ([], True),
        (["5441:1"], True),
        (["some-resource", "5441:1"], True),
        (["5441:2"], False),
        (["5441"], False),
        (["some-resource"], False),
    ],
)
def test_a_contact_point_is_reached_without_a_filter_or_with_one_for_the_service(
    resources: list[str], is_reached: bool
) -> None:
    organization(parent=MAIN)
    contact_point("kari@demo.example", resources=resources)
    assert reached().addresses == (["kari@demo.example"] if is_reached else [])


def test_the_main_units_official_addresses_are_reached_the_units_own_are_not() -> None:
    organization(emails=["unit@demo.example"], parent=MAIN)
    organization(MAIN, emails=["main@demo.example"])
    contact_point("kari@demo.example")
    assert reached() == by_email("kari@demo.example", "main@demo.example")


def test_what_users_registered_with_the_main_unit_is_not_meant() -> None:
    organization(parent=MAIN)
    organization(MAIN)
    contact_point("leder@demo.example", number=MAIN)
    assert reached().addresses == []


def test_a_main_unit_is_reached_at_its_own_official_addresses() -> None:
    organization(emails=["main@demo.example"])
    assert reached() == by_email("main@demo.example")


def test_mobiles_are_reached_where_there_is_no_email_address_at_all() -> None:
    organization(parent=MAIN)
    organization(MAIN, mobiles=["+4740000003"])
    contact_point(mobile="+4740000001")
    contact_point(mobile="+4740000002")
    assert reached() == by_sms("+4740000001", "+4740000002", "+4740000003")

    contact_point("kari@demo.example", "+4740000004")
    assert reached() == by_email("kari@demo.example")


def test_an_address_registered_twice_gets_the_message_once() -> None:
    organization(emails=["POST@demo.example"])
    contact_point("post@demo.example")
    contact_point("Post@demo.example")
    assert reached() == by_email("post@demo.example")


def test_an_unknown_organization_has_nobody() -> None:
    assert reached("910825518").addresses == []


class Silent:
    """A register that answers nothing about some of the numbers."""

    def __init__(self, *numbers: str) -> None:
        self.numbers = set(numbers)
        self.asked = 0

    def lookup(self, numbers: Collection[str]) -> Mapping[str, Organization]:
        self.asked += 1
        if self.numbers & set(numbers):
            raise RegisterUnavailable
        return {
            number: Organization(
                organization_number=number, email_addresses=(f"{number}@demo.example",)
            )
            for number in numbers
        }


def test_an_organization_that_the_register_is_silent_about_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(configured, "organizations", lambda: Silent(OTHER))
    good, bad = varsel(), varsel(OTHER)
    assert altinntjeneste.look_up([good, bad]) == {good.id: by_email(f"{ORG}@demo.example")}


def test_a_register_that_is_down_is_not_asked_about_each_of_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbers = [f"{number:09}" for number in range(100)]
    register = Silent(*numbers)
    monkeypatch.setattr(configured, "organizations", lambda: register)
    assert altinntjeneste.look_up([varsel(number) for number in numbers]) == {}
    assert register.asked <= 4


def test_any_number_of_messages_takes_as_many_statements(
    django_assert_num_queries: object,
) -> None:
    organization(parent=MAIN)
    with django_assert_num_queries(3):  # type: ignore[operator]
        altinntjeneste.look_up([varsel() for _ in range(50)])


@pytest.mark.parametrize(
    ("tittel", "title"),
    [
        ("Ny oppgave", "Ny oppgave. "),
        ("Ny oppgave.", "Ny oppgave. "),
        ("Ny oppgave. ", "Ny oppgave. "),
        ("Ny oppgave ... ", "Ny oppgave. "),
        ("Kl. 12", "Kl. 12. "),
        ("Hva nå?", "Hva nå?. "),
    ],
)
def test_a_title_ends_in_a_full_stop_and_a_blank_once(tittel: str, title: str) -> None:
    assert title_of_altinntjeneste(tittel) == title
