"""Stopping a client: what staff do when a client floods its receivers.

A stop holds from the next claim on; what a worker has in hand still leaves. Messages of a
stopped client are set aside as claims come upon them, in a lane that nobody claims, so each
costs one claim and no more. They expire there as anywhere else.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext_noop

from notifications_platform.audit import trail
from notifications_platform.core.errors import DomainError
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.delivery.models import Stop
from notifications_platform.delivery.states import Channel, Lane

BATCH = 5000
_NOT_STOPPED = gettext_noop("It is not stopped.")


class AlreadyStopped(DomainError):
    code = "client_already_stopped"


class NotStopped(DomainError):
    code = "client_not_stopped"


def stop(client: str, *, because: str, user: str, now: datetime) -> Stop:
    """Let no further message of `client` leave until the stop is lifted. Raises AlreadyStopped."""
    with transaction.atomic():
        # One being lifted is taken up again: part of its messages are still set aside.
        Stop.objects.filter(client=client, lifted_at__isnull=False).delete()
        try:
            with transaction.atomic():
                held = Stop.objects.create(client=client, by=user, because=because, since=now)
        except IntegrityError:
            raise AlreadyStopped(f"{client} is stopped already.") from None
        _audit("delivery.stop_client", client, user=user, reason=because, now=now)
    return held


def lift(client: str, *, because: str, user: str, now: datetime) -> None:
    """Let the client's messages go again, those set aside too. Raises NotStopped."""
    with transaction.atomic():
        # Waits for claims that are setting aside; the next ones see the stop lifted.
        lifted = Stop.objects.filter(client=client, lifted_at__isnull=True).update(lifted_at=now)
        if not lifted:
            raise NotStopped(_NOT_STOPPED)
        _audit("delivery.lift_stop", client, user=user, reason=because, now=now)
        wake_on_commit("delivery.sweep")


def refusal_to_lift(stop: Stop) -> NotStopped | None:
    """One that has been lifted stays until the last of its messages is back in line."""
    return NotStopped(_NOT_STOPPED) if stop.lifted_at else None


def stopped_among(clients: Collection[str]) -> set[str]:
    """Those of `clients` that are stopped; a lift waits until this transaction has ended."""
    if not clients:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT client FROM delivery_stop
            WHERE client = ANY(%s) AND lifted_at IS NULL ORDER BY client FOR SHARE
            """,
            [list(clients)],
        )
        return {row[0] for row in cursor.fetchall()}


def set_aside(ids: Sequence[UUID]) -> None:
    """Undo the claim of these messages, in the claim's own transaction."""
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_message
            SET state = 'queued', lane = %s, lease_token = NULL, lease_until = NULL,
                lease_holder = '', attempts = attempts - 1
            WHERE id = ANY(%s)
            """,
            [int(Lane.STOPPED), list(ids)],
        )


def bring_back() -> int:
    """Let up to a batch of messages whose stop was lifted wait for a new place in line.

    Returns how many. Their former place lies in the past: it would put all of them before
    everyone else.
    """
    if not Stop.objects.filter(lifted_at__isnull=False).exists():
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH back AS MATERIALIZED (
                SELECT id FROM delivery_message
                WHERE state = 'queued' AND fair_at IS NOT NULL
                  AND channel = ANY(%s) AND lane = %s
                  AND client IN (
                      SELECT client FROM delivery_stop WHERE lifted_at IS NOT NULL)
                LIMIT %s FOR UPDATE SKIP LOCKED)
            UPDATE delivery_message AS message SET lane = %s, fair_at = NULL
            FROM back WHERE message.id = back.id
            """,
            [
                [channel.value for channel in Channel],
                int(Lane.STOPPED),
                BATCH,
                int(Lane.NORMAL),
            ],
        )
        moved = int(cursor.rowcount)
        if not moved:
            _forget_lifted(cursor)
    return moved


def _forget_lifted(cursor: CursorWrapper) -> None:
    cursor.execute(
        """
        DELETE FROM delivery_stop AS stop
        WHERE lifted_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM delivery_message
            WHERE state = 'queued' AND fair_at IS NOT NULL
              AND channel = ANY(%s) AND lane = %s AND client = stop.client)
        """,
        [[channel.value for channel in Channel], int(Lane.STOPPED)],
    )


def _audit(action: str, client: str, *, user: str, reason: str, now: datetime) -> None:
    trail.record(action, "client", [client], by=trail.By.staff(user), now=now, reason=reason)
