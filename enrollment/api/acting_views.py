"""Cancelling and resending over HTTP (enrollment contract 4.1, 4.2, 4.3)."""

from typing import ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from enrollment import acting, bulk
from enrollment.acting import Check
from enrollment.api import acting_presenting as presenting
from enrollment.api import described_acting
from enrollment.api.bases import EnrollmentViewSet
from enrollment.api.negotiation import body_of
from enrollment.api.preconditions import etag_of, refuse_unless_matching
from enrollment.api.preferences import Preferences
from enrollment.api.presenting import single
from enrollment.api.problems import coded
from enrollment.grants import Grant
from enrollment.models import EnrollmentEventNotification
from enrollment.requests.selections import Selection, read_reason, read_selection
from enrollment.states import Kind
from notifications_platform.core import clock
from notifications_platform.core.errors import NotFound

# A resend is carried out by workers, a cancel at once.
_SUCCESS = {Kind.CANCEL: 200, Kind.RESEND: 202}


class ActingViewSet(EnrollmentViewSet):
    """`kind` is what its routes do; both kinds read, refuse and answer the same."""

    kind: Kind = Kind.CANCEL

    def one(self, request: Request, id: str) -> Response:
        reason = read_reason(body_of(request, optional=True))
        changed = acting.act_on_one(
            self.kind, id, reason=reason, check=self._precondition(request), **self.acting()
        )
        body = single(changed, caller=self.caller)
        return Response(body, status=_SUCCESS[self.kind], headers={"ETag": etag_of(body)})

    def many(self, request: Request) -> Response:
        selection = read_selection(self.kind, body_of(request))
        preferred = Preferences.of(request)
        if selection.everything:
            return self._all(selection, preferred)
        return self._listed(selection, preferred)

    def _precondition(self, request: Request) -> Check | None:
        """Reads what is sent only where it is asked for."""
        if "If-Match" not in request.headers:
            return None

        def check(locked: EnrollmentEventNotification) -> None:
            refuse_unless_matching(request, single(locked, caller=self.caller))

        return check

    def _listed(self, selection: Selection, preferred: Preferences) -> Response:
        lenient = preferred.take("handling", "lenient")
        if selection.dry_run:
            found = acting.rehearse(selection.ids, caller=self.caller, lenient=lenient)
            body = presenting.rehearsed(len(found.ids), refused=found.refused)
            return preferred.applied_to(coded(body))
        done = acting.act_on_many(
            self.kind,
            selection.ids,
            reason=selection.reason,
            lenient=lenient,
            **self.acting(),
        )
        body = presenting.many(self.kind, done)
        return preferred.applied_to(coded(body, status=_SUCCESS[self.kind]))

    def _all(self, selection: Selection, preferred: Preferences) -> Response:
        listed = bool(selection.ids)
        if selection.dry_run:
            count = bulk.matched(q=selection.q, **self.acting())
            return coded(presenting.rehearsed(count, listed=listed))
        if preferred.take("respond-async"):
            return preferred.applied_to(self._begin(selection, listed=listed))
        done = bulk.act_on_all(
            self.kind,
            q=selection.q,
            reason=selection.reason,
            caller=self.caller,
            tell_time=clock.now,
        )
        body = presenting.all_failed(self.kind, done, listed=listed)
        return coded(body, status=_SUCCESS[self.kind])

    def _begin(self, selection: Selection, *, listed: bool) -> Response:
        begun = bulk.begin(self.kind, q=selection.q, reason=selection.reason, **self.acting())
        answer = coded(presenting.begun(begun, listed=listed), status=202)
        answer["Location"] = presenting.bulk_address(begun)
        return answer


class CancelViewSet(ActingViewSet):
    kind = Kind.CANCEL
    grants: ClassVar = {"one": Grant.CANCEL, "many": Grant.CANCEL}

    @described_acting.cancel_one
    def one(self, request: Request, id: str) -> Response:
        return super().one(request, id)

    @described_acting.cancel_many
    def many(self, request: Request) -> Response:
        return super().many(request)


class ResendViewSet(ActingViewSet):
    kind = Kind.RESEND
    grants: ClassVar = {"one": Grant.RESEND, "many": Grant.RESEND}

    @described_acting.resend_one
    def one(self, request: Request, id: str) -> Response:
        return super().one(request, id)

    @described_acting.resend_many
    def many(self, request: Request) -> Response:
        return super().many(request)


class BulkOperationViewSet(EnrollmentViewSet):
    grants: ClassVar = {"retrieve": Grant.READ}

    @described_acting.get_bulk_operation
    def retrieve(self, _request: Request, id: str) -> Response:
        return Response(presenting.bulk_operation(bulk.find(_uuid(id), caller=self.caller)))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
