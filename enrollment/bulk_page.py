"""What the back office's page of one bulk operation shows: where it stands, who began it and why,
and how far it has come.
"""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enrollment.bulk import SUBJECT
from enrollment.models import BulkOperation
from enrollment.states import BulkState, Kind, Source, Status
from notifications_platform.back_office.sections import Line, Section, history
from notifications_platform.back_office.timeline import Moment, headline, timeline
from notifications_platform.delivery.explain import Tone, oslo, told

_BEGAN = {
    Kind.CANCEL: gettext_lazy("Cancelling of all that match began"),
    Kind.RESEND: gettext_lazy("Resending of all that match began"),
}


def findings(one: BulkOperation) -> list[Section]:
    return [headline(_("Where does it stand?"), [_standing(one)])]


def _standing(one: BulkOperation) -> Line:
    if one.state == BulkState.DONE:
        text = ngettext(
            "It is done: it changed {number} notification.",
            "It is done: it changed {number} notifications.",
            one.changed_count,
        )
        return Line(text=text.format(number=one.changed_count), tone=Tone.GOOD)
    if one.state == BulkState.INTERRUPTED:
        text = ngettext(
            "It stopped in the middle. What it did stays done, {number} notification so far.",
            "It stopped in the middle. What it did stays done, {number} notifications so far.",
            one.changed_count,
        ).format(number=one.changed_count)
        return Line(text=text, tone=Tone.BAD, step=_("The same operation once more does the rest."))
    text = ngettext(
        "It is under way: {number} notification so far, the last of them at {at}.",
        "It is under way: {number} notifications so far, the last of them at {at}.",
        one.changed_count,
    )
    active = text.format(number=one.changed_count, at=oslo(one.active_at))
    return Line(text=active, tone=Tone.WAITING)


def sections(one: BulkOperation) -> list[Section]:
    return [
        timeline(_("What happened"), _moments(one)),
        _changed(one),
        history(SUBJECT, one.pk),
    ]


def _moments(one: BulkOperation) -> Iterator[Moment]:
    by_staff = _("{name} of the staff").format(name=one.actor)
    yield Moment(
        at=one.started_at,
        what=_BEGAN[Kind(one.kind)],
        who=by_staff if one.source == Source.ADMIN else one.actor,
        detail=told(
            _("Of client {client}.").format(client=one.client) if one.client else _("Of everyone."),
            one.filter and _("Those that match: {filter}").format(filter=one.filter),
            one.reason and _("Reason: {reason}").format(reason=one.reason),
        ),
    )
    changed = _("Changed: {number}.").format(number=one.changed_count)
    if one.state == BulkState.DONE:
        yield Moment(at=one.ended_at, what=_("It was done"), tone=Tone.GOOD, detail=changed)
    elif one.state == BulkState.INTERRUPTED:
        what = _("It stopped in the middle: its process died")
        yield Moment(at=one.ended_at, what=what, tone=Tone.BAD, detail=changed)
    else:
        what = _("It goes on until all are done")
        yield Moment(at=None, what=what, tone=Tone.WAITING, detail=changed, planned=True)


def _changed(one: BulkOperation) -> Section:
    """The way to them: no index knows which operation changed what."""
    listed = reverse("admin:enrollment_enrollmenteventnotification_changelist")
    status = Status.CANCELLED if one.kind == Kind.CANCEL else ""
    chosen = {"client": one.client, "status": status}
    query = urlencode({name: value for name, value in chosen.items() if value})
    return Section(
        title=_("What it changed"),
        note=_("Each notification's page says which operation changed it, and when."),
        link=f"{listed}?{query}" if query else listed,
        link_label=_("The list that they stand in"),
    )
