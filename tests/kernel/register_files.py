"""Registers files as a test writes them, and the command that an operator runs."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command

KARI = "05909803219"
OLA = "09828138984"
PER = "26845624924"
ALT = "310131075"
TWO = "310131083"


class RegisterFile:
    """A file in the test's own folder. Lists are written one record a line, so that the first
    record of a lone list stands on line 2.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "registers.json"

    def write(self, **lists: list[Any]) -> "RegisterFile":
        parts = (
            f'"{name}": [\n{_lines(records)}\n]' if records else f'"{name}": []'
            for name, records in lists.items()
        )
        return self.text("{" + ",\n".join(parts) + "}")

    def text(self, text: str) -> "RegisterFile":
        self.path.write_text(text, encoding="utf-8")
        return self

    def load(self) -> str:
        """What the command prints, doubts included."""
        output = StringIO()
        call_command("load_registers", self.path, stdout=output, stderr=output)
        return output.getvalue()

    def refusal(self) -> str:
        """What the command refuses the file with."""
        try:
            printed = self.load()
        except CommandError as error:
            return str(error)
        raise AssertionError(f"the file was loaded: {printed}")


def person(number: str = KARI, **fields: Any) -> dict[str, Any]:
    return {"nationalIdentityNumber": number, "name": "Kari Nordmann", **fields}


def organization(number: str = ALT, **fields: Any) -> dict[str, Any]:
    return {"organizationNumber": number, "name": "Alt AS", **fields}


def service_owner(org: str = "ttd", number: str = "991825827", **fields: Any) -> dict[str, Any]:
    return {"org": org, "organizationNumber": number, "name": org.upper(), **fields}


def _lines(records: list[Any]) -> str:
    return ",\n".join(json.dumps(record) for record in records)
