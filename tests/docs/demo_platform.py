"""The platform as a reader of the examples has it: demo registers, sinks, workers, a clock."""

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from string import Template
from typing import Any

import pytest
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client as Browser

from cases import tasks as cases
from correspondence import tasks as letters
from notifications_platform.delivery import tasks as delivery
from notifications_platform.delivery.models import Receipt
from notifications_platform.delivery.states import Channel
from notifications_platform.http.outbound import Answer as ConditionAnswer
from notifications_platform.sandbox.models import PendingReport
from orders import conditions, tasks
from tests.docs.examples import Answer, Call, Event, Step, Token
from tests.docs.likeness import differences
from tests.kernel.sinks import eventually


def manage(*arguments: str) -> str:
    """What the manage.py command prints."""
    output = io.StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue().strip()


def let_workers_run() -> None:
    """Whatever is due goes out, and comes back as reports."""
    letters.scan()
    letters.publish()
    tasks.sweep_due()
    cases.sweep()
    delivery.sweep()
    for channel in Channel:
        delivery.drain(str(channel))
    eventually(lambda: not PendingReport.objects.exists())
    letters.check_deliveries()
    assert not Receipt.objects.filter(settled_at__isnull=True).exists()


@dataclass
class Reader:
    """Does what a page says, step by step, and notes where the platform answers otherwise.

    `$ID` is the orderId of the last receipt, as the pages say; other names are tokens. A call
    that names no Authorization is made with `$TOKEN`.
    """

    monkeypatch: pytest.MonkeyPatch
    names: dict[str, str] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    response: Any = None
    browser: Browser = field(default_factory=lambda: Browser(raise_request_exception=False))

    def follow(self, steps: Sequence[Step]) -> int:
        """How many answers were compared."""
        for step in steps:
            match step:
                case Token():
                    self.names[step.name] = manage(*step.arguments)
                case Call():
                    self.response = self._call(step)
                case Answer():
                    self.found += [f"line {step.line}: {what}" for what in self._compared(step)]
                case Event():
                    self._happen(step.what)
        return sum(isinstance(step, Answer) for step in steps)

    def _call(self, call: Call) -> Any:
        headers = {"Authorization": "Bearer $TOKEN", "Content-Type": "application/json"}
        sent = {name: self._filled(value) for name, value in (headers | dict(call.headers)).items()}
        content_type = sent.pop("Content-Type")
        response: Any = self.browser.generic(
            call.method,
            self._filled(call.path),
            self._filled(call.body),
            content_type,
            headers=sent,
        )
        if response.streaming:
            response = HttpResponse(
                response.getvalue(), status=response.status_code, headers=dict(response.items())
            )
        if made := re.search(r'"orderId":"([^"]+)"', response.content.decode()):
            self.names["ID"] = made[1]
        return response

    def _compared(self, answer: Answer) -> list[str]:
        real, found = self.response, []
        if real.status_code != answer.status:
            found.append(f"status {real.status_code} instead of {answer.status}: {real.content}")
        for name, documented in self._filled_all(answer.headers).items():
            found += differences(documented, real.headers.get(name), name)
        found += differences(*self._bodies(self._filled(answer.body), real))
        return found

    def _bodies(self, documented: str, real: Any) -> tuple[Any, Any]:
        text = real.content.decode()
        if "json" not in real.headers.get("Content-Type", ""):
            return documented, text
        # A number that differs from run to run.
        documented = re.sub(r"(?<=[:\[] )…(?=[,}\]\s])", '"…"', documented)
        return json.loads(documented or "null"), json.loads(text or "null")

    def _happen(self, what: str) -> None:
        words = what.split(" ", 1)
        _EVENTS[words[0]](self, *words[1:])

    def _filled(self, text: str) -> str:
        return Template(text).safe_substitute(self.names)

    def _filled_all(self, texts: Mapping[str, str]) -> dict[str, str]:
        return {name: self._filled(text) for name, text in texts.items()}

    def keep(self, what: str) -> None:
        """`NAME path.of.members`: what the answer has there goes by that name from now on. Without
        a path, the answer itself does.
        """
        name, _, path = what.partition(" ")
        found: Any = json.loads(self.response.content)
        for member in filter(None, path.split(".")):
            found = found[int(member)] if isinstance(found, list) else found[member]
        self.names[name] = found

    def owner_answers(self, body: str) -> None:
        """The owner of the condition endpoint says this from now on."""
        answer = ConditionAnswer(status=200, headers={}, body=body.encode(), truncated=False)
        self.monkeypatch.setattr(conditions, "request", lambda *_, **__: answer)


_EVENTS: Mapping[str, Callable[..., None]] = {
    "workers": lambda _reader: let_workers_run(),
    "keep": Reader.keep,
    "owner-answers": Reader.owner_answers,
}
