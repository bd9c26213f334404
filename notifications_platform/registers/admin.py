"""The registers in the back office. Search is by key, exactly: no list is counted or scanned."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from notifications_platform.back_office.base import (
    NOT_FOR_BOUND_STAFF,
    EditableAdmin,
    EditableInline,
    Section,
    display,
)
from notifications_platform.back_office.clients import OfClients
from notifications_platform.back_office.looking import masked
from notifications_platform.registers import (
    finders,  # noqa: F401 - registers itself
    pages,
)
from notifications_platform.registers.forms import LinesField, WriteOnlySecretForm
from notifications_platform.registers.models import (
    Access,
    ExternalIdentity,
    Organization,
    OrganizationRole,
    Person,
    Resource,
    ServiceOwner,
    UserContactPoint,
)


class LinesMixin:
    """Array fields as one text a line."""

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **options: Any
    ) -> forms.Field | None:
        if isinstance(db_field, ArrayField):
            return db_field.formfield(form_class=LinesField)
        field: forms.Field | None = super().formfield_for_dbfield(  # type: ignore[misc]
            db_field, request, **options
        )
        return field


class RegisterAdmin(LinesMixin, EditableAdmin):
    """Whoever may not edit a record does not see its secret either."""

    menu_group = "Registers"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_fields(request, obj)
        if self.has_change_permission(request, obj):
            return fields
        secret = (getattr(self.form, "secret_field", ""), "forget_secret")
        return [name for name in fields if name not in secret]


class RegisterInline(LinesMixin, EditableInline):
    """Rows that belong to a register's record."""


class ServiceOwnerForm(WriteOnlySecretForm):
    secret_field = "events_secret"  # noqa: S105 - a field's name

    class Meta:
        model = ServiceOwner
        fields = (
            "org",
            "organization_number",
            "name",
            "events_url",
            "events_secret",
            "use_stale_contact_information",
        )


@admin.register(ServiceOwner)
class ServiceOwnerAdmin(OfClients, RegisterAdmin):
    client_path = "org"
    form = ServiceOwnerForm
    fields = (*ServiceOwnerForm.Meta.fields[:5], "forget_secret", "use_stale_contact_information")
    menu_icon = "apartment"
    list_display = ("org", "organization_number", "name", "use_stale_contact_information")
    find_by = ("org", "organization_number")
    find_help = _("Short name or organisation number")


@admin.register(Person)
class PersonAdmin(RegisterAdmin):
    client_path = NOT_FOR_BOUND_STAFF
    menu_icon = "person"
    personal = True
    list_display = ("name", "number", "reserved", "contact_confirmed")
    find_by = ("national_identity_number",)
    find_help = _("National identity number")

    def findings(self, request: HttpRequest, row: Person) -> Sequence[Section]:
        return pages.findings_of_person(row)

    def sections(self, request: HttpRequest, row: Person) -> Sequence[Section]:
        return pages.sections_of_person(request, row)

    @display(description=_("number"))
    def number(self, person: Person) -> str:
        return masked(person.national_identity_number)


class RoleInline(RegisterInline):
    model = OrganizationRole


class ContactPointInline(RegisterInline):
    model = UserContactPoint


@admin.register(Organization)
class OrganizationAdmin(RegisterAdmin):
    client_path = NOT_FOR_BOUND_STAFF
    menu_icon = "business"
    personal = True
    list_display = ("organization_number", "name", "parent")
    find_by = ("organization_number",)
    find_help = _("Organisation number")
    inlines = (ContactPointInline, RoleInline)

    def get_readonly_fields(
        self,
        request: HttpRequest,
        obj: Any = None,
    ) -> tuple[str, ...]:
        """The number is what roles and contact points hang on."""
        return ("organization_number",) if obj else ()

    def findings(self, request: HttpRequest, row: Organization) -> Sequence[Section]:
        return pages.findings_of_organization(row)

    def sections(self, request: HttpRequest, row: Organization) -> Sequence[Section]:
        return pages.sections_of_organization(request, row)


@admin.register(Resource)
class ResourceAdmin(RegisterAdmin):
    client_path = "service_owner"
    list_display = ("resource_id", "service_owner", "title_nb", "type", "confidential")
    list_filter = ("type",)
    menu_icon = "deployed_code"
    find_by = ("resource_id", "service_owner")
    find_help = _("Resource id, or the short name of its owner")


@admin.register(Access)
class AccessAdmin(RegisterAdmin):
    client_path = NOT_FOR_BOUND_STAFF
    menu_icon = "key"
    personal = True
    list_display = ("number", "organization_number", "what", "allowed")
    find_by = ("national_identity_number", "organization_number")
    find_help = _("National identity number or organisation number")

    @display(description=_("person"))
    def number(self, access: Access) -> str:
        return masked(access.national_identity_number)

    @display(description=_("actions"))
    def allowed(self, access: Access) -> str:
        return ", ".join(access.actions) or gettext("all")

    @admin.display(description=_("resource or service"))
    def what(self, access: Access) -> str:
        return str(access)


@admin.register(ExternalIdentity)
class ExternalIdentityAdmin(RegisterAdmin):
    client_path = NOT_FOR_BOUND_STAFF
    menu_icon = "alternate_email"
    personal = True
    list_display = ("name", "identity")
    find_by = ("external_identity",)
    find_help = _("The whole URN")

    @display(description=_("identity"))
    def identity(self, external: ExternalIdentity) -> str:
        kind, _, own = external.external_identity.rpartition(":")
        return f"{kind}:{masked(own)}"
