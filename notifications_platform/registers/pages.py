"""What the back office's pages of a person and of an organisation say: whether and how they can be
reached, whose users and leaders they have, and what has been sent to them lately.
"""

from collections.abc import Iterator, Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications_platform.back_office import dates
from notifications_platform.back_office.owned import clients_of
from notifications_platform.back_office.searching import finders, merging
from notifications_platform.back_office.searching.finders import Group
from notifications_platform.back_office.searching.terms import parse
from notifications_platform.back_office.sections import Line, Section
from notifications_platform.back_office.timeline import headline
from notifications_platform.core.numbers import register_mobile_number
from notifications_platform.registers.models import Organization, Person

SHOWN = 20


def lately(request: HttpRequest, number: str) -> Section:
    """What the search box finds of this number in the apps, newest first: each by an index of its
    own, and as much of it as whoever asks may see.
    """
    allowed = [
        finder
        for finder in finders.registered()
        if finder.group is not Group.REGISTERS and request.user.has_perm(finder.permission)
    ]
    answer = merging.search(parse(number), allowed, clients=clients_of(request.user), size=SHOWN)
    more = _("The newest {number} are shown; search for the number to see more.")
    remarks = [more.format(number=SHOWN)] if answer.older else []
    return Section(
        title=_("What we have sent them lately"),
        note=" ".join([*remarks, *map(str, answer.remarks)]),
        headers=(_("At"), _("What"), _("More")),
        rows=[
            (
                line.hit.at,
                format_html('<a href="{}">{}</a>', line.hit.link, line.hit.words),
                line.hit.detail,
            )
            for line in answer.lines
        ],
    )


# --- persons ------------------------------------------------------------------------------


def findings_of_person(person: Person) -> list[Section]:
    return [headline(_("Can they be reached?"), list(_reaching(person)))]


def _reaching(person: Person) -> Iterator[Line]:
    if person.reserved:
        yield Line(
            text=_("No: they are reserved against electronic messages from the public sector."),
            tone="bad",
            step=_("What has to reach them goes by post; some senders may override it."),
        )
    by = [_("e-mail")] if person.email else []
    by += [_("SMS")] if person.mobile_number else []
    if not by:
        text = _("No e-mail address and no mobile number are on file: nothing can be sent.")
        yield Line(text=text, tone="bad", step=_("They have to register one themselves."))
    elif not person.reserved:
        yield Line(text=_("Yes, by {channels}.").format(channels=", ".join(by)), tone="good")
    yield from _doubts(person)


def _doubts(person: Person) -> Iterator[Line]:
    if person.mobile_number and not register_mobile_number(person.mobile_number):
        text = _("The mobile number on file is none that an SMS can be sent to.")
        yield Line(text=text, tone="bad")
    if day := person.contact_confirmed:
        text = _(
            "They confirmed it last on {day}. Senders that ask for it do not use what has not "
            "been confirmed for long."
        )
        yield Line(text=text.format(day=dates.day(day)), tone="note")


def sections_of_person(request: HttpRequest, person: Person) -> list[Section]:
    return [lately(request, person.national_identity_number)]


# --- organisations ------------------------------------------------------------------------


def findings_of_organization(organization: Organization) -> list[Section]:
    points = list(organization.contact_points.order_by("pk")[: SHOWN + 1])
    return [headline(_("Can it be reached?"), list(_reaching_it(organization, len(points))))]


def _reaching_it(organization: Organization, points: int) -> Iterator[Line]:
    official = [_("e-mail")] if organization.email_addresses else []
    official += [_("SMS")] if organization.mobile_numbers else []
    if official:
        text = _("Yes, at its official addresses, by {channels}.")
        yield Line(text=text.format(channels=", ".join(official)), tone="good")
    elif not points:
        text = _("It has no official address, and none of its users has registered one.")
        step = _("Messages may still reach it at its main unit's addresses.")
        main = organization.parent
        yield Line(text=text, tone="bad", step=step if main else "")
    if points:
        text = ngettext(
            "{number} of its users has registered an address here.",
            "{number} of its users have registered an address here.",
            points,
        )
        number = str(points) if points <= SHOWN else f"{SHOWN}+"
        yield Line(text=text.format(number=number), tone="note" if official else "good")


def sections_of_organization(request: HttpRequest, organization: Organization) -> list[Section]:
    number = organization.organization_number
    return [lately(request, number), *_units(organization)]


def _units(organization: Organization) -> Sequence[Section]:
    """The way to its main unit."""
    main = Organization.objects.filter(organization_number=organization.parent or None).first()
    if main is None:
        return ()
    page = reverse("admin:registers_organization_change", args=[main.pk])
    rows = [(format_html('<a href="{}">{}</a>', page, main.organization_number), main.name)]
    return [Section(title=_("Its main unit"), headers=(_("Number"), _("Name")), rows=rows)]
