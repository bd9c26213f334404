"""Which implementation of each register this installation uses (runtime contract 4).

`PERSONS_URL` and `ORGANIZATIONS_URL` name national services; unset, the platform's own tables
answer. Contact points, roles, access, resources and external identities have no documented
national service, and always come from the tables.
"""

from functools import lru_cache

from django.conf import settings

from notifications_platform.registers import enhetsregisteret, krr, tables
from notifications_platform.registers.http_service import Service
from notifications_platform.registers.lookup import (
    Access,
    ContactPoints,
    ExternalIdentities,
    Organizations,
    Persons,
    Resources,
    Roles,
)
from notifications_platform.registers.maskinporten import SigningKey, Token


def persons() -> Persons:
    if not settings.PERSONS_URL:
        return tables.Persons()
    return _krr(
        settings.PERSONS_URL,
        settings.MASKINPORTEN_TOKEN_URL,
        settings.MASKINPORTEN_CLIENT_ID,
        settings.MASKINPORTEN_KEY,
    )


def organizations() -> Organizations:
    if not settings.ORGANIZATIONS_URL:
        return tables.Organizations()
    return _enhetsregisteret(settings.ORGANIZATIONS_URL)


def contact_points() -> ContactPoints:
    return tables.ContactPoints()


def roles() -> Roles:
    return tables.Roles()


def access() -> Access:
    return tables.Access()


def external_identities() -> ExternalIdentities:
    return tables.ExternalIdentities()


def resources() -> Resources:
    return tables.Resources()


# Kept: they hold connections, a token and what was learned lately. An address given with the
# path of the look-up itself is understood, too.
@lru_cache(maxsize=4)
def _krr(url: str, token_url: str, client_id: str, key: str) -> krr.KRR:
    token = (
        Token(
            Service("maskinporten", token_url),
            client_id=client_id,
            key=SigningKey.parse(key),
            scope=krr.SCOPE,
        )
        if token_url
        else None
    )
    return krr.KRR(Service("krr", url.removesuffix(krr.PATH)), token=token, names=tables.Persons())


@lru_cache(maxsize=4)
def _enhetsregisteret(url: str) -> enhetsregisteret.Enhetsregisteret:
    return enhetsregisteret.Enhetsregisteret(
        Service("enhetsregisteret", url.removesuffix(enhetsregisteret.PATH))
    )
