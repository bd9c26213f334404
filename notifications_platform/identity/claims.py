"""From the claims of a verified token to a Client, kind by kind (runtime contract 3).

A claim of the wrong type makes the whole token bad: nothing is guessed.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from notifications_platform.identity.client import Client, Kind
from notifications_platform.identity.errors import BadToken
from notifications_platform.registers import service_owners

Claims = Mapping[str, Any]

_SYSTEM_USER = "urn:altinn:systemuser"
_ACTOR_ID = re.compile(r"0192:([0-9]{9})")
# No colon, no slash: an issuer's address or a client id can never pass for a short name.
_SHORT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_LONGEST_NAME = 200

_NAMING: Mapping[Kind, tuple[str, ...]] = {
    "altinn": ("urn:altinn:org", "urn:altinn:orgNumber", "consumer", "authorization_details"),
    "maskinporten": ("consumer", "client_id"),
    "platform": ("iss",),
    "entra": ("azp_name", "azp"),
    "oauth": ("client_id", "sub"),
    "idporten": ("pid",),
}


def names_caller(kind: Kind, claims: Claims) -> bool:
    """Whether a claim is there by which this kind names the caller."""
    return any(claims.get(name) is not None for name in _NAMING[kind])


def client_of(kind: Kind, claims: Claims) -> Client:
    """Raises BadToken for claims of a wrong type, or when the kind's caller is not named."""
    return _READERS[kind](claims)


def _altinn(claims: Claims) -> Client:
    system_user, system_user_organization = _system_user(claims)
    number = _text(claims, "urn:altinn:orgNumber")
    return Client(
        kind="altinn",
        org=_text(claims, "urn:altinn:org"),
        organization_number=number or _organization_number(claims, "consumer"),
        system_user=system_user,
        system_user_organization=system_user_organization,
        scopes=_scopes(claims),
    )


def _maskinporten(claims: Claims) -> Client:
    system_user, system_user_organization = _system_user(claims)
    number = _organization_number(claims, "consumer")
    owner = service_owners.by_organization_number(number) if number else None
    return Client(
        kind="maskinporten",
        org=owner.org if owner else "",
        organization_number=number,
        client_id=_text(claims, "client_id"),
        system_user=system_user,
        system_user_organization=system_user_organization,
        scopes=_scopes(claims),
    )


def _platform(claims: Claims) -> Client:
    org = _text(claims, "iss")
    if not _SHORT_NAME.fullmatch(org):
        raise BadToken("A platform token's issuer must be a short name.")
    return Client(kind="platform", org=org, client_id=_text(claims, "urn:altinn:app"))


def _entra(claims: Claims) -> Client:
    client_id, client_name = _text(claims, "azp"), _text(claims, "azp_name")
    if not (client_id or client_name):
        raise BadToken("The token has neither azp_name nor azp.")
    return Client(
        kind="entra", client_id=client_id, client_name=client_name, scopes=_scopes(claims)
    )


def _oauth(claims: Claims) -> Client:
    client_id = _text(claims, "client_id") or _text(claims, "sub")
    if not client_id:
        raise BadToken("The token has neither client_id nor sub.")
    return Client(kind="oauth", client_id=client_id, scopes=_scopes(claims))


def _idporten(claims: Claims) -> Client:
    pid = _text(claims, "pid")
    if not pid:
        raise BadToken("The token has no pid.")
    return Client(kind="idporten", pid=pid, acr=_text(claims, "acr"), scopes=_scopes(claims))


_READERS: Mapping[Kind, Callable[[Claims], Client]] = {
    "altinn": _altinn,
    "maskinporten": _maskinporten,
    "platform": _platform,
    "entra": _entra,
    "oauth": _oauth,
    "idporten": _idporten,
}


def _text(claims: Claims, name: str) -> str:
    """Short and printable: it goes into columns and log lines."""
    value = claims.get(name)
    if value is None:
        return ""
    if isinstance(value, str) and len(value) <= _LONGEST_NAME and value.isprintable():
        return value
    raise BadToken(f"The claim {name} is not what it should be.")


def _scopes(claims: Claims) -> frozenset[str]:
    value = claims.get("scope")
    if value is None:
        return frozenset()
    if not isinstance(value, str):
        raise BadToken("The claim scope is not a text.")
    return frozenset(value.split())


def _organization_number(claims: Claims, name: str) -> str:
    """Of `{"authority": "iso6523-actorid-upis", "ID": "0192:991825827"}`; empty when the
    actor is not in the Norwegian register.
    """
    value = claims.get(name)
    if value is None:
        return ""
    if not isinstance(value, dict):
        raise BadToken(f"The claim {name} is not an object.")
    match = _ACTOR_ID.fullmatch(_text(value, "ID"))
    return match[1] if match else ""


def _system_user(claims: Claims) -> tuple[str, str]:
    """Id and organisation number of the system user, if the token speaks for one."""
    details = claims.get("authorization_details")
    if details is None:
        return "", ""
    if not (isinstance(details, list) and all(isinstance(detail, dict) for detail in details)):
        raise BadToken("The claim authorization_details is not a list of objects.")
    for detail in details:
        if detail.get("type") == _SYSTEM_USER:
            return _first_id(detail), _organization_number(detail, "systemuser_org")
    return "", ""


def _first_id(detail: Claims) -> str:
    ids = detail.get("systemuser_id")
    first = ids[0] if isinstance(ids, list) and ids else ids
    return _text({"systemuser_id": first}, "systemuser_id")
