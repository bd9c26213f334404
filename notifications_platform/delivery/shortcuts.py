"""From the page of what caused messages to what helps those that failed."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from notifications_platform.back_office.acting import button
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.resending import obstacles_to_correcting
from notifications_platform.delivery.states import State
from notifications_platform.delivery.verbs import correcting_label

_LOOKED_AT = 20


def correcting(
    request: HttpRequest, owner_kind: str, owner_ids: Collection[UUID]
) -> list[dict[str, Any]]:
    """A button to the one message of these owners that can be sent to a better address, or to the
    list of those that failed; none where there is nothing to correct, or for who may not.
    """
    if not owner_ids or not request.user.has_perm("delivery.operate_message"):
        return []
    theirs = Message.objects.filter(owner_id__in=owner_ids, owner_kind=owner_kind)
    failed = list(theirs.filter(state=State.FAILED).order_by("id")[:_LOOKED_AT])
    obstacles = obstacles_to_correcting(failed)
    able = [one for one in failed if obstacles[one.id] is None]
    if not able:
        return []
    if len(able) == 1:
        link = reverse("admin:delivery_message_correct", args=[able[0].pk])
        return [button(correcting_label(able[0].channel), link, icon="edit_location_alt")]
    of_them = {"owner_id__in": ",".join(map(str, owner_ids)), "state__exact": State.FAILED.value}
    link = f"{reverse('admin:delivery_message_changelist')}?{urlencode(of_them)}"
    return [button(_("Correct addresses of failed messages"), link, icon="edit_location_alt")]
