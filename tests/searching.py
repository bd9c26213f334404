"""What staff type into the search box, and what they get."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications_platform.back_office.searching.page import FRESH
from tests.plans import plan_of, pretend_much

BOX = "/admin/search/"


def search(client: Client, term: str, **narrowed: str) -> Any:
    """The page with everything that was found, also where one thing only is."""
    return client.get(BOX, {"found": typed(client, term), **narrowed})


def typed(client: Client, term: str) -> str:
    """The key to what was typed, as if the answer had been looked at before."""
    posted = client.post(BOX, {"term": term})
    assert posted.status_code == 302, posted.content
    session = client.session
    key = str(session.pop(FRESH))
    session.save()
    return key


def lines(client: Client, term: str, **narrowed: str) -> list[str]:
    """The sentences that answer."""
    return [
        str(line.hit.words) for line in search(client, term, **narrowed).context["answer"].lines
    ]


def links(client: Client, term: str, **narrowed: str) -> list[str]:
    """The ids of the pages that the sentences lead to, the newest first."""
    found = search(client, term, **narrowed).context["answer"].lines
    return [line.hit.link.split("/")[-3] for line in found]


def plans(client: Client, term: str, table: str) -> str:
    """How the database goes about what is read from one table, if it may not walk through it."""
    key = typed(client, term)
    with CaptureQueriesContext(connection) as queries:
        client.get(BOX, {"found": key})
    asked = [query["sql"] for query in queries if f'FROM "{table}"' in query["sql"]]
    assert asked
    pretend_much("seqscan")
    return "\n".join(plan_of(sql) for sql in asked)
