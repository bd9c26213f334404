"""Who of the staff may do what: three roles, each a group of the same name.

What a role may do is a rule over the verb that begins a permission's name (`view_order`,
`operate_message`), so a new model needs no grants, and no row can drift from the code.
"""

from enum import StrEnum
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User


class Role(StrEnum):
    READER = "reader"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


READ = frozenset({"view"})
# Cancel, send again, switch a provider, stop a client; and see raw provider reports.
OPERATE = READ | {"operate", "cancel", "resend"}
ADMINISTER = OPERATE | {"add", "change", "delete"}
VERBS = {Role.READER: READ, Role.OPERATOR: OPERATE, Role.ADMINISTRATOR: ADMINISTER}
# Who is on the staff is the administrators' business alone.
STAFF_APP = "auth"


class RoleBackend(BaseBackend):
    """Answers Django's permission questions from the user's roles; logs nobody in."""

    def has_perm(
        self,
        user_obj: AbstractBaseUser | AnonymousUser,
        perm: str,
        obj: Any = None,
    ) -> bool:
        app, _, name = perm.partition(".")
        verb = name.partition("_")[0]
        return any(verb in VERBS[role] for role in _roles_in(app, user_obj))

    def has_module_perms(self, user_obj: AbstractBaseUser | AnonymousUser, app_label: str) -> bool:
        return bool(_roles_in(app_label, user_obj))


def roles_of(user: AbstractBaseUser | AnonymousUser) -> frozenset[Role]:
    """The roles of an active user, read once per request."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    known: frozenset[Role] | None = getattr(user, "_back_office_roles", None)
    if known is None:
        names = user.groups.filter(name__in=list(Role)).values_list("name", flat=True)
        known = frozenset(map(Role, names))
        setattr(user, "_back_office_roles", known)  # noqa: B010 - no attribute of the model
    return known


def _roles_in(app_label: str, user: AbstractBaseUser | AnonymousUser) -> frozenset[Role]:
    roles = roles_of(user)
    return roles & {Role.ADMINISTRATOR} if app_label == STAFF_APP else roles
