"""National registers as their documentation has them, on a local socket."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from notifications_platform.registers.http_service import Patience

IMPATIENT = Patience(connect=0.5, read=0.3, total=2.0, attempts=3, pause=0.01)


@dataclass
class Mood:
    """How a server feels: each answer takes the next of `faults` instead, while there are any."""

    faults: list[int | str] = field(default_factory=list)

    def fault(self) -> Response | None:
        """A status, or a body that is not what was asked for."""
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, int):
            return Response("Not now", status=fault)
        if isinstance(fault, str):
            return Response(fault, content_type="application/json")
        return None


class FakeKRR(Mood):
    """`persons` by number, as KRR would show them; asked about others it says so."""

    def __init__(self, server: HTTPServer) -> None:
        super().__init__()
        self.persons: dict[str, dict[str, Any]] = {}
        self.asked: list[list[str]] = []
        self.tokens: list[str | None] = []
        self.accepted: set[str] | None = None
        self.left_out_once: set[str] = set()
        self.left_out: set[str] = set()
        server.expect_request("/rest/v2/personer", method="POST").respond_with_handler(self._answer)
        self.url = server.url_for("/rest")

    def add(self, number: str, **fields: Any) -> None:
        contact = {
            name: fields.pop(name)
            for name in list(fields)
            if name.startswith(("epost", "mobiltelefon"))
        }
        self.persons[number] = {
            "personidentifikator": number,
            "reservasjon": "NEI",
            "status": "AKTIV",
            "varslingsstatus": "KAN_VARSLES",
            **({"kontaktinformasjon": contact} if contact else {}),
            **fields,
        }

    def _answer(self, request: Request) -> Response:
        token = request.headers.get("Authorization")
        self.tokens.append(token)
        if fault := self.fault():
            return fault
        if self.accepted is not None and token not in self.accepted:
            return Response("{}", status=401)
        numbers: list[str] = request.get_json()["personidentifikatorer"]
        assert len(numbers) <= 1000
        self.asked.append(numbers)
        gone = self.left_out | self.left_out_once
        self.left_out_once = set()
        persons = [self._person(number) for number in numbers if number not in gone]
        return Response(json.dumps({"personer": persons}), content_type="application/json")

    def _person(self, number: str) -> dict[str, Any]:
        unknown = {"personidentifikator": number, "status": "IKKE_REGISTRERT"}
        return self.persons.get(number, {"reservasjon": "NEI", **unknown})


class FakeEnhetsregisteret(Mood):
    """`main` and `sub` units by number; `removed` ones are 410."""

    API = "/enhetsregisteret/api"

    def __init__(self, server: HTTPServer) -> None:
        super().__init__()
        self.main: dict[str, dict[str, Any]] = {}
        self.sub: dict[str, dict[str, Any]] = {}
        self.removed: set[str] = set()
        self.asked: list[str] = []
        self.cut_short = False
        self.url = server.url_for("")
        for kind, units in (("enheter", self.main), ("underenheter", self.sub)):
            self._serve(server, kind, units)

    def add(self, number: str, *, sub: bool = False, **fields: Any) -> None:
        unit = {"organisasjonsnummer": number, "navn": f"ENHET {number}", **fields}
        (self.sub if sub else self.main)[number] = unit

    def _serve(self, server: HTTPServer, kind: str, units: dict[str, dict[str, Any]]) -> None:
        def search(request: Request) -> Response:
            self.asked.append(kind)
            numbers = request.args["organisasjonsnummer"].split(",")
            assert int(request.args["size"]) >= len(numbers)
            found = [units[n] for n in numbers if n in units and "slettedato" not in units[n]]
            shown = found[1:] if self.cut_short else found
            page = {"size": 20, "totalElements": len(found), "totalPages": 1, "number": 0}
            body = {"page": page, **({"_embedded": {kind: shown}} if shown else {})}
            return self.fault() or Response(json.dumps(body), content_type="application/json")

        def one(request: Request) -> Response:
            number = request.path.rsplit("/", 1)[1]
            self.asked.append(f"{kind}/{number}")
            if fault := self.fault():
                return fault
            if number in self.removed and kind == "enheter":
                return Response("{}", status=410)
            unit = units.get(number)
            return Response(json.dumps(unit or {}), status=200 if unit else 404)

        server.expect_request(f"{self.API}/{kind}").respond_with_handler(search)
        single = re.compile(rf"{self.API}/{kind}/\d+")
        server.expect_request(single).respond_with_handler(one)


class FakeMaskinporten(Mood):
    """Gives tokens `token-1`, `token-2`, … that are good for `expires_in` seconds."""

    def __init__(self, server: HTTPServer) -> None:
        super().__init__()
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.grants: list[dict[str, Any]] = []
        self.headers: list[dict[str, Any]] = []
        self.expires_in = 120
        server.expect_request("/token", method="POST").respond_with_handler(self._answer)
        self.url = server.url_for("/token")
        self.issuer = server.url_for("/")

    @property
    def pem(self) -> str:
        encoded = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return encoded.decode()

    def _answer(self, request: Request) -> Response:
        form = parse_qs(request.get_data(as_text=True))
        (assertion,) = form["assertion"]
        assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        grant = jwt.decode(
            assertion, self.key.public_key(), algorithms=["RS256"], audience=self.issuer
        )
        self.grants.append(grant)
        self.headers.append(jwt.get_unverified_header(assertion))
        if fault := self.fault():
            return fault
        token = {
            "access_token": f"token-{len(self.grants)}",
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "scope": grant["scope"],
        }
        return Response(json.dumps(token), content_type="application/json")
