"""Reading notifications over HTTP (enrollment contract 2, 4, 5)."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from enrollment import reading, searching
from enrollment.api import described, links, presenting
from enrollment.api.bases import EnrollmentViewSet
from enrollment.api.negotiation import body_of
from enrollment.api.pages import page
from enrollment.api.preconditions import etag_of, is_known
from enrollment.grants import Grant
from enrollment.requests import searches
from enrollment.searching import Search


class NotificationViewSet(EnrollmentViewSet):
    """The generic resource `enrollmenteventnotifications`."""

    grants: ClassVar = dict.fromkeys(
        ["retrieve", "list", "search", "history", "attempts"], Grant.READ
    )

    @described.get_notification
    def retrieve(self, request: Request, id: str) -> Response:
        body = presenting.single(reading.find(id, caller=self.caller), caller=self.caller)
        headers = {"ETag": etag_of(body)}
        if is_known(request, headers["ETag"]):
            return Response(status=304, headers=headers)
        return Response(body, headers=headers)

    @described.find_notifications
    def list(self, request: Request) -> Response:
        return self._page(searches.from_query(request.query_params))

    @described.search_notifications
    def search(self, request: Request) -> Response:
        return self._page(searches.from_body(body_of(request)))

    @described.get_history
    def history(self, _request: Request, id: str) -> Response:
        entries = reading.history(id, caller=self.caller)
        return Response({"items": [presenting.history(entry) for entry in entries]})

    @described.get_attempts
    def attempts(self, _request: Request, id: str) -> Response:
        tried = reading.attempts(id, caller=self.caller)
        return Response({"items": [presenting.attempt(one) for one in tried]})

    def _page(self, asked: Search) -> Response:
        return Response(
            page(searching.search(asked, caller=self.caller), asked, caller=self.caller)
        )


class CollectionViewSet(EnrollmentViewSet):
    """What there is, for those who may read notifications."""

    grants: ClassVar = {"list": Grant.READ}

    @described.list_collections
    def list(self, _request: Request) -> Response:
        return Response({"items": [_collection(name) for name in links.COLLECTIONS]})


def _collection(name: str) -> dict[str, Any]:
    return {"name": name, "links": [links.link("self", links.address(f"generic/{name}"))]}
