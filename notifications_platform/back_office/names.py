"""The names that staff see of apps, tables and columns, and what explains them, in their language.

Most follow from the code (`created_at` is "created at"), and migrations know the English ones
only; the catalogue of the package they belong to says them in other languages.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Field, Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

# What an app's column may hold is spelled as its contract spells it, in every language.
_KERNEL = __name__.partition(".")[0]


def translate_names() -> None:
    """Let every name and help text be looked up in the reader's language. Called
    once, before a form is made of them.
    """
    for app in apps.get_app_configs():
        if not isinstance(app.verbose_name, Promise):
            app.verbose_name = gettext_lazy(app.verbose_name)
    for model in apps.get_models():
        meta = model._meta
        if not isinstance(meta.verbose_name, Promise):
            plural = str(meta.verbose_name_plural)
            meta.verbose_name = gettext_lazy(str(meta.verbose_name))
            meta.verbose_name_plural = gettext_lazy(plural)
        for field in fields_of(model):
            if not isinstance(field.verbose_name, Promise):
                field.verbose_name = gettext_lazy(field.verbose_name)
            if model.__module__.startswith(_KERNEL) and field.choices:
                field.choices = [
                    (value, gettext_lazy(str(name))) for value, name in field.flatchoices
                ]
            if field.help_text and not isinstance(field.help_text, Promise):
                field.help_text = gettext_lazy(field.help_text)


def fields_of(model: type[Model]) -> Iterator["Field[Any, Any]"]:
    """Its own columns; what other tables point at it with has no name here."""
    for field in model._meta.get_fields():
        if isinstance(field, Field):
            yield field
