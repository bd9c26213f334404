"""One trailing slash is accepted, and answered directly."""

from django.urls import path

from cases.graphql.views import GraphQLView, sdl

_door = GraphQLView.as_view()

urlpatterns = [
    path("graphql", _door, name="graphql"),
    path("graphql/", _door),
    path("graphql/schema", sdl, name="graphql-schema"),
    path("graphql/schema/", sdl),
]
