"""The state of a policy (enrollment contract 4.5)."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from enrollment import policies
from enrollment.api import described_writing as described
from enrollment.api.bases import EnrollmentViewSet
from enrollment.api.negotiation import body_of
from enrollment.grants import Grant
from enrollment.requests.parts import reading, unfit_as_code
from notifications_platform.core.errors import NotFound
from notifications_platform.http.refusals import ValidationProblem

_FIRST_VERSION = "firstVersion"


class PolicyViewSet(EnrollmentViewSet):
    grants: ClassVar = {"approve": Grant.POLICIES, "revert": Grant.POLICIES}

    @described.approve_policy
    def approve(self, request: Request, gid: str) -> Response:
        _read_body(request)
        return Response({"readyCount": policies.approve(_gid(gid), **self.acting())})

    @described.revert_policy
    def revert(self, request: Request, gid: str) -> Response:
        _read_body(request)
        if _is_first_version(request):
            deleted = policies.revert_first_version(_gid(gid), **self.acting())
            return Response({"deletedCount": deleted})
        return Response({"obsoleteCount": policies.revert(_gid(gid), **self.acting())})


def _read_body(request: Request) -> None:
    """None is needed, and one that is no object is a mistake."""
    with reading(body_of(request, optional=True)):
        pass


def _is_first_version(request: Request) -> bool:
    text = request.query_params.get(_FIRST_VERSION, "false")
    if text not in ("true", "false"):
        raise ValidationProblem({_FIRST_VERSION: ["true or false is needed here."]})
    return bool(text == "true")


def _gid(text: str) -> str:
    """What cannot be stored names nothing."""
    if unfit_as_code(text):
        raise NotFound
    return text
