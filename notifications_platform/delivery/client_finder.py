"""What the search box offers about a client that sends: to stop it."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from notifications_platform.back_office.owned import Clients, within
from notifications_platform.back_office.searching.finders import (
    Finder,
    Found,
    Group,
    Hit,
    register,
)
from notifications_platform.back_office.searching.terms import Kind, Term
from notifications_platform.delivery.models import Stop, Turn


def _who_sends(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """By turn_of: whoever has sent anything has a turn. One that is stopped is found as a stop."""
    named = within([term.of(Kind.TEXT)], clients)
    if before or limit < 1 or not named:
        return Found()
    (client,) = named
    sends = Turn.objects.filter(client=client).exists()
    if not sends or Stop.objects.filter(client=client, lifted_at__isnull=True).exists():
        return Found()
    page = f"{reverse('admin:delivery_stop_add')}?{urlencode({'client': client})}"
    words = _("{client} sends messages and is not stopped: stop it").format(client=client)
    return Found([Hit(at=None, key=client, words=words, link=page)])


register(
    Finder(
        name="client that can be stopped",
        group=Group.MESSAGES,
        kinds=(Kind.TEXT,),
        permission="delivery.operate_stop",
        find=_who_sends,
    )
)
