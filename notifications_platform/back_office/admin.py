"""Pages of the back office's own: the trail, and who is on the staff."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from notifications_platform.audit.models import Actor, Entry
from notifications_platform.back_office import batch_admin, owned
from notifications_platform.back_office.access.staff_admin import StaffAccess
from notifications_platform.back_office.base import (
    NOT_FOR_BOUND_STAFF,
    PlatformAdmin,
    ReadOnlyAdmin,
    display,
)
from notifications_platform.back_office.large_tables import Period, RecentValues
from notifications_platform.back_office.roles import Role
from notifications_platform.back_office.sections import link_to
from notifications_platform.back_office.staff_forms import NewStaffForm, StaffForm
from notifications_platform.core import clock

__all__ = ["EntryAdmin", "StaffAdmin", "batch_admin"]


class EntryPeriod(Period):
    column = "at"


class ActionFilter(RecentValues):
    column = "action"


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    narrowed_by = ("subject_kind", "subject_id")
    client_path = NOT_FOR_BOUND_STAFF
    menu_group = "Oversight"
    menu_title = _("Trail")
    menu_icon = "history"
    list_display = ("at", "who", "action", "subject", "from_state", "to_state", "reason")
    list_filter = (EntryPeriod, "actor_kind", ActionFilter)
    find_by = ("subject_id", "actor")
    find_help = _("Id of an order, a message …, or a staff user name")
    export_also = ("detail", "correlation_id")
    fields = (
        "at",
        "who",
        "action",
        "subject",
        "from_state",
        "to_state",
        "reason",
        "detail",
        "correlation_id",
    )
    readonly_fields = fields

    def find(self, queryset: QuerySet[Entry], term: str) -> QuerySet[Entry]:
        """By the two indexes there are: subjects of known kinds, and staff."""
        kinds = {
            kind
            for model_admin in admin.site._registry.values()
            if isinstance(model_admin, PlatformAdmin)
            for kind in (model_admin.kind, *model_admin.kinds, "client")
        }
        return queryset.filter(
            Q(subject_kind__in=kinds, subject_id=term) | Q(actor_kind=Actor.STAFF, actor=term)
        )

    @display(description=_("who"))
    def who(self, entry: Entry) -> str:
        return f"{entry.actor} ({entry.actor_kind})"

    @display(description=_("subject"))
    def subject(self, entry: Entry) -> str:
        link = link_to(entry.subject_kind, entry.subject_id)
        return format_html("{} {}", entry.subject_kind, link)


admin.site.unregister(Group)
admin.site.unregister(User)


@admin.register(User)
class StaffAdmin(StaffAccess, PlatformAdmin, UserAdmin):  # type: ignore[type-arg]
    """Who may log in, and in which roles. Nobody is deleted: the trail names them."""

    client_path = NOT_FOR_BOUND_STAFF
    form = StaffForm
    add_form = NewStaffForm
    change_password_form = AdminPasswordChangeForm
    menu_group = "Oversight"
    menu_title = _("Staff")
    menu_icon = "badge"
    kinds = ("staff",)
    list_display = ("username", "roles", "sees", "is_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ()
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("May"), {"fields": ("is_active", "is_staff", "groups", "clients")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "password1", "password2", "is_staff", "groups", "clients")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The trail knows staff by their names."""
        fixed = tuple(super().get_readonly_fields(request, obj))
        return (*fixed, "username") if obj else fixed

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """One's own is changed where the old one is asked for."""
        if id == str(request.user.pk):
            return HttpResponseRedirect(reverse("admin:password_change"))
        changed: HttpResponse = super().user_change_password(request, id, form_url)
        return changed

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who cannot change it reads what the form would show."""
        fieldsets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, {"fields": ["sees" if one == "clients" else one for one in shown["fields"]]})
            for title, shown in fieldsets
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups", "bindings")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever sets a superuser's password becomes one."""
        may = super().has_change_permission(request, obj)
        return may and (obj is None or not obj.is_superuser or request.user.is_superuser)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        clients, by = form.cleaned_data["clients"], request.user.get_username()
        owned.bind(form.instance, clients, by=by, now=clock.now())

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        options["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        options["queryset"] = Group.objects.filter(name__in=list(Role)).order_by("pk")
        return super().formfield_for_manytomany(db_field, request, **options)

    @display(description=_("roles"))
    def roles(self, user: User) -> str:
        names = [group.name for group in user.groups.all()]
        return ", ".join(["superuser"] * user.is_superuser + names)

    @display(description=_("sees"))
    def sees(self, user: User) -> str:
        bindings: Any = getattr(user, "bindings")  # noqa: B009 - a reverse relation
        names = sorted(binding.client for binding in bindings.all())
        return ", ".join(names) or str(_("everybody's"))
