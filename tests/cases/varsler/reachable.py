"""Organisations of the tests, and who registered an address with them."""

from collections.abc import Sequence

from notifications_platform.registers.models import Organization, UserContactPoint
from tests.cases.producing import ORG


def organization(
    number: str = ORG, *, emails: Sequence[str] = (), mobiles: Sequence[str] = (), parent: str = ""
) -> None:
    Organization.objects.create(
        organization_number=number,
        name="Eksempel",
        email_addresses=list(emails),
        mobile_numbers=list(mobiles),
        parent=parent,
    )


def contact_point(
    email: str = "", mobile: str = "", *, resources: Sequence[str] = (), number: str = ORG
) -> None:
    UserContactPoint.objects.create(
        organization_id=number,
        national_identity_number="01878547256",
        email=email,
        mobile_number=mobile,
        resources=list(resources),
    )
