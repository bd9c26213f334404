"""The row of a policy: whoever makes or changes notifications of a policy as a whole locks it
first (enrollment contract 4.4, 4.5).
"""

from datetime import datetime

from enrollment import transitions
from enrollment.models import PolicyState
from enrollment.states import Status
from enrollment.transitions import Doer, Rows


def lock(client: str, policy_gid: str) -> PolicyState | None:
    """None: this client has never told of it."""
    return (
        PolicyState.objects.select_for_update(no_key=True)
        .filter(client=client, policy_gid=policy_gid)
        .first()
    )


def lock_or_make(client: str, policy_gid: str, policy_code: str, *, now: datetime) -> PolicyState:
    """Of several that tell of it at once, one makes the row and the others find it. A new policy
    counts as approved.
    """
    if known := lock(client, policy_gid):
        return known
    PolicyState.objects.bulk_create(
        [
            PolicyState(
                client=client,
                policy_gid=policy_gid,
                policy_code=policy_code,
                approved=True,
                created_at=now,
                updated_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    return PolicyState.objects.select_for_update(no_key=True).get(
        client=client, policy_gid=policy_gid
    )


def keep(policy: PolicyState, *, policy_code: str, approved: bool, now: datetime) -> None:
    """What was last heard of a locked policy."""
    if (policy.policy_code, policy.approved) == (policy_code, approved):
        return
    policy.policy_code, policy.approved, policy.updated_at = policy_code, approved, now
    policy.save(update_fields=["policy_code", "approved", "updated_at"])


def release(policy: PolicyState, *, by: Doer, now: datetime) -> list[int]:
    """Its waiting notifications become `Ready`; their ids, for `delivery.hand_over`."""
    waiting = Rows(
        """
        SELECT id FROM enrollment_enrollmenteventnotification
        WHERE client = %(client)s AND policy_gid = %(policy_gid)s AND status = %(waiting)s
        """,
        {
            "client": policy.client,
            "policy_gid": policy.policy_gid,
            "waiting": Status.WAITING.value,
        },
    )
    return transitions.apply(transitions.APPROVE, waiting, by=by, now=now)
