"""The rules that a letter keeps or breaks by itself, without any register (correspondence contract
4.3). Each function raises BusinessError for the first rule broken, in the contract's order.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NoReturn
from urllib.parse import urlsplit

import structlog
from django.conf import settings

from correspondence import texts
from correspondence.errors import BusinessError
from correspondence.file_names import check_file_name
from correspondence.inputs import (
    LONGEST_BODY,
    LONGEST_LINK,
    LONGEST_LINK_TEXT,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    CustomRecipient,
    ExternalReference,
    NewAttachment,
    NewContent,
    NewLetter,
    NewNotification,
    NotificationTexts,
)
from correspondence.states import NotificationChannel as _Channel
from correspondence.states import NotificationTemplate, ReferenceType
from correspondence.wording import spelled
from notifications_platform.core.addresses import is_email_address, to_e164

LANGUAGES = ("nb", "nn", "en")
LARGEST_FILE = 2_000_000_000
MOST_ATTACHMENTS = 100
log = structlog.get_logger(__name__)

_UUID = re.compile(r"[0-9a-fA-F]{8}(-?)[0-9a-fA-F]{4}(?:\1[0-9a-fA-F]{4}){2}\1[0-9a-fA-F]{12}")
# What is longer than any text may be is not read to its end.
_READ = 100_000
_UNFIT_FOR_LINK = re.compile(r'[\x00-\x20\x7f-\xa0"<>\\^`{|}]|%(?![0-9a-fA-F]{2})')


def check_confirmation(new: NewLetter) -> None:
    if new.is_confirmation_needed and new.due_date_time is None:
        raise BusinessError(1016, "isConfirmationNeeded: a dueDateTime is needed with it.")


def check_dates(new: NewLetter, *, now: datetime) -> None:
    publish = max(now, new.requested_publish_time or now)
    due, delete = new.due_date_time, new.allow_system_delete_after
    if due is not None and due < now:
        raise BusinessError(1008, "dueDateTime must not lie in the past.")
    if due is not None and due < publish:
        raise BusinessError(1009, "dueDateTime must not lie before requestedPublishTime.")
    if delete is not None and delete < now:
        raise BusinessError(1010, "allowSystemDeleteAfter must not lie in the past.")
    if delete is not None and delete < publish:
        raise BusinessError(1011, "allowSystemDeleteAfter lies before requestedPublishTime.")
    if delete is not None and due is not None and delete < due:
        raise BusinessError(1012, "allowSystemDeleteAfter must not lie before dueDateTime.")


def check_content(new: NewLetter) -> None:
    _check_texts(new.content)
    if new.content.language not in LANGUAGES:
        raise BusinessError(1023, "content.language must be nb, nn or en.")
    _refuse_marked(1039, "messageSender", texts.not_plain(new.message_sender))
    _check_references(new.external_references)


def _check_texts(content: NewContent) -> None:
    if not content.title.strip():
        raise BusinessError(1020, "content.messageTitle must not be blank.")
    _refuse_marked(1002, "content.messageTitle", texts.not_plain(content.title[:_READ]))
    _refuse_longer(1037, "content.messageTitle", content.title, LONGEST_TITLE)
    _refuse_longer(1042, "content.messageSummary", content.summary, LONGEST_SUMMARY)
    if texts.not_plain(content.summary) is not None:
        log.info("correspondence.summary_marked_up")
    _refuse_marked(1003, "content.messageBody", texts.not_markdown(content.body[:_READ]))
    if not content.body.strip():
        raise BusinessError(1021, "content.messageBody must not be blank.")
    _refuse_longer(1022, "content.messageBody", content.body, LONGEST_BODY)


def check_filled_in(content: NewContent, names: Sequence[str]) -> None:
    """The limits hold for what recipients get: with the longest of their names filled in."""
    longest = max((len(texts.as_inserted(name)) for name in names), default=0)
    for number, field, text, most in (
        (1037, "content.messageTitle", content.title, LONGEST_TITLE),
        (1042, "content.messageSummary", content.summary, LONGEST_SUMMARY),
        (1022, "content.messageBody", content.body, LONGEST_BODY),
    ):
        times = text.count(texts.RECIPIENT_NAME)
        length = len(text) + times * (longest - len(texts.RECIPIENT_NAME))
        if times and length > most:
            raise BusinessError(
                number,
                f"{field} has {most} characters at most, not {length} once"
                f" {texts.RECIPIENT_NAME} is filled in.",
            )


def _refuse_longer(number: int, field: str, text: str, most: int) -> None:
    if len(text) > most:
        raise BusinessError(number, f"{field} has {most} characters at most, not {len(text)}.")


def _refuse_marked(number: int, field: str, fragment: texts.Fragment | None) -> None:
    if fragment is not None:
        raise BusinessError(number, f"{field}, {fragment.place}: {fragment.what} is not allowed.")


def _check_references(references: Sequence[ExternalReference]) -> None:
    types = [one.type for one in references]
    transmissions = types.count(ReferenceType.DialogportenTransmissionType)
    if transmissions > 1:
        raise BusinessError(1052, "externalReferences: one DialogportenTransmissionType at most.")
    if transmissions and ReferenceType.DialogportenDialogId not in types:
        raise BusinessError(
            1053,
            "externalReferences: a DialogportenTransmissionType needs a DialogportenDialogId.",
        )
    for position, one in enumerate(references):
        if one.type is ReferenceType.DialogportenDialogId and not _is_uuid(one.value):
            raise BusinessError(
                1048, f"externalReferences[{position}]: a DialogportenDialogId is a UUID."
            )


def _is_uuid(text: str) -> bool:
    return bool(_UUID.fullmatch(text))


def check_new_attachments(new: NewLetter, file_sizes: Sequence[int] | None) -> None:
    """`file_sizes`: in the order of the entries; None or another number of them: the files do
    not match the entries.
    """
    entries = new.content.attachments
    for position, entry in enumerate(entries):
        check_file_name(entry.file_name, f"content.attachments[{position}].fileName")
    if file_sizes is None or len(file_sizes) != len(entries):
        _refuse_files()
    for position, size in enumerate(file_sizes):
        if not 0 < size <= LARGEST_FILE:
            raise BusinessError(
                2004, f"content.attachments[{position}]: the file has 1 to {LARGEST_FILE} bytes."
            )
    for position, entry in enumerate(entries):
        check_expiration(entry, f"content.attachments[{position}].expirationInDays")


def check_expiration(entry: NewAttachment, place: str = "expirationInDays") -> None:
    least = 1 if settings.SANDBOX else 14
    if entry.expiration_in_days is not None and entry.expiration_in_days < least:
        raise BusinessError(2017, f"{place}: {least} days at least.")


def match_files(entries: Sequence[NewAttachment], file_names: Sequence[str]) -> list[int]:
    """For each entry the position of its file: the one at the same position if it has the name,
    else the only one of that name. Raises BusinessError 1005 (contract 4.5).
    """
    by_name: dict[str, list[int]] = {}
    for position, name in enumerate(file_names):
        by_name.setdefault(name, []).append(position)
    matched = []
    for position, entry in enumerate(entries):
        having = by_name.get(entry.file_name, [])
        if position < len(file_names) and file_names[position] == entry.file_name:
            matched.append(position)
        elif len(having) == 1:
            matched.append(having[0])
        else:
            _refuse_files()
    if sorted(matched) != list(range(len(file_names))):
        _refuse_files()
    return matched


def _refuse_files() -> NoReturn:
    raise BusinessError(
        1005,
        "Each entry of content.attachments needs one file part of its fileName, and each file an"
        " entry. Files can be sent to /correspondence/upload only.",
    )


def check_reply_options(new: NewLetter) -> None:
    for position, option in enumerate(new.reply_options):
        if not is_link(option.link_url):
            raise BusinessError(
                1035,
                f"replyOptions[{position}].linkURL must be an absolute https:// address of"
                f" {LONGEST_LINK} characters at most.",
            )
        _check_link_text(f"replyOptions[{position}].linkText", option.link_text or "")


def _check_link_text(field: str, text: str) -> None:
    """It may come to stand in the letter's body, beside others."""
    if len(text) > LONGEST_LINK_TEXT:
        raise BusinessError(1035, f"{field} has {LONGEST_LINK_TEXT} characters at most.")
    _refuse_marked(1035, field, texts.not_plain(text))
    if begun := texts.HTML_BEGINS.search(text):
        _refuse_marked(1035, field, texts.Fragment(f"character {begun.start() + 1}", "HTML"))


def is_link(text: str) -> bool:
    """An absolute, well-formed https URI."""
    if len(text) > LONGEST_LINK or _UNFIT_FOR_LINK.search(text):
        return False
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        return False
    return url.scheme == "https" and bool(url.hostname) and text[:8].lower() == "https://"


# ---------------------------------------------------------------- notification, contract 8.1
_RECIPIENT_NAME = "$recipientName$"
_CUSTOM = "notification.customRecipients"
_QUOTED = re.compile(r'"(?:[^"\\\x00-\x1f\x7f]|\\[^\x00-\x1f\x7f])++"@([^@]+)')
_BOTH = frozenset({_Channel.EmailPreferred, _Channel.SmsPreferred, _Channel.EmailAndSms})
# The number where a main, or a reminder text is missing.
_TEXTS_MISSING = {
    _Channel.Email: (3002, 3003),
    _Channel.Sms: (3004, 3005),
    _Channel.EmailPreferred: (3006, 3007),
    _Channel.SmsPreferred: (3006, 3007),
    _Channel.EmailAndSms: (3024, 3025),
}


def check_notification(new: NewLetter) -> None:
    """Nothing to check where none is asked for."""
    asked = new.notification
    if asked is None:
        return
    if asked.template not in list(NotificationTemplate):
        known = ", ".join(one.name for one in NotificationTemplate)
        raise BusinessError(3023, f"notification.notificationTemplate must be one of {known}.")
    _check_custom_recipients(asked, len(new.recipients))
    if asked.template == NotificationTemplate.CustomMessage:
        _check_given(asked.main, reminder=False)
        if asked.send_reminder:
            _check_given(asked.reminder, reminder=True)


def _check_custom_recipients(asked: NewNotification, letters: int) -> None:
    customs = asked.custom_recipients
    if asked.override_registered and not customs:
        raise BusinessError(
            3022, "notification.overrideRegisteredContactInformation: customRecipients are needed."
        )
    if customs and letters > 1:
        raise BusinessError(3017, f"{_CUSTOM}: only with a single recipient of the letter.")
    given = [_given(one) for one in customs]
    for position, ways in enumerate(given):
        if not ways:
            raise BusinessError(3019, f"{_CUSTOM}[{position}]: one address or number is needed.")
    for position, ways in enumerate(given):
        if len(ways) > 1:
            raise BusinessError(3018, f"{_CUSTOM}[{position}]: one address or number only.")
    _check_addresses(asked)


def _given(one: CustomRecipient) -> list[str]:
    ways = (
        one.email_address,
        one.mobile_number,
        one.organization_number,
        one.national_identity_number,
    )
    return [way for way in ways if way]


def _check_addresses(asked: NewNotification) -> None:
    customs = asked.custom_recipients
    if any(one.email_address or one.mobile_number for one in customs):
        for field, text in _all_texts(asked):
            if _RECIPIENT_NAME in text:
                raise BusinessError(
                    3015,
                    f"notification.{field}: {_RECIPIENT_NAME} is not known of an e-mail address or"
                    " a mobile number.",
                )
    for position, one in enumerate(customs):
        if one.email_address and not is_mailbox(one.email_address):
            raise BusinessError(3011, f"{_CUSTOM}[{position}]: no valid e-mail address.")
    for position, one in enumerate(customs):
        if one.mobile_number and not to_e164(one.mobile_number):
            raise BusinessError(
                3012, f"{_CUSTOM}[{position}]: no valid mobile number with its country."
            )


def _all_texts(asked: NewNotification) -> Iterator[tuple[str, str]]:
    for said, before in ((asked.main, ""), (asked.reminder, "reminder")):
        for name, text in _texts(said):
            yield spelled(before, name), text


def _texts(given: NotificationTexts) -> Iterator[tuple[str, str]]:
    yield "emailSubject", given.email_subject
    yield "emailBody", given.email_body
    yield "smsBody", given.sms_body


def _check_given(given: NotificationTexts, *, reminder: bool) -> None:
    channel = given.channel
    for name, text in _texts(given):
        own = _Channel.Sms if name == "smsBody" else _Channel.Email
        if channel in _BOTH | {own} and not text.strip():
            field = spelled("reminder" if reminder else "", name)
            raise BusinessError(
                _TEXTS_MISSING[channel][reminder],
                f"notification.{field} is needed for the channel {channel.name}.",
            )


def is_mailbox(address: str) -> bool:
    """One mailbox as in RFC 5322, without a display name; its local part may be quoted."""
    if ";" in address:
        return False
    quoted = _QUOTED.fullmatch(address)
    return is_email_address(f"quoted@{quoted[1]}" if quoted else address)
