"""The two servers a run needs: given from outside by URL, else embedded ones of its own."""

from collections.abc import Mapping
from pathlib import Path

from notifications_platform.runtime.embedded import EmbeddedServer
from notifications_platform.runtime.ports import PortBook
from notifications_platform.runtime.postgres import Postgres
from notifications_platform.runtime.secrets import text_secret
from notifications_platform.runtime.valkey import Valkey


class Servers:
    """Starts what `environment` does not name in DATABASE_URL and REDIS_URL, in `var`.

    `durable=False` is for tests: fast, nothing kept. Start from the main thread.
    """

    def __init__(
        self, var: Path, environment: Mapping[str, str], *, ports: PortBook, durable: bool = True
    ) -> None:
        self._environment = environment
        self.postgres = (
            None
            if environment.get("DATABASE_URL")
            else Postgres(
                folder=var / "postgres",
                log=var / "log" / "postgres.log",
                ports=ports,
                password=text_secret(var, "postgres_password"),
                durable=durable,
            )
        )
        self.valkey = (
            None
            if environment.get("REDIS_URL")
            else Valkey(
                folder=var / "valkey",
                log=var / "log" / "valkey.log",
                ports=ports,
                password=text_secret(var, "valkey_password"),
                durable=durable,
            )
        )

    def embedded(self) -> list[EmbeddedServer]:
        return [server for server in (self.postgres, self.valkey) if server]

    def start(self) -> None:
        """Raises StepError; what had already started is stopped again."""
        try:
            for server in self.embedded():
                server.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        for server in reversed(self.embedded()):
            server.stop()

    def urls(self) -> dict[str, str]:
        """DATABASE_URL and REDIS_URL, as every process of the run should get them."""
        return {
            "DATABASE_URL": self.postgres.url
            if self.postgres
            else self._environment["DATABASE_URL"],
            "REDIS_URL": self.valkey.url if self.valkey else self._environment["REDIS_URL"],
        }
