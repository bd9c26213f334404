"""One run of the platform: everything it started, how that is kept up and taken down."""

import json
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Sequence

from notifications_platform.runtime.commands import manage, run_step
from notifications_platform.runtime.failure import StepError, explained
from notifications_platform.runtime.keeper import Keeper
from notifications_platform.runtime.output import Output
from notifications_platform.runtime.plan import Plan
from notifications_platform.runtime.processes import signal_group
from notifications_platform.runtime.servers import Servers
from notifications_platform.runtime.services import Running, planned_services
from notifications_platform.runtime.state import State, clear_state, write_state
from notifications_platform.runtime.web_client import WebClient

DEMO_REGISTERS = "notifications_platform/sandbox/demo_registers.json"
_SERVER_URLS = ("DATABASE_URL", "REDIS_URL", "BROKER_URL")
_READY_SECONDS = 90
_WEB_DEATHS = 3
_PAUSE = 0.2
_SERVER_PAUSE = 5.0


class Run:
    """Call everything from the main thread: children die with the thread that started them."""

    def __init__(self, plan: Plan, servers: Servers, output: Output) -> None:
        self.plan = plan
        self.web = WebClient(plan.address, plan.public_url)
        self._keeper = Keeper()
        self._servers = servers
        self._output = output
        self._environment = plan.environment({})
        self._services: list[Running] = []
        self._server_due_at = 0.0

    def manage(self, *arguments: str, step: str, mend: str) -> str:
        """What a manage.py command prints, in the children's environment. Raises StepError."""
        return manage(
            arguments, step=step, mend=mend, root=self.plan.root, environment=self._environment
        )

    def manage_all(self, *commands: Sequence[str], step: str, mend: str) -> list[str]:
        """What each command prints; one process runs them all. Raises StepError."""
        printed = self.manage("in_one_process", *map(shlex.join, commands), step=step, mend=mend)
        return list(json.loads(printed))

    # --- up ---------------------------------------------------------------------------------
    def come_up(self) -> None:
        """Everything up to a platform that is ready. Raises StepError."""
        if not self.plan.sandbox:
            self._check_settings()  # the sandbox requires none; a bad one shows while migrating
        self._start_servers()
        self._migrate()
        self._start_services()
        self._load()
        with self._output.step("Platform ready"):
            self._wait_until_ready()

    def _check_settings(self) -> None:
        with self._output.step("Settings"):
            self.manage("check", step="Checking the settings", mend="correct that variable")

    def _start_servers(self) -> None:
        given = [name for name in _SERVER_URLS if name in self.plan.settings]
        if given:
            with self._output.step(" and ".join(given)):
                self._python(
                    ["-m", "notifications_platform.runtime.outside"],
                    "Reaching the given servers",
                    "correct their URLs",
                )
        for server in self._servers.embedded():
            with self._output.step(f"{server.name} on 127.0.0.1"):
                server.start()
        self._environment = self.plan.environment(self._servers.urls())
        self._note()

    def _migrate(self) -> None:
        with self._output.step("Database up to date"):
            self.manage(
                *("migrate", "--no-input", "--verbosity", "0"),
                step="Migrating the database",
                mend="see the lines below",
            )

    def _load(self) -> None:
        registers = self.plan.settings.get("REGISTERS_FILE", "")
        if not registers and self.plan.sandbox:
            registers = DEMO_REGISTERS
        if registers:
            with self._output.step("Registers"):
                self.manage(
                    *("load_registers", registers),
                    step=f"Loading the registers of {registers}",
                    mend="correct the file, or REGISTERS_FILE",
                )

    def _start_services(self) -> None:
        with explained("Starting the platform's processes"):
            metrics = self.plan.var / "run" / "metrics"
            shutil.rmtree(metrics, ignore_errors=True)
            metrics.mkdir(parents=True)
            for service in planned_services(self.plan.settings, sinks=self.plan.own_sinks):
                running = Running(service, self.plan.root, self._output)
                self._services.append(running)
                running.start(self._environment)
                self._note()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while (trouble := self._trouble()) and time.monotonic() < deadline:
            self.look_after()
            self._give_up_on_dying_web()
            time.sleep(_PAUSE)
        if trouble:
            raise StepError("Waiting for /health/ready", trouble, "see the lines above")

    def _trouble(self) -> str:
        """Why the platform is not ready; empty when it is."""
        try:
            answer = self.web.request("GET", "/health/ready", seconds=5)
        except OSError as error:
            return f"the web server does not answer ({error})"
        text = answer.body.decode(errors="replace")[:300]
        return "" if answer.status == 200 else f"it answers {answer.status}: {text}"

    def _give_up_on_dying_web(self) -> None:
        web = next(running for running in self._services if running.service.name == "web")
        if web.restarts >= _WEB_DEATHS:
            raise StepError(
                "Starting the web server", "it ends again and again", "see its lines", web.tail()
            )

    # --- kept up ----------------------------------------------------------------------------
    def keep_up(self) -> None:
        """Restart whatever ends, until a signal raises KeyboardInterrupt."""
        while True:
            self.look_after()
            time.sleep(_PAUSE)

    def look_after(self) -> None:
        """One look at everything that should be alive."""
        self._look_after_servers()
        restarted = [running.look_after(self._environment) for running in self._services]
        if any(restarted):
            self._note()

    def _look_after_servers(self) -> None:
        for server in self._servers.embedded():
            if server.is_running() or time.monotonic() < self._server_due_at:
                continue
            try:
                with self._output.step(f"{server.name} had ended: started again"):
                    server.start()
            except StepError as error:
                self._output.line(f"  !!  {error}")
                self._server_due_at = time.monotonic() + _SERVER_PAUSE
                continue
            self._follow_new_urls()

    def _follow_new_urls(self) -> None:
        """A server that had to take another port: everybody else has to learn of it."""
        environment = self.plan.environment(self._servers.urls())
        if environment == self._environment:
            return
        self._environment = environment
        self._end_services()
        for running in self._services:
            running.start(environment)
        self._note()

    def _note(self) -> None:
        """Tell the keeper, other shells of this folder and the next start what runs here."""
        processes = {running.service.name: running.pid for running in self._services if running.pid}
        self._keeper.mind(processes.values())
        shared = {**self.plan.settings, **self._servers.urls()}
        with explained("Writing the state file"):
            write_state(State(self.plan.supervisor, shared, processes))

    # --- down -------------------------------------------------------------------------------
    def go_down(self) -> None:
        """Stop everything this run started, in reverse order, and nothing else."""
        self._end_services()
        self._servers.stop()
        self._keeper.dismiss()
        clear_state()

    def has_started(self) -> bool:
        return bool(self._services) or any(
            server.is_running() for server in self._servers.embedded()
        )

    def hurry(self) -> None:
        """Let nobody finish: the rows they hold are leased and come back by themselves."""
        for running in self._services:
            if running.pid:
                signal_group(running.pid, signal.SIGKILL)

    def _end_services(self) -> None:
        # The sinks stay until those who send have finished.
        sinks = [running for running in self._services if running.service.name == "sinks"]
        others = [running for running in reversed(self._services) if running not in sinks]
        for together in (others, sinks):
            for running in together:
                running.ask_to_stop()
            asked = time.monotonic()
            for running in together:
                running.end(asked + running.service.patience)

    def _python(self, arguments: list[str], step: str, mend: str) -> None:
        run_step([sys.executable, *arguments], step, mend, self.plan.root, self._environment)
