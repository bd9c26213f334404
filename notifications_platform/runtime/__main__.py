"""`make run`: the whole platform on this machine, until Ctrl-C."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext
from types import FrameType
from typing import NamedTuple

from notifications_platform.core.windows import Window
from notifications_platform.runtime.alone import only_supervisor
from notifications_platform.runtime.banner import Banner
from notifications_platform.runtime.demo import Demo, DemoStopped
from notifications_platform.runtime.demo_case import PRODUCER, CaseDemo
from notifications_platform.runtime.demo_enrollment import CLIENTS_TOKEN, EnrollmentDemo
from notifications_platform.runtime.demo_letter import (
    RECIPIENTS_TOKEN,
    SENDERS_TOKEN,
    LetterDemo,
)
from notifications_platform.runtime.failure import StepError, with_full_disk
from notifications_platform.runtime.leftovers import end_leftovers
from notifications_platform.runtime.output import Output
from notifications_platform.runtime.plan import make_plan
from notifications_platform.runtime.ports import PortBook
from notifications_platform.runtime.run import Run
from notifications_platform.runtime.servers import Servers
from notifications_platform.runtime.state import ROOT, var_directory
from notifications_platform.runtime.variables import platform_variables

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ORDERS_TOKEN = (
    *("token", "--client", "ttd"),
    *("--scope", "altinn:serviceowner/notifications.create"),
)
_PRODUCERS_TOKEN = ("token", "--client", PRODUCER, "--kind", "entra")
_DEFAULT_SMS_HOURS = "9-17"


def supervise(output: Output) -> None:
    """Bring the platform up, show it and keep it up until a signal. Raises StepError."""
    var = var_directory()
    with only_supervisor(var):
        end_leftovers()
        ports = PortBook(var / "run" / "ports.json")
        plan = make_plan(ROOT, var, os.environ, ports)
        run = Run(plan, Servers(var, platform_variables(os.environ), ports=ports), output)
        _on_signals(_interrupt)
        try:
            run.come_up()
            _present(run, output)
            run.keep_up()
        except StepError as error:
            raise with_full_disk(error, var) from error
        finally:
            _on_signals(run.hurry)
            with output.step("Stopping everything") if run.has_started() else nullcontext():
                run.go_down()


class _Logins(NamedTuple):
    """What `sandbox_staff` says, and the demo's tokens."""

    staff: str
    orders: str
    producer: str
    sender: str
    recipient: str
    client: str


def _present(run: Run, output: Output) -> None:
    if not run.plan.sandbox:
        Banner(run.plan.public_url, sandbox=False).show(output, run.web)
        return
    try:
        logins = _logins(run)
    except StepError as error:
        output.line(f"  --  Demo skipped: {error}")
        Banner(run.plan.public_url, sandbox=True).show(output, run.web)
        return
    sak = ""
    if run.plan.own_sinks:
        _show_demo(run, output, logins.orders)
        sak = _show_case(run, output, logins.producer)
        _show_letter(run, output, logins)
    failed = _show_enrollment(run, output, logins.client)
    Banner(
        run.plan.public_url,
        sandbox=True,
        staff=logins.staff,
        token=logins.orders,
        sak=sak,
        failed=failed,
    ).show(output, run.web)


def _logins(run: Run) -> _Logins:
    """Raises StepError."""
    tokens = (_ORDERS_TOKEN, _PRODUCERS_TOKEN, SENDERS_TOKEN, RECIPIENTS_TOKEN, CLIENTS_TOKEN)
    return _Logins(
        *run.manage_all(
            ("sandbox_staff",), *tokens, step="Making the demo logins", mend="see the lines below"
        )
    )


def _show_demo(run: Run, output: Output, token: str) -> None:
    hours = Window.hours(run.plan.settings.get("ORDERS_SMS_HOURS", _DEFAULT_SMS_HOURS))
    try:
        with output.step("Demo"):
            Demo(run.web, output, hours).show(token)
    except (DemoStopped, OSError, ValueError, KeyError) as error:
        output.line(f"  --  Demo: {error}")


def _show_case(run: Run, output: Output, token: str) -> str:
    """The id of the demo's sak; empty when there is none."""
    try:
        with output.step("Demo of a case"):
            return CaseDemo(run.web, output).show(token)
    except (DemoStopped, OSError, ValueError, KeyError) as error:
        output.line(f"  --  Demo of a case: {error}")
        return ""


def _show_letter(run: Run, output: Output, logins: _Logins) -> None:
    try:
        with output.step("Demo of a letter"):
            LetterDemo(run.web, output).show(logins.sender, logins.recipient)
    except (DemoStopped, OSError, ValueError, KeyError) as error:
        output.line(f"  --  Demo of a letter: {error}")


def _show_enrollment(run: Run, output: Output, token: str) -> int:
    """The id of the notification that failed; 0 when there is none."""
    try:
        with output.step("Demo of webhooks"):
            return EnrollmentDemo(run.web, output, run.plan.public_url).show(token)
    except (DemoStopped, OSError, ValueError, KeyError) as error:
        output.line(f"  --  Demo of webhooks: {error}")
        return 0


def _interrupt() -> None:
    raise KeyboardInterrupt


def _on_signals(act: Callable[[], None]) -> None:
    def handle(_number: int, _frame: FrameType | None) -> None:
        act()

    for number in _ENDING:
        signal.signal(number, handle)


def main() -> int:
    output = Output()
    try:
        supervise(output)
    except StepError as error:
        output.line(f"\n{error}")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
