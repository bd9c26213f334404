"""What a client wants to be told of, and where (enrollment contract 4.6)."""

import base64
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from enrollment.business_events import STANDARD, unknown_among
from enrollment.callers import Caller
from enrollment.models import BusinessEventDefinition, NotificationDefinition
from enrollment.requests.definitions import NewBusinessEvent, NewDefinition
from enrollment.results import Code, Refused, ResultMessage
from notifications_platform.audit import trail
from notifications_platform.core.errors import NotFound

# For so long at least a secret that was replaced signs beside the new one …
CO_SIGNING = timedelta(hours=24)
# … and so many do at once: more do not fit into their column.
_MOST_FORMER = 2
_GENERATED_BYTES = 32
# As much of a wrong code as a message repeats.
_SHOWN = 60
BUSINESS_EVENT, DEFINITION = "business event definition", "notification definition"


class Defined(NamedTuple):
    """`generated`: a secret made just now, which is shown this once; else empty."""

    definition: NotificationDefinition
    generated: str = ""


def business_events(caller: Caller) -> Sequence[BusinessEventDefinition]:
    """The caller's own, and those that every client starts with, which have no dates; by code."""
    own = BusinessEventDefinition.objects.filter(client=caller.owning)
    return sorted([*_standard(), *own], key=lambda one: one.code)


def find_business_event(code: str, *, caller: Caller) -> BusinessEventDefinition:
    """Raises NotFound."""
    for one in _standard():
        if one.code == code:
            return one
    own = BusinessEventDefinition.objects.filter(client=caller.owning, code=code).first()
    if own is None:
        raise NotFound
    return own


def define_business_event(
    new: NewBusinessEvent, *, caller: Caller, now: datetime
) -> BusinessEventDefinition:
    """Raises Refused."""
    made = BusinessEventDefinition(
        client=caller.owning, code=new.code, descr=new.descr, created_at=now
    )
    if new.code in STANDARD:
        raise _exists(new.code)
    _insert(made, BUSINESS_EVENT, caller=caller, now=now)
    return made


def definitions_of(caller: Caller) -> Sequence[NotificationDefinition]:
    return list(NotificationDefinition.objects.filter(client=caller.owning).order_by("code"))


def find(code: str, *, caller: Caller) -> NotificationDefinition:
    """Raises NotFound."""
    found = NotificationDefinition.objects.filter(client=caller.owning, code=code).first()
    if found is None:
        raise NotFound
    return found


def define(new: NewDefinition, *, caller: Caller, now: datetime) -> Defined:
    """Where it has an endpoint of its own, it has a secret, too. Raises Refused."""
    made = NotificationDefinition(
        client=caller.owning, code=new.code, **new.says, created_at=now, updated_at=now
    )
    _refuse_unknown(made)
    generated = _complete(made)
    _insert(made, DEFINITION, caller=caller, now=now)
    return Defined(made, generated)


@transaction.atomic
def change(code: str, says: Mapping[str, Any], *, caller: Caller, now: datetime) -> Defined:
    """Attempts from now on go by it. A secret that is replaced signs for another day, also when its
    successor is replaced within it; the third to last signs no more. One that is taken away from a
    definition with an endpoint is replaced by a generated one.

    Raises NotFound, Refused.
    """
    definition = (
        NotificationDefinition.objects.select_for_update(no_key=True)
        .filter(client=caller.owning, code=code)
        .first()
    )
    if definition is None:
        raise NotFound
    before = {column: getattr(definition, column) for column in says}
    former = definition.signing_secret
    for column, value in says.items():
        setattr(definition, column, value)
    if "business_event_definition_codes" in says:
        _refuse_unknown(definition)
    generated = _complete(definition)
    changed = sorted(column for column in says if getattr(definition, column) != before[column])
    if not (changed or generated):
        return Defined(definition)
    _rotate(definition, former, now)
    definition.updated_at = now
    definition.save()
    _note("change", DEFINITION, definition.pk, caller=caller, now=now, changed=changed)
    return Defined(definition, generated)


def _standard() -> list[BusinessEventDefinition]:
    return [BusinessEventDefinition(code=code, descr=descr) for code, descr in STANDARD.items()]


def _refuse_unknown(definition: NotificationDefinition) -> None:
    codes = definition.business_event_definition_codes
    if not codes:
        text = "At least one business event definition is needed"
        raise Refused(ResultMessage(Code.UNKNOWN_BUSINESS_EVENT, text))
    unknown = unknown_among(codes, definition.client)
    if unknown:
        raise Refused(
            *(
                ResultMessage(
                    Code.UNKNOWN_BUSINESS_EVENT,
                    f"Business event definition '{code[:_SHOWN]}' is unknown",
                )
                for code in codes
                if code in unknown
            )
        )


def _complete(definition: NotificationDefinition) -> str:
    """The secret that had to be generated for its endpoint; empty: none."""
    if not definition.endpoint_url or definition.signing_secret:
        return ""
    value = base64.b64encode(os.urandom(_GENERATED_BYTES)).decode()
    definition.signing_secret = f"whsec_{value}"
    return definition.signing_secret


def _rotate(definition: NotificationDefinition, former: str, now: datetime) -> None:
    if not definition.signing_secret:
        definition.former_secret, definition.former_secret_until = "", None
    elif former and former != definition.signing_secret:
        # One that was replaced earlier goes on: its receiver may not have heard of either.
        going = [former, *definition.former_secrets_at(now)]
        kept = [one for one in dict.fromkeys(going) if one != definition.signing_secret]
        definition.former_secret = " ".join(kept[:_MOST_FORMER])
        definition.former_secret_until = now + CO_SIGNING


def _insert(
    made: BusinessEventDefinition | NotificationDefinition,
    kind: str,
    *,
    caller: Caller,
    now: datetime,
) -> None:
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            _note("create", kind, made.pk, caller=caller, now=now)
    except IntegrityError:
        raise _exists(made.code) from None


def _exists(code: str) -> Refused:
    return Refused(ResultMessage(Code.CODE_EXISTS, f"There is a definition {code} already"))


def _note(  # noqa: PLR0913 the last one is what it says
    verb: str,
    kind: str,
    pk: int,
    *,
    caller: Caller,
    now: datetime,
    changed: Sequence[str] = (),
) -> None:
    """The names of what was changed: values may be secret."""
    action = f"enrollment.{kind.replace(' ', '_')}.{verb}"
    detail = {"changed": list(changed)} if changed else None
    trail.record(action, kind, [pk], by=caller.by, now=now, detail=detail)
