"""What the notifications of a letter say (correspondence contract 8.1, 8.2). Pure.

Each text is cut at its keywords once per letter; what all recipients share is filled in then, and
a text that names nothing of a recipient's own is the same string for all of them.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from django.conf import settings

from correspondence.inputs import NewNotification, NotificationTexts
from correspondence.states import EmailContentType, NotificationTemplate

# Characters of what is sent.
LONGEST_SUBJECT, LONGEST_EMAIL_BODY, LONGEST_SMS_BODY = 512, 10_000, 2_144

_SENDER, _RECIPIENT = "$sendersName$", "$correspondenceRecipientName$"
_RESOURCE, _TITLE = "$resourceName$", "$messageTitle$"
# One pass: what is filled in is never read for keywords again.
_KEYWORD = re.compile(
    "(" + "|".join(map(re.escape, (_SENDER, _RECIPIENT, _RESOURCE, _TITLE))) + ")"
)
_KEYWORD_OF_ORDERS = re.compile(r"\$(?=recipient(?:Name|Number)\$)")
_WORD_JOINER = "\u2060"
_LINE_BREAKS = re.compile(r"[\r\n]+")

_NEW_LETTER = {
    "nb": "Nytt brev til $correspondenceRecipientName$ {textToken}",
    "nn": "Nytt brev til $correspondenceRecipientName$ {textToken}",
    "en": "New letter for $correspondenceRecipientName$ {textToken}",
}
_HAS_SENT = {
    "nb": "$sendersName$ har sendt et brev til $correspondenceRecipientName$. {textToken}"
    "Åpne innboksen for å lese det.",
    "nn": "$sendersName$ har sendt eit brev til $correspondenceRecipientName$. {textToken}"
    "Opne innboksen for å lese det.",
    "en": "$sendersName$ has sent a letter to $correspondenceRecipientName$. {textToken}"
    "Open your inbox to read it.",
}
_REMINDER = {"nb": "Påminnelse: ", "nn": "Påminning: ", "en": "Reminder: "}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What the keywords stand for in all notifications of a letter. `title` None where each
    recipient's is its own.
    """

    language: str
    senders_name: str
    resource_name: str
    title: str | None

    def values(self) -> dict[str, str]:
        shared = {_SENDER: self.senders_name, _RESOURCE: self.resource_name}
        return shared if self.title is None else {**shared, _TITLE: self.title}


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What they stand for in those of one recipient."""

    name: str
    title: str

    def values(self) -> Mapping[str, str]:
        return {_RECIPIENT: self.name, _TITLE: self.title}


@dataclass(frozen=True, slots=True)
class TooLong:
    """`field` in wire words, of `notification`."""

    field: str
    most: int
    length: int


class Wording:
    """The texts of one letter's main notifications and reminders, for any recipient."""

    def __init__(self, asked: NewNotification, shared: Shared) -> None:
        self._main = _Texts(asked, asked.main, shared, reminder=False)
        self._reminder = _Texts(asked, asked.reminder, shared, reminder=True)

    def email(self, own: Own, *, reminder: bool) -> Mapping[str, str]:
        """As `orders` takes an e-mail's template."""
        return self._of(reminder).email(own)

    def sms(self, own: Own, *, reminder: bool) -> Mapping[str, str]:
        return self._of(reminder).sms(own)

    def too_long(
        self, owns: Sequence[Own], *, reminder: bool, email: bool, sms: bool
    ) -> Iterator[TooLong]:
        """Texts that would be longer than may be sent, for one of these recipients at least."""
        return self._of(reminder).too_long(owns, email=email, sms=sms)

    def _of(self, reminder: bool) -> "_Texts":
        return self._reminder if reminder else self._main


class _Texts:
    def __init__(
        self, asked: NewNotification, given: NotificationTexts, shared: Shared, *, reminder: bool
    ) -> None:
        self._before = "reminder" if reminder else ""
        self._html = given.email_content_type is EmailContentType.Html
        framed = _framed(asked, shared.language, reminder=reminder)
        values = shared.values()
        self._subject = _Text(framed(_NEW_LETTER, given.email_subject), values, one_line=True)
        body = framed(_HAS_SENT, given.email_body)
        self._body = _Text(body, values, html=self._html)
        self._sms = _Text(framed(_HAS_SENT, given.sms_body), values)
        self._email = _Kept(self._filled_email, [self._subject, self._body])
        self._sms_template = _Kept(self._filled_sms, [self._sms])

    def email(self, own: Own) -> Mapping[str, str]:
        return self._email.for_(own)

    def sms(self, own: Own) -> Mapping[str, str]:
        return self._sms_template.for_(own)

    def _filled_email(self, own: Own) -> Mapping[str, str]:
        return {
            "fromAddress": settings.EMAIL_FROM,
            "subject": self._subject.filled(own),
            "body": self._body.filled(own),
            "contentType": "Html" if self._html else "Plain",
        }

    def _filled_sms(self, own: Own) -> Mapping[str, str]:
        return {"senderNumber": settings.SMS_SENDER, "body": self._sms.filled(own)}

    def too_long(self, owns: Sequence[Own], *, email: bool, sms: bool) -> Iterator[TooLong]:
        texts = []
        if email:
            texts.append(("emailSubject", LONGEST_SUBJECT, self._subject))
            texts.append(("emailBody", LONGEST_EMAIL_BODY, self._body))
        if sms:
            texts.append(("smsBody", LONGEST_SMS_BODY, self._sms))
        for field, most, text in texts:
            length = text.longest(owns)
            if length > most:
                yield TooLong(spelled(self._before, field), most, length)


def spelled(before: str, field: str) -> str:
    """`reminder` and `emailSubject` as `reminderEmailSubject`."""
    return before + field[0].upper() + field[1:] if before else field


_Framed = Callable[[Mapping[str, str], str], str]


def _framed(asked: NewNotification, language: str, *, reminder: bool) -> _Framed:
    """The template's words around the caller's. Ours, too, where the caller has said nothing: to
    an address of a kind that the channel of the notification does not use.
    """
    generic = asked.template == NotificationTemplate.GenericAltinnMessage

    def said(words: Mapping[str, str], token: str) -> str:
        frame = "{textToken}"
        if generic or not token.strip():
            frame = (_REMINDER[language] if reminder else "") + words[language]
        return frame.replace("{textToken}", f"{token} " if token else "")

    return said


class _Kept:
    """The template that was filled in last, for as long as it serves: to the end where the texts
    are shared, else while the recipient is the same.
    """

    def __init__(self, fill: Callable[[Own], Mapping[str, str]], texts: "Sequence[_Text]") -> None:
        self._fill, self._is_shared = fill, all(one.is_shared for one in texts)
        self._own: Own | None = None
        self._filled: Mapping[str, str] = {}

    def for_(self, own: Own) -> Mapping[str, str]:
        if self._own is None or not (self._is_shared or self._own is own):
            self._own, self._filled = own, self._fill(own)
        return self._filled


class _Text:
    """One text as `literals[0], names[0], literals[1], …`, the shared values among the literals."""

    def __init__(
        self, text: str, shared: Mapping[str, str], *, html: bool = False, one_line: bool = False
    ) -> None:
        self._html, self._one_line = html, one_line
        pieces = _KEYWORD.split(text)
        literals, names = [[pieces[0]]], []
        for name, literal in zip(pieces[1::2], pieces[2::2], strict=True):
            if name in shared:
                literals[-1] += [_inserted(shared[name], html=html), literal]
            else:
                names.append(name)
                literals.append([literal])
        self._literals = ["".join(some) for some in literals]
        self._literals[0] = self._literals[0].lstrip()
        self._literals[-1] = self._literals[-1].rstrip()
        self._names = names
        self.is_shared = not names

    def filled(self, own: Own) -> str:
        filled = [self._literals[0]]
        if self._names:
            values = self._inserted(own)
            for name, literal in zip(self._names, self._literals[1:], strict=True):
                filled += values[name], literal
        text = "".join(filled).strip()
        return _LINE_BREAKS.sub(" ", text) if self._one_line else text

    def longest(self, owns: Sequence[Own]) -> int:
        """Of the filled texts; counted, since they may be very long."""
        fixed = sum(map(len, self._literals))
        if not self._names:
            return fixed
        times = Counter(self._names)
        return fixed + max(
            sum(len(values[name]) * count for name, count in times.items())
            for values in map(self._inserted, owns)
        )

    def _inserted(self, own: Own) -> dict[str, str]:
        return {name: _inserted(value, html=self._html) for name, value in own.values().items()}


def _inserted(value: str, *, html: bool) -> str:
    """So that it reads as it is: no markup, and no keyword for `orders` to fill in."""
    value = _KEYWORD_OF_ORDERS.sub("$" + _WORD_JOINER, value)
    return escape(value) if html else value
