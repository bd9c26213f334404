"""What becomes of a policy as a whole: approved, or taken back (enrollment contract 3, 4.5).

A policy that this client has never told of is unknown: NotFound.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from enrollment import delivery, policy_rows, superseding
from enrollment.callers import Caller
from enrollment.coordinates import owner_of
from enrollment.models import EnrollmentEventNotification, PolicyState
from enrollment.states import OWNER
from enrollment.transitions import Doer
from notifications_platform.audit import trail
from notifications_platform.core.errors import NotFound
from notifications_platform.delivery.withdrawal import any_to_come

SUBJECT = "policy"


@transaction.atomic
def approve(policy_gid: str, *, caller: Caller, now: datetime) -> int:
    """It counts as approved until an event says otherwise, and what waited for it is delivered;
    how many notifications that are.
    """
    policy = _locked(policy_gid, caller)
    policy_rows.keep(policy, policy_code=policy.policy_code, approved=True, now=now)
    ids = policy_rows.release(policy, by=Doer.of(caller), now=now)
    _note("approve", policy, {"readyCount": len(ids)}, caller=caller, now=now)
    delivery.hand_over(ids, now=now)
    return len(ids)


@transaction.atomic
def revert(policy_gid: str, *, caller: Caller, now: datetime) -> int:
    """Back to its previous version: what has not begun to be delivered becomes obsolete; how many
    notifications that are.
    """
    policy = _locked(policy_gid, caller)
    ids = superseding.revert(policy, by=Doer.of(caller), now=now)
    _note("revert", policy, {"obsoleteCount": len(ids)}, caller=caller, now=now)
    return len(ids)


@transaction.atomic
def revert_first_version(policy_gid: str, *, caller: Caller, now: datetime) -> int:
    """There is no previous version: its notifications are deleted, their history and what they
    said; how many. What was told of the policy stays, so that telling it again makes none.
    """
    policy = _locked(policy_gid, caller)
    ids = list(
        EnrollmentEventNotification.objects.filter(
            client=policy.client, policy_gid=policy.policy_gid
        ).values_list("pk", flat=True)
    )
    while ids and not _deleted(ids, caller=caller, now=now):
        pass
    _note("delete", policy, {"deletedCount": len(ids)}, caller=caller, now=now)
    return len(ids)


def _deleted(ids: list[int], *, caller: Caller, now: datetime) -> bool:
    """False where somebody resent one of them just before it was locked: its new message has to be
    withdrawn first, too.
    """
    with transaction.atomic():
        delivery.forget(ids, by=caller.by, now=now)
        _lock(ids)
        if any_to_come(OWNER, list(map(owner_of, ids))):
            transaction.set_rollback(True)
            return False
        _delete(ids)
    return True


def _lock(ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT FROM enrollment_enrollmenteventnotification
            WHERE id = ANY(%s) ORDER BY id FOR UPDATE
            """,
            [ids],
        )


def _delete(ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM enrollment_notificationhistory WHERE notification_id = ANY(%s)", [ids]
        )
        cursor.execute(
            "DELETE FROM enrollment_enrollmenteventnotification WHERE id = ANY(%s)", [ids]
        )


def _locked(policy_gid: str, caller: Caller) -> PolicyState:
    policy = policy_rows.lock(caller.owning, policy_gid)
    if policy is None:
        raise NotFound
    return policy


def _note(
    verb: str, policy: PolicyState, counts: dict[str, Any], *, caller: Caller, now: datetime
) -> None:
    trail.record(
        f"enrollment.policy.{verb}", SUBJECT, [policy.pk], by=caller.by, now=now, detail=counts
    )
