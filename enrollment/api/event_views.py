"""Taking in enrollment events (enrollment contract 4.4)."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from enrollment import ingestion
from enrollment.api import described_writing as described
from enrollment.api.bases import EnrollmentViewSet
from enrollment.api.negotiation import body_of
from enrollment.api.problems import coded
from enrollment.grants import Grant
from enrollment.requests.events import read_events
from enrollment.results import result


class EventViewSet(EnrollmentViewSet):
    grants: ClassVar = {"create": Grant.EVENTS}

    @described.tell_of_events
    def create(self, request: Request) -> Response:
        new = read_events(request.query_params.get("policyCode", ""), body_of(request))
        ingestion.ingest(new, **self.acting())
        return coded({"resultMessages": result(succeeded=True)}, status=201)
