"""What a person is asked for on the way in, and about their own second factor."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

CODE_LENGTH = 20


def _code_field(label: Any, **attributes: Any) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget(
        attrs={
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "maxlength": CODE_LENGTH,
            **attributes,
        }
    )
    return forms.CharField(label=label, max_length=CODE_LENGTH, widget=widget)


class CodeForm(forms.Form):
    code = _code_field(gettext_lazy("Code"), autofocus=True)


class PasswordForm(forms.Form):
    """`is_right` looks at the password; guessing it is limited there."""

    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, is_right: Callable[[str], bool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_right = is_right

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self._is_right(password):
            raise ValidationError(_("That is not your password, or you tried too often."))
        return password


class ReplaceForm(PasswordForm):
    code = _code_field(gettext_lazy("Code that the app shows now"))
