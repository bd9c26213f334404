"""The page of the search box. What was typed is posted and stays in the session: a link to the
page carries a random key that means something to whoever searched, and to nobody else.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from notifications_platform.back_office import finding, looking
from notifications_platform.back_office.owned import clients_of
from notifications_platform.back_office.searching import finders, merging
from notifications_platform.back_office.searching.finders import Finder, Group
from notifications_platform.back_office.searching.merging import Answer, Places
from notifications_platform.back_office.searching.terms import Kind, Term, parse

_GROUP, _OLDER = "group", "older"
_SALT = "back_office.search"
# In the session: the search whose answer has not been shown yet.
FRESH = "back_office_search_fresh"


def search(request: HttpRequest) -> HttpResponse:
    """Takes a posted term, and shows what is known of it."""
    allowed = [one for one in finders.registered() if request.user.has_perm(one.permission)]
    if not allowed:
        raise PermissionDenied
    if request.method == "POST":
        return _posted(request)
    return _shown(request, allowed)


def _posted(request: HttpRequest) -> HttpResponse:
    here = reverse("back_office_search")
    term = parse(request.POST.get("term", ""))
    if not term:
        return HttpResponseRedirect(here)
    _note(request, term)
    key = finding.remember(request, term.typed)
    request.session[FRESH] = key
    return HttpResponseRedirect(f"{here}?{urlencode({finding.PARAMETER: key})}")


def _shown(request: HttpRequest, allowed: Sequence[Finder]) -> HttpResponse:
    key = request.GET.get(finding.PARAMETER, "")
    typed = finding.recall(request, key)
    term = parse(typed or "")
    group = _group(request)
    places = _places(request, key)
    answer = merging.search(
        term,
        [finder for finder in allowed if group in (None, finder.group)],
        clients=clients_of(request.user),
        places=places,
    )
    if _is_fresh(request, key) and _is_one_thing(answer) and group is None:
        messages.info(request, _("This is the only thing found for what you typed."))
        return HttpResponseRedirect(answer.lines[0].hit.link)
    context = {
        **admin.site.each_context(request),
        "title": _("Search"),
        "search_page": True,
        "search_term": term.typed,
        "forgotten": bool(key) and typed is None,
        "term": term,
        "understood": [kind.said for kind in term.readings],
        "answer": answer,
        "groups": _filters(key, group, allowed),
        "newest": _url(key, group) if places is not None else "",
        "older": _url(key, group, _signed(answer, key)) if answer.older else "",
    }
    return TemplateResponse(request, "back_office/search.html", context)


def _is_fresh(request: HttpRequest, key: str) -> bool:
    """Whether somebody has just typed it, and is on the phone; not who comes back to the page."""
    return FRESH in request.session and request.session.pop(FRESH) == key


def _is_one_thing(answer: Answer) -> bool:
    return len(answer.lines) == 1 and not answer.older and not answer.remarks


def _group(request: HttpRequest) -> Group | None:
    try:
        return Group(request.GET.get(_GROUP))
    except ValueError:
        return None


def _filters(key: str, chosen: Group | None, allowed: Collection[Finder]) -> list[dict[str, Any]]:
    offered = {finder.group for finder in allowed}
    groups: list[Group | None] = [None, *(group for group in Group if group in offered)]
    return [
        {
            "said": group.said if group else _("Everything"),
            "link": _url(key, group),
            "chosen": group is chosen,
        }
        for group in groups
    ]


def _url(key: str, group: Group | None, older: str = "") -> str:
    asked = {finding.PARAMETER: key, _GROUP: group.value if group else "", _OLDER: older}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{reverse('back_office_search')}?{query}"


def _signed(answer: Answer, key: str) -> str:
    """Ids and times only; finders trust them, so nobody else may make them up."""
    return signing.dumps(answer.older, salt=_SALT + key, compress=True)


def _places(request: HttpRequest, key: str) -> Places | None:
    """None: the newest page, also for what was not signed here for this search."""
    try:
        places: Places = signing.loads(request.GET.get(_OLDER, ""), salt=_SALT + key)
    except signing.BadSignature:
        return None
    return places


def _note(request: HttpRequest, term: Term) -> None:
    """Who searched, when, and for what kind of thing. For whom, only of a person, and then by the
    id of the register's row or by a digest that nobody makes without this installation's key.
    """
    kinds = [kind.value for kind in term.readings]
    number = term.of(Kind.PERSON)
    subject = ("search", "")
    if number:
        digest = salted_hmac(_SALT, number, algorithm="sha256").hexdigest()[:40]
        subject = finders.named(term) or ("person", f"digest-{digest}")
    looking.note_lookup(request, *subject, kinds)
