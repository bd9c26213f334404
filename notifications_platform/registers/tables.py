"""The registers in the platform's own tables: one query per 500 identities, never one each."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeVar

from django.db import connection

from notifications_platform.core.numbers import register_mobile_number
from notifications_platform.registers import models
from notifications_platform.registers.lookup import (
    AccessQuestion,
    ContactPoint,
    ExternalIdentity,
    Organization,
    Person,
    Resource,
    Role,
    canonical_external_identity,
    plain_resource_id,
)

T = TypeVar("T")
_BATCH = 500


class Persons:
    def lookup(self, numbers: Collection[str]) -> Mapping[str, Person]:
        found = {}
        for batch in batches(numbers, _BATCH):
            for row in models.Person.objects.filter(national_identity_number__in=batch):
                found[row.national_identity_number] = _person(row)
        return found


class Organizations:
    def lookup(self, numbers: Collection[str]) -> Mapping[str, Organization]:
        found = {}
        for batch in batches(numbers, _BATCH):
            for row in models.Organization.objects.filter(organization_number__in=batch):
                found[row.organization_number] = _organization(row)
        return found


class ContactPoints:
    def lookup(self, numbers: Collection[str]) -> Mapping[str, tuple[ContactPoint, ...]]:
        found = defaultdict(list)
        for batch in batches(numbers, _BATCH):
            rows = models.UserContactPoint.objects.filter(organization_id__in=batch)
            for row in rows.order_by("pk"):
                found[row.organization_id].append(_contact_point(row))
        return {number: tuple(points) for number, points in found.items()}


class Roles:
    def lookup(self, numbers: Collection[str]) -> Mapping[str, tuple[Role, ...]]:
        found = defaultdict(list)
        for batch in batches(numbers, _BATCH):
            rows = models.OrganizationRole.objects.filter(organization_id__in=batch)
            for row in rows.order_by("pk"):
                role = Role(role=row.role, national_identity_number=row.national_identity_number)
                found[row.organization_id].append(role)
        return {number: tuple(roles) for number, roles in found.items()}


class ExternalIdentities:
    def lookup(self, urns: Collection[str]) -> Mapping[str, ExternalIdentity]:
        spellings = {urn: canonical_external_identity(urn) for urn in urns}
        known = {}
        for batch in batches(spellings.values(), _BATCH):
            for row in models.ExternalIdentity.objects.filter(external_identity__in=batch):
                known[row.external_identity] = _external_identity(row)
        return {urn: known[spelt] for urn, spelt in spellings.items() if spelt in known}


class Resources:
    def lookup(self, resource_ids: Collection[str]) -> Mapping[str, Resource]:
        plain = {given: plain_resource_id(given) for given in resource_ids}
        known = {}
        for batch in batches(plain.values(), _BATCH):
            for row in models.Resource.objects.filter(resource_id__in=batch):
                known[row.resource_id] = _resource(row)
        return {given: known[bare] for given, bare in plain.items() if bare in known}


class Access:
    # An Altinn 2 service may stand in a row of its own form, or as the id `code:edition`.
    _GRANTED = """
        SELECT asked.at FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::text[])
            AS asked (at, person, organization, resource, action)
        WHERE EXISTS (
            SELECT FROM registers_access AS held
            WHERE held.national_identity_number = asked.person
            AND held.organization_number = asked.organization
            AND asked.resource IN (
                held.resource_id, held.service_code || ':' || held.service_edition
            )
            AND asked.resource NOT IN ('', ':')
            AND (held.actions = '{}' OR asked.action = ANY(held.actions))
        )
    """

    def granted(self, questions: Collection[AccessQuestion]) -> frozenset[AccessQuestion]:
        yes: set[AccessQuestion] = set()
        for batch in batches(questions, _BATCH):
            with connection.cursor() as cursor:
                cursor.execute(self._GRANTED, _columns(batch))
                yes.update(batch[at] for (at,) in cursor.fetchall())
        return frozenset(yes)


def batches(items: Collection[T], size: int) -> Iterator[Sequence[T]]:
    """The distinct items in their order, `size` at a time."""
    distinct = list(dict.fromkeys(items))
    for start in range(0, len(distinct), size):
        yield distinct[start : start + size]


def _columns(questions: Sequence[AccessQuestion]) -> list[list[int] | list[str]]:
    return [
        list(range(len(questions))),
        [question.national_identity_number for question in questions],
        [question.organization_number for question in questions],
        [plain_resource_id(question.resource_id) for question in questions],
        [question.action for question in questions],
    ]


def _person(row: models.Person) -> Person:
    return Person(
        national_identity_number=row.national_identity_number,
        name=row.name,
        email=row.email,
        mobile_number=register_mobile_number(row.mobile_number),
        reserved=row.reserved,
        contact_confirmed=row.contact_confirmed,
    )


def _organization(row: models.Organization) -> Organization:
    mobiles = map(register_mobile_number, row.mobile_numbers)
    return Organization(
        organization_number=row.organization_number,
        name=row.name,
        email_addresses=tuple(row.email_addresses),
        mobile_numbers=tuple(filter(None, mobiles)),
        parent=row.parent,
    )


def _contact_point(row: models.UserContactPoint) -> ContactPoint:
    return ContactPoint(
        national_identity_number=row.national_identity_number,
        email=row.email,
        mobile_number=register_mobile_number(row.mobile_number),
        resources=tuple(map(plain_resource_id, row.resources)),
    )


def _external_identity(row: models.ExternalIdentity) -> ExternalIdentity:
    return ExternalIdentity(
        external_identity=row.external_identity,
        name=row.name,
        email=row.email,
        mobile_number=register_mobile_number(row.mobile_number),
    )


def _resource(row: models.Resource) -> Resource:
    titles = {"nb": row.title_nb, "nn": row.title_nn, "en": row.title_en}
    return Resource(
        resource_id=row.resource_id,
        service_owner=row.service_owner,
        titles={language: title for language, title in titles.items() if title},
        type=row.type,
        confidential=row.confidential,
        minimum_authentication_level=row.minimum_authentication_level,
        malware_scan_bypass=row.malware_scan_bypass,
    )
