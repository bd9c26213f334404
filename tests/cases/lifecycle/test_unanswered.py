"""A register of contact points that does not answer is asked for a day (cases contract 10)."""

from collections.abc import Collection, Mapping
from datetime import timedelta

import pytest

from cases.lifecycle.queueing import ASK_AGAIN_AFTER, ASK_FOR
from cases.models import EksterntVarsel
from notifications_platform.registers import configured
from notifications_platform.registers.lookup import Organization, RegisterUnavailable
from tests.cases.lifecycle.living import TICK, Moment, events, sweep
from tests.cases.producing import Api, altinntjeneste, beskjed

pytestmark = pytest.mark.django_db


class Silent:
    def lookup(self, numbers: Collection[str]) -> Mapping[str, Organization]:
        raise RegisterUnavailable


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configured, "organizations", Silent)


@pytest.fixture
def id(api: Api, silent: None) -> str:
    given = beskjed(eksterneVarsler=[altinntjeneste(sendetidspunkt={"sendevindu": "LOEPENDE"})])
    return str(api.done("nyBeskjed", nyBeskjed=given)["id"])


def test_a_register_that_is_silent_for_a_day_fails_the_message(
    moment: Moment, api: Api, id: str
) -> None:
    sweep()
    for passes in (ASK_AGAIN_AFTER, timedelta(hours=12), timedelta(hours=11, minutes=58)):
        moment.at += passes
        sweep()
    assert api.item(id)["eksterneVarsler"][0]["status"] == "NY"
    moment.at += ASK_AGAIN_AFTER - TICK
    sweep()
    assert "EksterntVarselFeilet" not in events(id)

    moment.at += ASK_AGAIN_AFTER
    sweep()
    varsel = EksterntVarsel.objects.get()
    assert (varsel.status, varsel.queue_at, varsel.tekst) == ("FEILET", None, "")
    assert "did not answer for 24 hours" in varsel.aarsak
    assert events(id).count("EksterntVarselFeilet") == 1
    sweep()
    assert events(id).count("EksterntVarselFeilet") == 1


def test_an_outage_of_our_own_costs_no_message(moment: Moment, api: Api, id: str) -> None:
    moment.at += 2 * ASK_FOR
    sweep()
    assert api.item(id)["eksterneVarsler"][0]["status"] == "NY"
