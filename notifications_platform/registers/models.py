"""The platform's own registers (runtime contract 4).

Records need not refer to records that exist, so only the parts of an organisation hang on a
foreign key. What is absent is an empty text, except where null means something of its own.
Addresses stand as the register wrote them; the look-ups normalise.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, RegexValidator, URLValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import MD5, Cast, Lower, Right

from notifications_platform.registers.webhook_secrets import validate_webhook_secret

ELEVEN_DIGITS = r"^[0-9]{11}$"
NINE_DIGITS = r"^[0-9]{9}$"
eleven_digits = RegexValidator(ELEVEN_DIGITS, "Write 11 digits.")
nine_digits = RegexValidator(NINE_DIGITS, "Write 9 digits.")
web_address = URLValidator(schemes=["http", "https"])

# What the search box finds the addresses of persons and users by: a digest of the e-mail address,
# and as many digits as every Norwegian number ends in, whatever stands before or between them.
DIGITS = 8
EMAIL = Cast(MD5(Lower("email")), models.UUIDField())
_PLAIN_DIGITS = Func(
    F("mobile_number"), Value("[^0-9]"), Value(""), Value("g"), function="regexp_replace"
)
LAST_DIGITS = Right(_PLAIN_DIGITS, DIGITS, output_field=models.TextField())


def indexes_by_address(prefix: str) -> list[models.Index]:
    """Of a table with an e-mail address and a mobile number each: the search box."""
    return [
        models.Index(EMAIL, name=f"{prefix}_by_email", condition=~Q(email="")),
        models.Index(LAST_DIGITS, name=f"{prefix}_by_mobile", condition=~Q(mobile_number="")),
    ]


class ServiceOwner(models.Model):
    org = models.CharField("short name", max_length=100, unique=True)
    organization_number = models.CharField(max_length=9, validators=[nine_digits])
    name = models.CharField(max_length=300)
    events_url = models.CharField(
        "events URL",
        max_length=2000,
        blank=True,
        validators=[web_address],
        help_text="Where events go as signed webhooks; empty: they are stored only.",
    )
    events_secret = models.CharField(
        max_length=200, blank=True, validators=[validate_webhook_secret]
    )
    use_stale_contact_information = models.BooleanField(default=False)

    class Meta:
        ordering = ["org"]
        constraints = [
            # A token of Maskinporten names its caller by this number, so it names one only.
            # Deferred, so that two owners can swap numbers in one file.
            models.UniqueConstraint(
                name="service_owner_organization_number",
                fields=["organization_number"],
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                name="service_owner_number_form",
                condition=Q(organization_number__regex=NINE_DIGITS),
            ),
        ]

    def __str__(self) -> str:
        return self.org


class Person(models.Model):
    national_identity_number = models.CharField(
        max_length=11, unique=True, validators=[eleven_digits]
    )
    name = models.CharField(max_length=300)
    email = models.CharField(max_length=320, blank=True)
    mobile_number = models.CharField(max_length=40, blank=True)
    reserved = models.BooleanField(
        default=False, help_text="Reserved against electronic messages from the public sector."
    )
    contact_confirmed = models.DateField(
        null=True,
        blank=True,
        help_text="When the contact data was last confirmed; empty counts as fresh.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="person_number_form",
                condition=Q(national_identity_number__regex=ELEVEN_DIGITS),
            )
        ]
        indexes = indexes_by_address("person")

    def __str__(self) -> str:
        return self.name


class Organization(models.Model):
    organization_number = models.CharField(max_length=9, unique=True, validators=[nine_digits])
    name = models.CharField(max_length=300)
    email_addresses = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    mobile_numbers = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    parent = models.CharField(
        max_length=9,
        blank=True,
        validators=[nine_digits],
        help_text="Organisation number of the main unit.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="organization_number_form",
                condition=Q(organization_number__regex=NINE_DIGITS),
            )
        ]
        indexes = [
            # The search box.
            GinIndex(name="organization_by_email", fields=["email_addresses"]),
            GinIndex(name="organization_by_mobile", fields=["mobile_numbers"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.organization_number})"


class OrganizationRole(models.Model):
    """Part of an organisation's record: who holds which role in it."""

    organization = models.ForeignKey(
        Organization,
        to_field="organization_number",
        on_delete=models.CASCADE,
        related_name="roles",
        db_index=False,
    )
    role = models.CharField(max_length=100)
    national_identity_number = models.CharField(max_length=11, validators=[eleven_digits])

    class Meta:
        constraints = [
            # Serves tables.Roles, which asks by organisation.
            models.UniqueConstraint(
                name="organization_role_once",
                fields=["organization", "role", "national_identity_number"],
            )
        ]

    def __str__(self) -> str:
        return self.role


class UserContactPoint(models.Model):
    """Part of an organisation's record: an address that one of its users registered."""

    organization = models.ForeignKey(
        Organization,
        to_field="organization_number",
        on_delete=models.CASCADE,
        related_name="contact_points",
        db_index=False,
    )
    national_identity_number = models.CharField(max_length=11, validators=[eleven_digits])
    email = models.CharField(max_length=320, blank=True)
    mobile_number = models.CharField(max_length=40, blank=True)
    resources = ArrayField(
        models.CharField(max_length=300),
        default=list,
        blank=True,
        help_text="Ids of resources, or code:edition; empty: no filter.",
    )

    class Meta:
        indexes = [
            # tables.ContactPoints asks by organisation.
            models.Index(name="contact_point_organization", fields=["organization"]),
            *indexes_by_address("contact_point"),
        ]

    def __str__(self) -> str:
        return f"contact point of {self.organization_id}"


class Resource(models.Model):
    resource_id = models.CharField(max_length=300, unique=True)
    service_owner = models.CharField(max_length=100, help_text="Short name of the owner.")
    title_nb = models.CharField("title (bokmål)", max_length=300, blank=True)
    title_nn = models.CharField("title (nynorsk)", max_length=300, blank=True)
    title_en = models.CharField("title (English)", max_length=300, blank=True)
    type = models.CharField(max_length=100)
    confidential = models.BooleanField(default=False)
    minimum_authentication_level = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(4)]
    )
    malware_scan_bypass = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.resource_id


class Access(models.Model):
    """What a person may do for an organisation: with one resource, or one Altinn 2 service."""

    national_identity_number = models.CharField(max_length=11, validators=[eleven_digits])
    organization_number = models.CharField(max_length=9, validators=[nine_digits])
    resource_id = models.CharField(max_length=300, blank=True)
    service_code = models.CharField(max_length=100, blank=True)
    service_edition = models.CharField(max_length=100, blank=True)
    actions = ArrayField(
        models.CharField(max_length=100),
        default=list,
        blank=True,
        help_text="Empty: every action.",
    )

    class Meta:
        verbose_name_plural = "access"
        constraints = [
            # Serves tables.Access, which asks by person and organisation.
            models.UniqueConstraint(
                name="access_once",
                fields=[
                    "national_identity_number",
                    "organization_number",
                    "resource_id",
                    "service_code",
                    "service_edition",
                ],
            ),
            models.CheckConstraint(
                name="access_to_resource_or_service",
                condition=(
                    ~Q(resource_id="") & Q(service_code="", service_edition="")
                    | Q(resource_id="") & ~Q(service_code="") & ~Q(service_edition="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.resource_id or f"{self.service_code}:{self.service_edition}"


class ExternalIdentity(models.Model):
    external_identity = models.CharField(
        max_length=400, unique=True, help_text="The canonical URN of a self-identified user."
    )
    name = models.CharField(max_length=300)
    email = models.CharField(max_length=320, blank=True)
    mobile_number = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name_plural = "external identities"

    def __str__(self) -> str:
        return self.name
