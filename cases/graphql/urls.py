"""One trailing slash is accepted, and answered directly."""

from django.urls import path

from cases.graphql.views import GraphQLView, sdl

urlpatterns = [
    path("graphql", GraphQLView.as_view(), name="graphql"),
    path("graphql/", GraphQLView.as_view()),
    path("graphql/schema", sdl, name="graphql-schema"),
    path("graphql/schema/", sdl),
]
