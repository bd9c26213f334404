"""Tables that django-allauth brings along. None is a list for staff: secrets stand in one, and
the e-mail addresses of the others are not used.
"""

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from django.contrib import admin


def hide() -> None:
    """Take their pages away again, which importing the two modules makes. Called once."""
    for model in (EmailAddress, Authenticator):
        if admin.site.is_registered(model):
            admin.site.unregister(model)
