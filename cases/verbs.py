"""What staff may do to saker and notifikasjoner: see back_office.verbs."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.models import EksterntVarsel, Notifikasjon, Sak
from cases.services import staff
from notifications_platform.back_office.verbs import Doing, Look, Prospect, Verb, one_by_one

_MOST_COUNTED = 10_000


def _hide_sak(sak: Sak, doing: Doing) -> None:
    staff.soft_delete_sak(sak.id, user=doing.user, reason=doing.reason, now=doing.now)


def _erase_sak(sak: Sak, doing: Doing) -> None:
    staff.hard_delete_sak(
        sak.id, user=doing.user, reason=doing.reason, now=doing.now, producers=doing.clients
    )


def _hide(one: Notifikasjon, doing: Doing) -> None:
    staff.soft_delete_notifikasjon(one.id, user=doing.user, reason=doing.reason, now=doing.now)


def _erase(one: Notifikasjon, doing: Doing) -> None:
    staff.hard_delete_notifikasjon(one.id, user=doing.user, reason=doing.reason, now=doing.now)


def _erasing(saker: Sequence[Sak], look: Look) -> Sequence[Prospect]:
    refusals = staff.refusals_to_erase(saker, producers=look.clients)
    return [
        Prospect(now=_standing(sak), then=_("erased"), refusal=refusals[sak.id]) for sak in saker
    ]


def _with_saker(saker: Sequence[Sak], _look: Look) -> str:
    """Several producers may share a merkelapp: where they do, it says whose they are."""
    theirs = Notifikasjon.objects.filter(sak_koordinat__in={sak.koordinat for sak in saker})
    producers = theirs.order_by().values_list("produsent", flat=True)
    by_producer = Counter(producers[:_MOST_COUNTED])
    number = by_producer.total()
    told = [
        ngettext(
            "{number} notifikasjon is erased with them.",
            "{number} notifikasjoner are erased with them.",
            number,
        ).format(number=_shown(number))
    ]
    if len(by_producer) > 1:
        each = ", ".join(f"{name} {count}" for name, count in by_producer.most_common())
        told.append(_("By producer: {each}.").format(each=each))
    return " ".join([*told, _still_leaving(theirs.values("pk"))])


def _with_notifikasjoner(some: Sequence[Notifikasjon], _look: Look) -> str:
    return _still_leaving([one.pk for one in some])


def _still_leaving(items: Any) -> str:
    """All that erasing lets go of (services.erasing): not those of reminders yet to fire."""
    of_reminders = Q(paaminnelse__isnull=False, queue_at__isnull=True, queued_at__isnull=True)
    waiting = EksterntVarsel.objects.filter(~of_reminders, notifikasjon__in=items, status="NY")
    number = _counted(waiting)
    return ngettext(
        "{number} external message that was ordered still leaves.",
        "{number} external messages that were ordered still leave.",
        number,
    ).format(number=_shown(number))


def _counted(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:_MOST_COUNTED].count()


def _shown(number: int) -> str:
    return f"{number}+" if number == _MOST_COUNTED else str(number)


def _standing(row: Any) -> str:
    state = row.tilstand if isinstance(row, Notifikasjon) else str(getattr(row, "status", "") or "")
    return _("{state}, hidden").format(state=state) if row.soft_deleted_at else state


SAK_VERBS = (
    Verb(
        name="soft-delete",
        label=gettext_lazy("Hide from recipients"),
        done=lambda number: ngettext(
            "{number} sak hidden.", "{number} saker hidden.", number
        ).format(number=number),
        icon="visibility_off",
        warning=gettext_lazy(
            "Its recipients do not see it any more, and that cannot be undone. Its notifikasjoner "
            "stay as they are; its producer still reads it."
        ),
        act=_hide_sak,
        foresee=one_by_one(
            state=_standing,
            becomes=lambda _row: _("hidden"),
            refusal=lambda sak, _look: staff.refusal_to_hide(sak),
        ),
    ),
    Verb(
        name="hard-delete",
        label=gettext_lazy("Erase for good"),
        done=lambda number: ngettext(
            "{number} sak erased.", "{number} saker erased.", number
        ).format(number=number),
        icon="delete_forever",
        warning=gettext_lazy(
            "The sak, its statuses, and every notifikasjon with its merkelapp and grupperingsid "
            "are erased, and no sak can have that grupperingsid again. External messages that have "
            "been ordered still leave. Nothing brings any of it back."
        ),
        act=_erase_sak,
        foresee=_erasing,
        along=_with_saker,
        permission="delete",
        removes=True,
    ),
)
NOTIFIKASJON_VERBS = (
    Verb(
        name="soft-delete",
        label=gettext_lazy("Hide from recipients"),
        done=lambda number: ngettext(
            "{number} notifikasjon hidden.", "{number} notifikasjoner hidden.", number
        ).format(number=number),
        icon="visibility_off",
        warning=gettext_lazy(
            "Its recipients do not see it any more, it neither expires nor reminds anybody, and "
            "that cannot be undone. External messages that have been ordered still leave; its "
            "producer still reads it."
        ),
        act=_hide,
        foresee=one_by_one(
            state=_standing,
            becomes=lambda _row: _("hidden"),
            refusal=lambda one, _look: staff.refusal_to_hide(one),
        ),
    ),
    Verb(
        name="hard-delete",
        label=gettext_lazy("Erase for good"),
        done=lambda number: ngettext(
            "{number} notifikasjon erased.", "{number} notifikasjoner erased.", number
        ).format(number=number),
        icon="delete_forever",
        warning=gettext_lazy(
            "Its text, recipients, reminder and events are erased; its sak stays. External "
            "messages that have been ordered still leave. Nothing brings it back."
        ),
        act=_erase,
        foresee=one_by_one(
            state=_standing, becomes=lambda _row: _("erased"), refusal=lambda _row, _look: None
        ),
        along=_with_notifikasjoner,
        permission="delete",
        removes=True,
    ),
)
