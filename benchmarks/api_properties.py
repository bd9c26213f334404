"""Schemathesis over a running platform: no 5xx, no undocumented answer, whoever asks.

`python -m benchmarks.api_properties [--requests 50000] [--seed 1] [--at-once 3]`, while
`make run` runs in another shell of the same folder and with the same `VAR_DIR`. It leaves
thousands of orders behind, so a `VAR_DIR` of its own is best.

Making requests up costs the tester three times what answering them costs the platform, and it
does so on one core: so several testers run at once, each as another caller or from another seed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notifications_platform.runtime.state import ROOT, running_environment

SCOPE = "altinn:serviceowner/notifications.create"
_ST = Path(sys.executable).with_name("st")
_SANDBOX = ("--include-path-regex", "^/sandbox")
_APIS = ("--exclude-path-regex", "^/sandbox")
_ORDERS = ("--include-path-regex", "/orders")
_CASES = ("--include-path-regex", "^/cases")
_ENROLLMENT = ("--include-path-regex", "^/enrollment")


@dataclass(frozen=True, slots=True)
class Run:
    """Who asks for how long. `token` is what `manage.py token` is told, if there is one;
    `watched_by` the same for another client, which must see nothing of it. `other_spelling`:
    with a trailing slash, and `/order/` where one order is meant.
    """

    name: str
    token: Sequence[str] = ()
    header: str = "Bearer"
    only: Sequence[str] = _APIS
    phases: str = "examples,coverage,fuzzing,stateful"
    seconds: int = 60
    watched_by: Sequence[str] = ()
    other_spelling: bool = False


_END_USER = ("--kind", "idporten", "--client", "17858230187")
_TTD = ("--client", "ttd", "--scope", SCOPE)
_DIGDIR = ("--client", "digdir", "--scope", SCOPE)
_MAIN = Run("ttd", _TTD, seconds=300)
_OTHERS = (
    Run("sandbox routes", only=_SANDBOX, phases="examples,coverage,fuzzing"),
    Run("no token", only=_ORDERS),
    Run("token without the scope", ("--client", "ttd", "--scope", "other"), only=_ORDERS),
    Run(
        "end user",
        ("--client", "17858230187", "--scope", SCOPE, "--kind", "idporten"),
        only=_ORDERS,
    ),
    Run("platform token", ("--client", "ttd", "--kind", "platform"), "PlatformAccessToken"),
    Run("ttd, watched by digdir", _TTD, only=_ORDERS, watched_by=_DIGDIR),
    Run("ttd, other spellings", _TTD, only=_ORDERS, other_spelling=True),
    Run("digdir", _DIGDIR),
    Run(
        "payer",
        ("--client", "ohi", "--scope", "ohi:enrollment.all", "--kind", "oauth"),
        "EnrollmentBearer",
        only=_ENROLLMENT,
    ),
    Run("producer", ("--client", "fager", "--kind", "entra"), "ProducerBearer", only=_CASES),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    requests: int
    failures: int
    statuses: Counter[str]
    said: str


def main() -> int:
    options = _options()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        testers = _Testers(_Platform(), Path(folder), options.at_once)
        testers.test(first_seed=options.seed, at_least=options.requests)
    minutes = (time.monotonic() - began) / 60
    print(f"\n{testers.requests} requests, {testers.failures} failures, {minutes:.0f} minutes")
    return 1 if testers.failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; each has its own")
    parser.add_argument("--at-once", type=int, default=3, help="testers at the same time")
    return parser.parse_args()


def _runs() -> Iterator[Run]:
    yield from _OTHERS
    while True:
        yield _MAIN


class _Testers:
    """Runs one after the other, so many at once, until there were requests enough."""

    def __init__(self, platform: "_Platform", folder: Path, at_once: int) -> None:
        self.requests = 0
        self.failures = 0
        self._platform = platform
        self._folder = folder
        self._at_once = at_once

    def test(self, *, first_seed: int, at_least: int) -> None:
        runs = enumerate(_runs(), first_seed)
        # It moves the clock: nobody else may be asking meanwhile.
        self._note(*self._test(*next(runs)))
        under_way: set[Future[tuple[int, Run, Outcome]]] = set()
        with ThreadPoolExecutor(self._at_once) as threads:
            for number, run in runs:
                if run is _MAIN and self.requests >= at_least:
                    break
                under_way.add(threads.submit(self._test, number, run))
                if len(under_way) == self._at_once:
                    done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                    for one in done:
                        self._note(*one.result())
            for one in under_way:
                self._note(*one.result())

    def _test(self, number: int, run: Run) -> tuple[int, Run, Outcome]:
        folder = self._folder / str(number)
        return number, run, self._platform.test(run, seed=number, folder=folder)

    def _note(self, number: int, run: Run, outcome: Outcome) -> None:
        _tell(run, number, outcome)
        self.requests += outcome.requests
        self.failures += outcome.failures


class _Platform:
    """The one that runs from this folder."""

    def __init__(self) -> None:
        self.environment = os.environ | running_environment()
        if "DATABASE_URL" not in running_environment():
            raise SystemExit("No platform runs from this folder: start one with make run.")
        names = ("PUBLIC_URL", "SMS_REPORT_USER", "SMS_REPORT_PASSWORD")
        code = f"from django.conf import settings as s; print(*[getattr(s, n) for n in {names}])"
        self.url, self.gateway, self.password = self.manage("shell", "-v0", "-c", code).split()

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout.strip()

    def test(self, run: Run, *, seed: int, folder: Path) -> Outcome:
        folder.mkdir()
        config = folder / "schemathesis.toml"
        config.write_text(self._config(run))
        done = subprocess.run(
            [
                *(_ST, "--config-file", config, "run", f"{self.url}/api/schema/"),
                *("--url", self.url, "--phases", run.phases, *run.only),
                *("--seed", str(seed), "--max-time", str(run.seconds), "--max-examples", "200"),
                *("--report", "json,ndjson", "--report-dir", folder, "--no-color"),
            ],
            cwd=folder,
            env=os.environ | self._hints(run),
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
        if run.only is _SANDBOX:
            self._reset_clock()
        return _outcome(folder, done)

    def _hints(self, run: Run) -> dict[str, str]:
        """For api_rules.py, which Schemathesis loads."""
        hints = {"PYTHONPATH": str(ROOT), "OTHER_TOKEN": self._token(run.watched_by)}
        return hints | ({"OTHER_SPELLING": "1"} if run.other_spelling else {})

    def _config(self, run: Run) -> str:
        lines = [
            'hooks = "benchmarks.api_rules"',
            "continue-on-failure = true",
            "cache.enabled = false",
            'generation.database = "none"',
        ]
        if run.token:
            key = "bearer" if run.header.endswith("Bearer") else "api_key"
            lines += [f"[auth.openapi.{run.header}]", f'{key} = "{self._token(run.token)}"']
        if run.only is _APIS:
            lines += [
                "[auth.openapi.SmsGateway]",
                f'username = "{self.gateway}"',
                f'password = "{self.password}"',
            ]
        return "\n".join(lines)

    def _token(self, who: Sequence[str]) -> str:
        return self.manage("token", *who, "--ttl", "7200") if who else ""

    def _reset_clock(self) -> None:
        request = urllib.request.Request(  # noqa: S310 - our own platform
            f"{self.url}/sandbox/api/v1/clock",
            b'{"reset": true}',
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - the same


def _outcome(folder: Path, done: subprocess.CompletedProcess[str]) -> Outcome:
    reports = {kind: next(folder.glob(f"{kind}-*"), None) for kind in ("json", "ndjson")}
    if reports["json"] is None or reports["ndjson"] is None:
        raise SystemExit(f"Schemathesis made no report:\n{done.stdout}")
    told = json.loads(reports["json"].read_text())
    failures = told["test_cases"]["unique_failures"] + len(told["errors"])
    return Outcome(
        requests=told["test_cases"]["generated"],
        failures=failures or int(done.returncode != 0),
        statuses=Counter(_statuses(reports["ndjson"])),
        said=done.stdout.partition("= FAILURES =")[2] or done.stdout,
    )


def _statuses(report: Path) -> Iterator[str]:
    with report.open() as lines:
        for line in lines:
            event: Mapping[str, Any] = json.loads(line)
            recorder = event.get("ScenarioFinished", {}).get("recorder", {})
            for interaction in recorder.get("interactions", {}).values():
                yield str((interaction.get("response") or {}).get("status_code", "no answer"))


def _tell(run: Run, seed: int, outcome: Outcome) -> None:
    statuses = "  ".join(f"{status}: {count}" for status, count in sorted(outcome.statuses.items()))
    print(f"{run.name:24} seed {seed:3}  {outcome.requests:6} requests  {statuses}", flush=True)
    if outcome.failures:
        print(outcome.said)


if __name__ == "__main__":
    sys.exit(main())
