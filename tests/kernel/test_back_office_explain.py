"""Why a message was not sent, in words (delivery/explain.py). Pure: no database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifications_platform.core.ids import uuid7
from notifications_platform.core.windows import Window
from notifications_platform.delivery.explain import Circumstances, Tone, explain
from notifications_platform.delivery.models import Attempt, Message, Provider, Stop
from notifications_platform.delivery.states import Channel, Reason, Result, State

NOW = datetime(2031, 3, 4, 11, 0, tzinfo=UTC)  # noon in Oslo
EVENING = datetime(2031, 3, 4, 20, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SMTP = Provider(channel=Channel.EMAIL, name="smtp:mail.example")


def message(state: State = State.QUEUED, **fields: Any) -> Message:
    fields = {
        "channel": Channel.EMAIL,
        "client": "ttd",
        "created_at": NOW - HOUR,
        "state_at": NOW - HOUR,
        "not_before": NOW - HOUR,
    } | fields
    return Message(id=uuid7(), state=state, **fields)


def attempt(result: Result, answer: str = "", number: int = 1) -> Attempt:
    return Attempt(number=number, at=NOW - HOUR, worker="host:7:1", result=result, answer=answer)


def found(one: Message, **around: Any) -> list[str]:
    return [sentence.code for sentence in sentences(one, **around)]


def sentences(one: Message, **around: Any) -> list[Any]:
    defaults: dict[str, Any] = {"now": NOW, "real": NOW, "providers": [SMTP]}
    return explain(one, Circumstances(**defaults | around))


def test_it_waits_for_its_time() -> None:
    (sentence,) = sentences(message(not_before=NOW + HOUR))
    assert (sentence.code, sentence.until) == ("waiting_for_its_time", NOW + HOUR)
    assert "2031-03-04 13:00:00 (Oslo)" in sentence.text


def test_it_waits_for_its_hours() -> None:
    window = Window.parse("9-17")
    opening = window.next_opening(EVENING)
    for one in (message(not_before=opening), message()):
        (sentence,) = sentences(one, now=EVENING, window=window)
        assert (sentence.code, sentence.until) == ("outside_hours", opening)
        assert "2031-03-05 09:00:00 (Oslo)" in sentence.text


def test_its_next_attempt_is_planned() -> None:
    greylisted = attempt(Result.TRANSIENT, "451 greylisted")
    (sentence,) = sentences(message(not_before=NOW + HOUR, attempts=1), attempts=[greylisted])
    assert (sentence.code, sentence.until) == ("retry_planned", NOW + HOUR)
    assert "Attempt 1" in sentence.text
    assert "451 greylisted" in sentence.text


def test_its_provider_is_paused() -> None:
    paused = Provider(
        name="smtp:mail.example", paused_until=NOW + HOUR, last_answer="421 busy", failures=3
    )
    (sentence,) = sentences(message(), providers=[paused])
    assert (sentence.code, sentence.until) == ("provider_paused", NOW + HOUR)
    assert "421 busy" in sentence.text


def test_its_provider_is_switched_off() -> None:
    off = Provider(
        name="smtp:mail.example",
        switched_off=True,
        switched_off_by="olga",
        switched_off_because="Spam run.",
    )
    (sentence,) = sentences(message(), providers=[off])
    assert sentence.code == "provider_switched_off"
    assert "olga: Spam run." in sentence.text


def test_a_provider_that_can_be_used_hides_another_that_cannot() -> None:
    paused = Provider(name="other", paused_until=NOW + HOUR)
    assert found(message(), providers=[paused, SMTP]) == ["in_line"]


def test_a_pause_that_is_over_is_no_obstacle() -> None:
    paused = Provider(name="smtp:mail.example", paused_until=NOW - HOUR, failures=1)
    assert found(message(), providers=[paused]) == ["in_line"]


def test_no_provider_is_set_up() -> None:
    assert found(message(), providers=[]) == ["no_provider"]


def test_its_client_is_stopped() -> None:
    stop = Stop(client="ttd", by="olga", because="Flooding.", since=NOW - HOUR)
    (sentence,) = sentences(message(), stop=stop)
    assert (sentence.code, sentence.tone) == ("client_stopped", Tone.BAD)
    assert "olga" in sentence.text
    assert "Flooding." in sentence.text


def test_everything_in_its_way_is_named() -> None:
    stop = Stop(client="ttd", by="olga", because="Flooding.", since=NOW - HOUR)
    assert found(message(not_before=NOW + HOUR), stop=stop) == [
        "client_stopped",
        "waiting_for_its_time",
    ]


def test_it_stands_in_line() -> None:
    assert found(message()) == ["in_line"]
    (sentence,) = sentences(message(), attempts=[attempt(Result.NOT_TRIED, "421")])
    assert "before its turn came" in sentence.text


def test_its_time_ran_out_but_its_grace_has_not() -> None:
    late = message(expires_at=NOW - HOUR, lapses_at=NOW + HOUR)
    (sentence,) = sentences(late)
    assert (sentence.code, sentence.until) == ("out_of_time", NOW + HOUR)


def test_a_worker_has_it() -> None:
    claimed = message(State.CLAIMED, attempts=1, lease_until=NOW + HOUR, lease_holder="host:7:1")
    (sentence,) = sentences(claimed)
    assert (sentence.code, sentence.until) == ("being_sent", NOW + HOUR)
    assert "host:7:1" in sentence.text


def test_its_worker_is_lost() -> None:
    claimed = message(State.CLAIMED, attempts=1, lease_until=NOW - HOUR)
    assert found(claimed) == ["worker_lost"]


def test_leases_follow_the_systems_time() -> None:
    claimed = message(State.CLAIMED, attempts=1, lease_until=NOW + HOUR)
    assert found(claimed, now=NOW + 9 * HOUR, real=NOW) == ["being_sent"]


def test_an_attempt_of_a_dead_worker_stays_in_doubt() -> None:
    doubtful = attempt(Result.UNKNOWN)
    assert found(message(attempts=1), attempts=[doubtful]) == ["in_line", "attempt_unknown"]
    sent = message(State.SENT, attempts=2, final_at=NOW, provider="smtp:mail.example")
    second = attempt(Result.SENT, number=2)
    assert found(sent, attempts=[doubtful, second]) == ["sent", "attempt_unknown"]


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_of_a_failure_is_put_into_words(reason: Reason) -> None:
    failed = message(State.FAILED, reason=reason, final_at=NOW)
    (sentence,) = sentences(failed)
    assert (sentence.code, sentence.tone) == (reason.value, Tone.BAD)


def test_a_failure_names_the_providers_answer() -> None:
    failed = message(State.FAILED, reason=Reason.BOUNCED, final_at=NOW)
    (sentence,) = sentences(failed, attempts=[attempt(Result.PERMANENT, "550 no such user")])
    assert "550 no such user" in sentence.text


@pytest.mark.parametrize(
    ("fields", "attempts", "words"),
    [
        ({}, [], "without any attempt"),
        ({"attempts": 4}, [attempt(Result.TRANSIENT, "451 later")], "after 4 attempts"),
        (
            {"provider": "pswin:gw", "provider_reference": "r-1"},
            [attempt(Result.SENT)],
            "no delivery report came before it expired",
        ),
    ],
)
def test_an_expiry_tells_how_far_it_came(
    fields: dict[str, Any], attempts: list[Attempt], words: str
) -> None:
    expired = message(
        State.FAILED, reason=Reason.EXPIRED, final_at=NOW, expires_at=NOW - HOUR, **fields
    )
    (sentence,) = sentences(expired, attempts=attempts)
    assert words in sentence.text


def test_what_went_out_is_said_to_have_gone_out() -> None:
    provider = {"provider": "pswin:gw"}
    assert found(message(State.SENT, final_at=NOW, **provider)) == ["sent"]
    assert found(message(State.DELIVERED, final_at=NOW, **provider)) == ["delivered"]
    awaiting = message(State.SENT, lapses_at=NOW + HOUR, **provider)
    (sentence,) = sentences(awaiting)
    assert (sentence.code, sentence.until) == ("awaiting_report", NOW + HOUR)
    assert {one.tone for one in sentences(awaiting)} == {Tone.GOOD}


def test_a_cancelled_message_says_so() -> None:
    assert found(message(State.CANCELLED)) == ["cancelled"]


def test_no_sentence_holds_personal_data() -> None:
    private = {"address": "kari@demo.example", "recipient": "person:17858230187"}
    for state in State:
        reason = {"reason": Reason.BOUNCED} if state == State.FAILED else {}
        text = str(sentences(message(state, final_at=NOW, **private, **reason)))
        assert "kari" not in text
        assert "17858230187" not in text
