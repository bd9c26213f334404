"""The limits that the accept benchmark stands beside: a POST that inserts a row, an empty GET."""

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.limits.models import Row


class Insert(APIView):
    def post(self, request: Request) -> Response:
        row = Row(body=request.data)
        row.save(force_insert=True)
        return Response({"id": row.pk}, status=202)


class Empty(APIView):
    def get(self, _request: Request) -> Response:
        return Response({})


urlpatterns = [path("insert", Insert.as_view()), path("empty", Empty.as_view())]
