"""What a newcomer needs once the platform runs: addresses, logins, a token, a line to paste."""

import json
from dataclasses import dataclass

from notifications_platform.runtime.output import Output
from notifications_platform.runtime.web_client import WebClient

_PAGES = (
    ("API documentation", "/api/docs/"),
    ("GraphQL (POST)", "/api/graphql"),
    ("Back office", "/admin/"),
    ("Metrics", "/metrics"),
)
_SANDBOX_PAGES = (("Outbox of the sandbox", "/sandbox/outbox"),)
# From a second shell; the README explains them.
CASE_COMMANDS = (
    (".venv/bin/python manage.py clock --advance P3D", "its reminder: an SMS and an e-mail"),
    (".venv/bin/python manage.py clock --advance P6D", "its deadline: UTGAATT"),
    (".venv/bin/python manage.py clock --reset", "back to real time"),
)
_EXAMPLE = {
    "subject": "Hello",
    "body": "Hello from the sandbox",
    "recipients": [{"emailAddress": "you@demo.example"}],
}


@dataclass(frozen=True, slots=True)
class Banner:
    """`staff` is the line with the demo logins, `token` a bearer token, `sak` the id of the demo's
    sak, `failed` that of a webhook that was refused; each may be empty.
    """

    public_url: str
    sandbox: bool
    staff: str = ""
    token: str = ""
    sak: str = ""
    failed: int = 0

    def show(self, output: Output, web: WebClient) -> None:
        output.line()
        output.line(f"notifications-platform runs at {self.public_url}   (Ctrl-C stops it)")
        for name, path in (*_PAGES, *(_SANDBOX_PAGES if self.sandbox else ())):
            if self._exists(web, path):
                output.line(f"  {name:<22} {self.public_url}{path}")
        if self.staff:
            output.line(f"  {self.staff}")
        if self.sak:
            page = f"/admin/cases/sak/{self.sak}/change/"
            output.line(f"  {'A case to look at':<22} {self.public_url}{page}")
            for command, effect in CASE_COMMANDS:
                output.line(f"    {command:<46}  # {effect}")
        if self.failed:
            page = f"/admin/enrollment/enrollmenteventnotification/{self.failed}/change/"
            output.line(f"  {'A webhook to resend':<22} {self.public_url}{page}")
        if self.token:
            output.line(f"  Token (ttd, one hour)  {self.token}")
            output.line("  Try it:")
            output.line(self.curl_line())
        output.line()

    def curl_line(self) -> str:
        return (
            f"curl -i {self.public_url}/notifications/api/v1/orders/email "
            f"-H 'Authorization: Bearer {self.token}' "
            f"-H 'Content-Type: application/json' -d '{json.dumps(_EXAMPLE)}'"
        )

    @staticmethod
    def _exists(web: WebClient, path: str) -> bool:
        try:
            return web.request("GET", path).status != 404
        except OSError:
            return False
