"""Which recipients an item has, whatever was sent (cases contract 5, 15, 17)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import inputs
from cases.errors import UgyldigInput
from cases.parsing import forms
from tests.cases.parsing import arguments as some

# Few different ones, so that they repeat.
names = st.sampled_from(["a", "b", ""])
sent_recipients = st.one_of(
    st.builds(lambda x, y: {"altinn": {"serviceCode": x, "serviceEdition": y}}, names, names),
    st.builds(lambda x: {"altinnRessurs": {"ressursId": x}}, names),
    st.builds(
        lambda x, y: {"naermesteLeder": {"naermesteLederFnr": x, "ansattFnr": y}}, names, names
    ),
)


def as_read(sent: dict[str, Any]) -> inputs.Mottaker:
    ((kind, members),) = sent.items()
    match kind:
        case "altinn":
            return inputs.AltinnMottaker(
                service_code=members["serviceCode"], service_edition=members["serviceEdition"]
            )
        case "altinnRessurs":
            return inputs.AltinnRessursMottaker(ressurs_id=members["ressursId"])
    return inputs.NaermesteLederMottaker(
        naermeste_leder_fnr=members["naermesteLederFnr"], ansatt_fnr=members["ansattFnr"]
    )


@given(st.none() | sent_recipients, st.lists(sent_recipients, max_size=12))
def test_each_recipient_comes_once_in_the_order_sent(first, others):
    sent = [*([first] if first else []), *others]
    arguments = some.ny_beskjed(mottaker=first, mottakere=others)

    if not sent:
        with pytest.raises(UgyldigInput):
            forms.ny_beskjed(arguments)
        return
    unique: list[inputs.Mottaker] = []
    for one in map(as_read, sent):
        if one not in unique:
            unique.append(one)
    assert forms.ny_beskjed(arguments).mottakere == tuple(unique)


@given(st.lists(st.booleans(), min_size=3, max_size=3))
def test_one_kind_is_told_from_none_and_several(given_kinds):
    kinds: list[dict[str, Any]] = [
        {"altinn": {"serviceCode": "1", "serviceEdition": "1"}},
        {"altinnRessurs": {"ressursId": "1"}},
        {"naermesteLeder": {"naermesteLederFnr": "1", "ansattFnr": "1"}},
    ]
    sent: dict[str, Any] = {}
    for kind, given_too in zip(kinds, given_kinds, strict=True):
        sent |= kind if given_too else dict.fromkeys(kind)

    if sum(given_kinds) == 1:
        assert len(forms.ny_sak(some.ny_sak(mottakere=[sent])).mottakere) == 1
        return
    with pytest.raises(UgyldigInput) as caught:
        forms.ny_sak(some.ny_sak(mottakere=[sent]))
    assert [problem.path for problem in caught.value.problems] == ["mottakere[0]"]
