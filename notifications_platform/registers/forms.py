"""How the back office edits what register rows hold: secrets, and lists of texts."""

from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)


class LinesField(SimpleArrayField):
    """A list of texts, one a line, so that a text may hold a comma. Blank lines do not count."""

    def __init__(self, base_field: forms.Field, **options: Any) -> None:
        options.setdefault("widget", UnfoldAdminTextareaWidget(attrs={"rows": 3}))
        super().__init__(base_field, delimiter="\n", **options)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            lines = [line.strip() for line in value.splitlines()]
            value = "\n".join(filter(None, lines))
        return super().to_python(value)


class WriteOnlySecretForm(forms.ModelForm):  # type: ignore[type-arg]
    """Shows an empty box for the field named `secret_field`, whatever is stored: what is typed
    replaces the secret, an empty box keeps it, and `forget_secret` removes it.
    """

    secret_field: str
    forget_secret = forms.BooleanField(
        label=_("Forget secret"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=_("Remove the stored secret."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.secret_field not in self.fields:
            # Shown to somebody who only reads it.
            return
        self._stored: str = getattr(self.instance, self.secret_field)
        self.initial.pop(self.secret_field, None)
        box = self.fields[self.secret_field]
        box.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
        kept, none = gettext("One is stored; leave empty to keep it."), gettext("None stored.")
        box.help_text = kept if self._stored else none

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("forget_secret"):
            cleaned[self.secret_field] = ""
        elif not cleaned.get(self.secret_field):
            cleaned[self.secret_field] = self._stored
        return cleaned
