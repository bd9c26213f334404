"""When a message may leave (cases contract 10). Instants are aware datetimes; answers are UTC."""

from datetime import UTC, datetime

from django.conf import settings

from cases.states import Kanal, Sendevindu
from notifications_platform.core.windows import Window

_WINDOWS = {
    Sendevindu.NKS_AAPNINGSTID.value: Window.parse("mon-fri 08:30-14:30"),
    Sendevindu.DAGTID_IKKE_SOENDAG.value: Window.parse("mon-sat 09:00-16:00"),
}


def window(sendevindu: str, *, by_sms: bool) -> Window | None:
    """`sendevindu` as the engine takes it; SMS keep to CASES_SMS_HOURS besides. None: any time.

    An empty `sendevindu` is a message with a time of its own. Raises ValueError where the
    setting leaves no time at all, which `check_sms_hours` refuses at start.
    """
    own, hours = _WINDOWS.get(sendevindu), settings.CASES_SMS_HOURS
    if not by_sms or hours is None:
        return own
    return own.overlap(hours) if own else hours


def first_allowed(sendevindu: Sendevindu, kanal: Kanal, at: datetime) -> datetime:
    """`at`, or the first moment after it at which a message may leave.

    Whether a message to an Altinn service becomes an SMS is not known before it is looked up:
    its sendevindu alone decides.
    """
    own = window(sendevindu, by_sms=kanal is Kanal.SMS)
    return (own.next_opening(at) if own else at).astimezone(UTC)
