"""What is stored can be looked at: every table of ours has its page in the back office."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db.models import CompositePrimaryKey, Model

from notifications_platform.back_office.base import PlatformAdmin

# Shown on the page of the row they belong to, because:
ON_ANOTHER_PAGE = {
    # Django's admin takes no composite primary key
    "delivery.Attempt",
    # they are parts of a register's record
    "registers.OrganizationRole",
    "registers.UserContactPoint",
    "cases.AppName",
}
# A field of the page of a member of the staff.
AS_A_FIELD = {"back_office.Binding"}
# The sandbox has pages of its own, and does not exist in production.
ELSEWHERE = {"sandbox"}

# Their rows are secrets: of sessions everybody sees their own, under My access.
SECRET = AbstractBaseSession

OURS = [
    model
    for model in apps.get_models()
    if not model.__module__.startswith(("allauth.", "django.", "anymail.", "rest_framework."))
    and model._meta.app_label not in ELSEWHERE
    and not issubclass(model, SECRET)
]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_model_has_an_admin(model: type[Model]) -> None:
    if model._meta.label in ON_ANOTHER_PAGE | AS_A_FIELD:
        assert model not in admin.site._registry
    else:
        assert isinstance(admin.site._registry.get(model), PlatformAdmin)


def test_only_tables_that_are_shown_elsewhere_are_excused() -> None:
    inlines = {
        inline.model._meta.label
        for model_admin in admin.site._registry.values()
        for inline in model_admin.inlines
    }
    composite = {
        model._meta.label for model in OURS if isinstance(model._meta.pk, CompositePrimaryKey)
    }
    assert inlines | composite >= ON_ANOTHER_PAGE
