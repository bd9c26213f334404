"""Who is on the staff, and whose rows each of them sees."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.forms import UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminTextareaWidget

from notifications_platform.back_office.models import Binding
from notifications_platform.back_office.owned import clients_of

_LONGEST = Binding._meta.get_field("client").max_length or 0


class ClientsField(forms.CharField):
    """Names of clients, one a line; a list of texts, without repetitions."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            label=_("Sees only what belongs to"),
            help_text=_(
                "One client a line, named as its messages name it: a service owner by its short "
                "name, a producer or a client of enrollment by its client id. Empty: everybody's."
            ),
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        )

    def clean(self, value: Any) -> list[str]:
        lines = (line.strip() for line in str(super().clean(value)).splitlines())
        names = list(dict.fromkeys(filter(None, lines)))
        if any(len(name) > _LONGEST for name in names):
            raise forms.ValidationError(
                _("A name has %(most)s characters at most."), params={"most": _LONGEST}
            )
        return names


class NewStaffForm(UserCreationForm):  # type: ignore[misc]
    clients = ClientsField()


class StaffForm(UserChangeForm):  # type: ignore[misc]
    clients = ClientsField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["clients"] = "\n".join(sorted(clients_of(self.instance) or ()))
