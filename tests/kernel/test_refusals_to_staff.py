"""What staff read when something is refused: a sentence, in their language, never a code."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client

from notifications_platform.audit.models import Entry
from notifications_platform.back_office import acting
from notifications_platform.back_office.roles import Role
from notifications_platform.back_office.verbs import why
from notifications_platform.core.errors import DomainError
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Reason
from tests.factories import make_messages
from tests.staff import browser, make_staff, url

pytestmark = pytest.mark.django_db


def every_refusal(of: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    for one in of.__subclasses__():
        yield one
        yield from every_refusal(one)


def refused(client: Client, verb: str, user: User) -> str:
    (line,) = client.get(url(User, verb, user.pk)).context["preview"].rows
    said: str = line.refused
    return said


def test_what_was_erased_while_somebody_looked_at_it_is_said_to_be_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    operator = browser(Role.OPERATOR)
    (failed,) = make_messages(failed=Reason.BOUNCED)
    settled = acting._is_settled

    def too_late(*args: Any) -> bool:
        Message.objects.all().delete()
        return settled(*args)

    monkeypatch.setattr(acting, "_is_settled", too_late)
    answer = operator.post(url(Message, "resend", failed.pk), {"reason": "She rang."})

    (told,) = get_messages(answer.wsgi_request)
    assert str(told).endswith(": It does not exist any more.")
    assert not Entry.objects.filter(action="delivery.resend").exists()


def test_no_refusal_shows_staff_its_code_alone() -> None:
    plain = [one for one in every_refusal() if one.__init__ is DomainError.__init__]
    assert len(plain) > 15
    assert [one.code for one in plain if why(one()).count(" ") < 2] == []


def test_what_administrators_may_not_do_to_access_is_said_in_their_language() -> None:
    ada = browser(Role.ADMINISTRATOR, "ada")
    me, nils = User.objects.get(username="ada"), make_staff(Role.READER, "nils")
    asked = [("end-sessions", me), ("end-sessions", nils), ("reset-second-factor", nils)]

    english = [refused(ada, *one) for one in asked]
    ada.defaults["HTTP_ACCEPT_LANGUAGE"] = "nb"
    norwegian = [refused(ada, *one) for one in asked]

    assert "Your own is found under My access." in english
    assert all(english)
    assert set(english).isdisjoint(norwegian)
