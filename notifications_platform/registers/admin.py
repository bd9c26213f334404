"""The registers in the back office. Search is by key, exactly: no list is counted or scanned."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.paginator import InfinitePaginator

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


class RegisterAdmin(LinesMixin, ModelAdmin):  # type: ignore[misc]
    show_full_result_count = False
    paginator = InfinitePaginator
    ordering = ("-pk",)


class RegisterInline(LinesMixin, TabularInline):  # type: ignore[misc]
    extra = 0


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
class ServiceOwnerAdmin(RegisterAdmin):
    form = ServiceOwnerForm
    fields = (*ServiceOwnerForm.Meta.fields[:5], "forget_secret", "use_stale_contact_information")
    list_display = ("org", "organization_number", "name", "use_stale_contact_information")
    search_fields = ("org__exact", "organization_number__exact")


@admin.register(Person)
class PersonAdmin(RegisterAdmin):
    list_display = ("national_identity_number", "name", "reserved", "contact_confirmed")
    search_fields = ("national_identity_number__exact",)


class RoleInline(RegisterInline):
    model = OrganizationRole


class ContactPointInline(RegisterInline):
    model = UserContactPoint


@admin.register(Organization)
class OrganizationAdmin(RegisterAdmin):
    list_display = ("organization_number", "name", "parent")
    search_fields = ("organization_number__exact",)
    inlines = (ContactPointInline, RoleInline)

    def get_readonly_fields(
        self,
        request: HttpRequest,
        obj: Any = None,
    ) -> tuple[str, ...]:
        """The number is what roles and contact points hang on."""
        return ("organization_number",) if obj else ()


@admin.register(Resource)
class ResourceAdmin(RegisterAdmin):
    list_display = ("resource_id", "service_owner", "title_nb", "type", "confidential")
    list_filter = ("type",)
    search_fields = ("resource_id__exact", "service_owner__exact")


@admin.register(Access)
class AccessAdmin(RegisterAdmin):
    list_display = ("national_identity_number", "organization_number", "what", "actions")
    search_fields = ("national_identity_number__exact", "organization_number__exact")

    @admin.display(description="resource or service")
    def what(self, access: Access) -> str:
        return str(access)


@admin.register(ExternalIdentity)
class ExternalIdentityAdmin(RegisterAdmin):
    list_display = ("external_identity", "name")
    search_fields = ("external_identity__exact",)
