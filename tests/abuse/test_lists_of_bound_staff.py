"""Staff of a client that has not done anything for long do not wait for their lists."""

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from cases.models import EksterntVarsel, Notifikasjon, Sak
from correspondence.models import Attachment, Correspondence, Event, Letter
from enrollment.models import EnrollmentEventNotification, PolicyEnrollmentEvent
from notifications_platform.delivery.models import Message
from orders.models import Order
from tests.plans import plan_of, pretend_much
from tests.two_sides import set_up

pytestmark = pytest.mark.django_db

INDEXES: dict[type[Model], str] = {
    Order: "order_newest_of",
    Sak: "sak_of_produsent",
    Notifikasjon: "notifikasjon_of_produsent",
    EksterntVarsel: "eksternt_varsel_of_produsent",
    Letter: "letter_of_owner",
    Correspondence: "letter_of_owner",
    Attachment: "attachment_of_owner",
    Event: "event_of_owner",
    EnrollmentEventNotification: "een_of_client",
    PolicyEnrollmentEvent: "enrollment_event_of_client",
    Message: "message_of_client",
}


def test_each_list_can_go_by_the_index_of_its_client() -> None:
    request = RequestFactory().get("/")
    plans = {}
    set_up()
    for model, index in INDEXES.items():
        # Those of the outbox are gathered and sorted: they are in two indexes.
        pretend_much("seqscan", *(["indexscan"] if model is Message else []))
        pages = admin.site._registry[model]
        rows = pages.of_clients(model._default_manager.all(), ["nobody"])  # type: ignore[attr-defined]
        newest = rows.order_by(*pages.get_ordering(request))[:50]
        with CaptureQueriesContext(connection) as captured:
            list(newest)
        plans[model.__name__] = (index, plan_of(captured[0]["sql"]))
    missing = {name: plan for name, (index, plan) in plans.items() if index not in plan}
    assert missing == {}
