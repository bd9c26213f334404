"""The send condition over HTTP, asked as it is in process (correspondence contract 8.4, 14)."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from correspondence import access, conditions
from correspondence.api import described
from correspondence.api.authentication import CHECKERS, ConditionAuthentication
from correspondence.api.bases import PartyViewSet, read_id
from correspondence.notifications import MAIN, REMINDER


class ConditionViewSet(PartyViewSet):
    """Whether a notification of a letter is still to be sent."""

    authentication_classes = [ConditionAuthentication]
    scopes: ClassVar = {"main": CHECKERS, "reminder": CHECKERS}

    def know(self, request: Request) -> None:
        """A machine of the platform: no party."""

    @described.check_main
    def main(self, _request: Request, id: str) -> Response:
        return self._answer(id, MAIN)

    @described.check_reminder
    def reminder(self, _request: Request, id: str) -> Response:
        return self._answer(id, REMINDER)

    def _answer(self, id: str, kind: str) -> Response:
        subject = f"{read_id(id, 1001, access.NOT_FOUND)}:{kind}"
        return Response({"sendNotification": subject in conditions.going([subject])})
