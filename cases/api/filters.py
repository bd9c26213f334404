"""Query parameters of the lists (cases contract 13)."""

import re
from typing import Any

import django_filters
from django import forms

from cases.errors import Problem, UgyldigInput
from cases.models import Notifikasjon
from cases.parsing.reader import Code

_NUMBER = re.compile("-?[0-9]{1,9}")


class _Text(forms.Field):
    """As it was sent, blanks included; None when it was not."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "required": False})


class _Number(_Text):
    def to_python(self, value: Any) -> int | None:
        if value is None:
            return None
        if not _NUMBER.fullmatch(value):
            raise forms.ValidationError("A whole number is needed here.", Code.INVALID_FORMAT)
        return int(value)


class _Texts(_Text):
    """Of a parameter that may be repeated; None when it was not sent at all."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[str] | None:
        return value or None


class _TextFilter(django_filters.Filter):  # type: ignore[misc]  # the package is untyped
    field_class = _Text


class _NumberFilter(django_filters.Filter):  # type: ignore[misc]  # the package is untyped
    field_class = _Number


class _TextsFilter(django_filters.Filter):  # type: ignore[misc]  # the package is untyped
    field_class = _Texts


class MineNotifikasjonerFilter(django_filters.FilterSet):  # type: ignore[misc]  # likewise
    """Reads the parameters only: what they choose is for the service to say, as it does for
    GraphQL.
    """

    first = _NumberFilter()
    after = _TextFilter()
    merkelapp = _TextsFilter()
    grupperingsid = _TextFilter()

    class Meta:
        model = Notifikasjon
        fields: list[str] = []

    def arguments(self) -> dict[str, Any]:
        """Those of `mineNotifikasjoner`. Raises UgyldigInput."""
        errors = self.form.errors.get_json_data()
        if errors:
            raise UgyldigInput(
                Problem(str(name), one["code"], one["message"])
                for name, found in errors.items()
                for one in found
            )
        read = dict(self.form.cleaned_data)
        return read | {"merkelapper": read["merkelapp"], "merkelapp": None}
